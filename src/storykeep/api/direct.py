"""The short way from a connection to the API and back, for what is asked most.

A plain GET of a row needs nothing of ASGI: no scope, no messages, no second write.  Leaving them
out saves nearly half of what HTTP costs, and lets the kernel copy files.  Everything else, and
whatever is unusual about a request, goes through uvicorn and ASGI; the answers are the same to
the byte, because both ways call the same three methods of the Api.
"""

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from storykeep.api.asgi import Headers
from storykeep.api.download import PIECE, Parcel
from storykeep.api.exchange import Exchange, Request
from storykeep.api.sendfile import copy_file
from storykeep.api.server import Api

log = logging.getLogger(__name__)

MAX_PENDING = 1 << 17
"""Bytes that may arrive without completing the headers of a request; no endpoint reads more."""

_UNUSUAL = frozenset({b"content-length", b"expect", b"transfer-encoding", b"upgrade"})
"""Request headers that mean more than a question."""

_SCHEMES = {b"http": "http", b"https": "https"}


class DirectProtocol(HttpToolsProtocol):
    """uvicorn's protocol for an application that has an ``api``; it bounds what waits in memory."""

    _pending = 0

    def __init__(self, config: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(config, *arguments, **options)
        self._api: Api = config.app.api
        # Whom uvicorn believes how the caller reached the proxy.
        self._proxies: Any = getattr(config.loaded_app, "trusted_hosts", ())
        self._is_proxied = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(transport)
        self._is_proxied = self.client is not None and self.client[0] in self._proxies
        if self.scheme == "https":
            # Else a client who is slower than we are holds half a megabyte in our memory.
            transport.set_write_buffer_limits(PIECE)

    def data_received(self, data: bytes) -> None:
        """Refuse whoever sends and sends and never completes the headers of a request."""
        self._pending += len(data)
        if self._pending > MAX_PENDING:
            self.send_400_response("Request headers too large.")
            return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin a request; uvicorn is told only if it shall answer."""
        self.url = b""
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Answer, or hand over to uvicorn."""
        self._pending = 0
        path, _, query = self.url.partition(b"?")
        named = self._api.direct_path(path)
        headers = dict(self.headers)
        if named is None or not self._is_plain(query, headers):
            self._hand_over()
            return
        scheme = str(self.scheme)
        if self._is_proxied:
            scheme = _SCHEMES.get(headers.get(b"x-forwarded-proto", b""), scheme)
        exchange = self._api.begin(Request("GET", named, query, headers, scheme))
        version = self.parser.get_http_version()
        self.cycle = turn = _Turn()  # type: ignore[assignment]
        turn.keep_alive = version != "1.0" and self.parser.should_keep_alive()
        turn.task = self.loop.create_task(self._answer(exchange, turn))
        self.tasks.add(turn.task)

    def _is_plain(self, query: bytes, headers: dict[bytes, bytes]) -> bool:
        return (
            self.parser.get_method() == b"GET"
            and b"#" not in query
            and _UNUSUAL.isdisjoint(headers)
            # Who waits for an earlier answer, or does not read it, is uvicorn's to hold up.
            and (self.cycle is None or self.cycle.response_complete)  # type: ignore[redundant-expr]
            and not self.flow.write_paused
        )

    def _hand_over(self) -> None:
        url, headers = self.url, self.headers
        super().on_message_begin()
        for name, value in headers:
            super().on_header(name, value)
        self.url = url
        super().on_headers_complete()

    async def _answer(self, exchange: Exchange, turn: "_Turn") -> None:
        try:
            answer = await self._api.answer(exchange)
            if isinstance(answer, Parcel):
                head = self._head(*answer.plan[:2], is_last=not turn.keep_alive)
                await copy_file(
                    self.transport, self.flow, head, answer,
                    is_encrypted=self.scheme == "https",
                )  # fmt: skip
            elif not self.transport.is_closing():
                head = self._head(answer.status, answer.headers, is_last=not turn.keep_alive)
                self.transport.write(head + answer.body)
            turn.response_complete = True
        except Exception:  # the connection ends before the promised length
            log.exception("request_failed", extra={"request_id": exchange.request_id})
        finally:
            if not turn.response_complete:
                self.transport.close()  # also when the server is stopped before there is an answer
            elif not self.transport.is_closing():
                if not turn.keep_alive:
                    self.transport.close()
                self.on_response_complete()
            self._api.end(exchange)
            self.tasks.discard(turn.task)

    def _head(self, status: int, headers: Headers, *, is_last: bool) -> bytes:
        headers = [*self.server_state.default_headers, *headers]
        if is_last:
            headers.append((b"connection", b"close"))
        return b"%b%b\r\n\r\n" % (STATUS_LINE[status], b"\r\n".join(map(b": ".join, headers)))


class _Turn:
    """What uvicorn wants to know of a request that is answered without it: its ``cycle``."""

    __slots__ = ("disconnected", "keep_alive", "more_body", "response_complete", "task")

    message_event = type("_Nobody", (), {"set": staticmethod(lambda: None)})
    """Nobody waits for a message."""

    task: asyncio.Task[None]

    def __init__(self) -> None:
        self.disconnected = self.more_body = self.response_complete = False
        self.keep_alive = True
