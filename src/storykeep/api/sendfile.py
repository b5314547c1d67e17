"""A file's bytes on a connection: the kernel copies them from the page cache to the socket.

That takes about a third of the CPU of reading and writing them.
"""

import asyncio
import os
from typing import Any

from storykeep.api.download import PIECE, Parcel, read
from storykeep.api.ranges import cut

STRIDE = 1 << 19
"""Bytes that are copied before others have their turn."""

NUDGE = 4096
"""Bytes: all of a file that a reader who stalls holds in our memory."""


async def copy_file(
    transport: Any, flow: Any, head: bytes, parcel: Parcel, *, is_encrypted: bool
) -> None:
    """Send ``head`` and the planned body as fast as the client takes it, then close the file.

    It ends, and says nothing, once the client is gone.
    """
    (_, _, body), file = parcel
    descriptor = None if is_encrypted else file.fileno()
    most = PIECE if descriptor is None else STRIDE
    try:
        if descriptor is not None:
            transport.set_write_buffer_limits(0)  # so that paused means: something is left to send
        transport.write(head)
        for piece in cut(body, most):
            if transport.is_closing():
                return
            if isinstance(piece, bytes):
                transport.write(piece)
            elif descriptor is None:
                transport.write(await read(file, piece))
                await flow.drain()
            else:
                await file.prepare(piece.start, len(piece))
                await _copy(transport, flow, descriptor, piece)
            if len(piece) == most:
                await asyncio.sleep(0)  # else a client as fast as we are has the loop for itself
        transport.set_write_buffer_limits(PIECE)
    finally:
        file.close()


async def _copy(transport: Any, flow: Any, file: int, part: range) -> None:
    while part:
        if flow.write_paused:
            await flow.drain()
        if transport.is_closing():
            return
        part = part[_copy_some(transport, file, part) :]


def _copy_some(transport: Any, file: int, part: range) -> int:
    """Send as much as the socket takes now, and say how much that was."""
    socket = transport.get_extra_info("socket").fileno()
    try:
        sent = os.sendfile(socket, file, part.start, len(part))
    except BlockingIOError:
        sent = 0
    except ConnectionError:
        transport.abort()
        return 0
    if sent == len(part):
        return sent
    # The transport waits for a full socket by itself, once it has something to write.
    nudge = os.pread(file, min(NUDGE, len(part) - sent), part.start + sent)
    if not nudge:
        raise RuntimeError("The file became shorter while it was sent.")
    transport.write(nudge)
    return sent + len(nudge)
