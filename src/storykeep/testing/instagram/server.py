"""The server itself: how it is started, what it was asked, and what goes wrong when."""

import asyncio
import logging
import re
import ssl
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

from storykeep.core.links import is_cdn_host
from storykeep.testing.instagram import cdn, graph, private, web
from storykeep.testing.instagram.failures import FAILURES, REFUSALS, Failure, Waits, constant
from storykeep.testing.instagram.reels import signed
from storykeep.testing.instagram.wire import Answer, Request, Routes, converse, json_answer
from storykeep.testing.instagram.world import World, create_world

if TYPE_CHECKING:
    import trustme

log = logging.getLogger(__name__)

NAMES = ("*.instagram.com", "*.cdninstagram.com", "*.fbcdn.net", "graph.facebook.com")
"""The hosts that the server can prove to be, to a client that trusts its authority."""


def _one_second() -> Awaitable[None]:
    return asyncio.sleep(1)


def _true_answer(world: World, request: Request) -> Answer:
    """Return what Instagram would say."""
    routes: Routes = {**web.ROUTES, **private.ROUTES}
    if request.host in graph.HOSTS:
        routes = graph.ROUTES
    elif request.host == "static.cdninstagram.com":
        routes = web.SCRIPT_ROUTES
    elif is_cdn_host(request.host):
        routes = cdn.ROUTES
    for pattern, handler in routes.items():
        found = re.fullmatch(pattern, request.path)
        if found:
            told = handler(world, request, *found.groups())
            return told if isinstance(told, Answer) else json_answer(signed(told, world.clock()))
    return REFUSALS["no_such_path"]


def _wake(event: asyncio.Event) -> None:
    """Wake those who wait now, and only them."""
    event.set()
    event.clear()


@dataclass
class _Script:
    """A failure that waits for its requests."""

    where: str
    failure: Failure
    times: int | None
    headers: Mapping[str, str]


class FakeInstagram:
    """Instagram as far as stories go, on a free port of 127.0.0.1.

    ``pace`` is awaited between the bytes of an answer that drips; by default that is a second.
    """

    def __init__(
        self, world: World | None = None, *, pace: Callable[[], Awaitable[None]] = _one_second
    ) -> None:
        """Without a ``world``, one with a little of everything, at a time that stands still."""
        self.world = create_world() if world is None else world
        self.requests: list[Request] = []
        """All requests so far, oldest first."""
        self.origin = ""
        """``http://127.0.0.1:PORT`` once it runs: both where it is and the proxy to use."""
        self.pace = pace
        self._scripts: list[_Script] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def count(self, where: str = "") -> int:
        """How many requests had ``where`` in their host and path."""
        return sum(where in request.place for request in self.requests)

    @property
    def marks(self) -> list[Request]:
        """Requests that do more than read, which somebody could notice: there must be none."""
        return [request for request in self.requests if not private.only_reads(request)]

    async def until(self, where: str, count: int = 1) -> None:
        """Wait until so many such requests have come; for use on the loop that serves."""
        while self.count(where) < count:
            await self._arrival.wait()

    def fail(
        self,
        where: str,
        kind: str | Answer,
        times: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer the next ``times`` requests (None: all) to ``where`` with a failure.

        ``where`` is a part of host and path, ``kind`` a name in FAILURES or an Answer;
        ``headers`` are added, e.g. ``{"Retry-After": "30"}``.  Failures of one place follow each
        other.
        """
        failure = constant(kind) if isinstance(kind, Answer) else FAILURES[kind]
        self._scripts.append(_Script(where, failure, times, headers or {}))

    def heal(self) -> None:
        """Forget all failures, and let go what hangs."""
        self._scripts.clear()
        self.release()

    def release(self) -> None:
        """Give what hangs now its true answer."""
        self._loop.call_soon_threadsafe(_wake, self._released)

    @property
    def authority(self) -> bytes:
        """The certificate that clients must trust, in PEM.  Needs ``trustme``."""
        return self._authority.cert_pem.bytes()

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1."""
        self._loop = asyncio.get_running_loop()
        self._released, self._arrival = asyncio.Event(), asyncio.Event()
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port)
        self.origin = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Close every connection, also those that hang."""
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.stop()

    def __enter__(self) -> Self:
        loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.start(), loop).result()
        return self

    def __exit__(self, *exception: object) -> None:
        asyncio.run_coroutine_threadsafe(self.stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @cached_property
    def _authority(self) -> "trustme.CA":
        import trustme

        return trustme.CA(organization_name="storykeep's fake Instagram")

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*NAMES).configure_cert(context)
        return context

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = converse(reader, writer, self._answer, lambda: self._tls)
        task = self._loop.create_task(conversation)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _answer(self, request: Request) -> Answer:
        self.requests.append(request)
        log.info("asked", extra={"method": request.method, "place": request.place})
        _wake(self._arrival)
        answer = _true_answer(self.world, request)
        script = self._next_script(request)
        if script is None:
            return answer
        answer = script.failure(answer, Waits(self.pace, self._released.wait))
        return replace(answer, headers={**answer.headers, **script.headers})

    def _next_script(self, request: Request) -> _Script | None:
        for script in self._scripts:
            if script.where in request.place and script.times != 0:
                if script.times is not None:
                    script.times -= 1
                return script
        return None
