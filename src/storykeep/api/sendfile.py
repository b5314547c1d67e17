"""ASGI's zero copy send for uvicorn: the kernel moves a file's bytes to the socket.

That takes about a third of the CPU of reading and writing them.  TLS encrypts in this process:
there the extension is not offered, and applications send ordinary bodies.
"""

import os
from asyncio import Transport
from collections.abc import Awaitable
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from storykeep.api.asgi import Message, Receive, Scope
from storykeep.api.download import PIECE, ZERO_COPY
from storykeep.core.signing import MEDIA

MAX_PENDING = 1 << 17
"""Bytes that may arrive without completing the headers of a request; no endpoint reads more."""

NUDGE = 4096
"""Bytes: all of a file that a reader who stalls holds in our memory."""


class SendfileProtocol(HttpToolsProtocol):
    """uvicorn's own protocol with one extension more, and bounds to what waits in memory."""

    _pending = 0

    def data_received(self, data: bytes) -> None:
        """Refuse whoever sends and sends and never completes the headers of a request."""
        self._pending += len(data)
        if self._pending > MAX_PENDING:
            self.send_400_response("Request headers too large.")
            return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Begin to count anew."""
        self._pending = 0
        super().on_headers_complete()

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(transport)
        if self.scheme == "https":
            # Else a client who is slower than we are holds half a megabyte in our memory.
            transport.set_write_buffer_limits(PIECE)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        # The other answers would pay for what they never use.
        path = cycle.scope["path"]
        if self.scheme == "http" and ("download" in path or path.startswith(MEDIA)):
            cycle.scope["extensions"] = {ZERO_COPY: {}}
            app = partial(_run, app, cycle)
        super()._start_asgi_task(cycle, app)


def _run(app: Any, cycle: Any, scope: Scope, receive: Receive, _: object) -> Any:
    return app(scope, receive, partial(_send, cycle))


def _send(cycle: Any, message: Message) -> Awaitable[None]:
    if message["type"] == ZERO_COPY:
        return _copy(cycle, message)
    sending: Awaitable[None] = cycle.send(message)
    return sending


async def _copy(cycle: Any, message: Message) -> None:
    """Send ``count`` bytes of ``file`` from ``offset`` on; the last message ends the answer."""
    transport, flow, file = cycle.transport, cycle.flow, message["file"].fileno()
    offset, left = message["offset"], message["count"]
    cycle.expected_content_length -= left
    if not transport.is_closing():
        transport.set_write_buffer_limits(0)  # so that paused means: something is left to send
    while left and not transport.is_closing():
        if flow.write_paused:
            await flow.drain()
            continue
        sent = _copy_some(transport, file, offset, left)
        offset, left = offset + sent, left - sent
    if transport.is_closing():
        cycle.disconnected = True  # it may not have been told yet
    elif not message.get("more_body"):
        transport.set_write_buffer_limits()
        await cycle.send({"type": "http.response.body"})


def _copy_some(transport: Any, file: int, offset: int, size: int) -> int:
    """Send as much as the socket takes now, and say how much that was."""
    try:
        sent = os.sendfile(transport.get_extra_info("socket").fileno(), file, offset, size)
    except BlockingIOError:
        # The transport waits for a full socket by itself, once it has something to write.
        nudge = os.pread(file, min(NUDGE, size), offset)
        transport.write(nudge)
        return len(nudge)
    except ConnectionError:
        transport.abort()
        return 0
    if not sent:
        raise RuntimeError("The file became shorter while it was sent.")
    return sent
