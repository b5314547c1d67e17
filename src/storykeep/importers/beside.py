"""A generator in a process of its own, so that its work and ours each have a core.

Threads would take turns at the interpreter: reading captures and recording them cost about
the same, and one after the other they take half as long again.
"""

import asyncio
import pickle
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import TypeVar, cast

T = TypeVar("T")
Pipes = tuple[asyncio.StreamWriter, asyncio.StreamReader]

BUFFER = 1 << 20
_LENGTH = 8
_SERVE = "from storykeep.importers.beside import serve; serve()"


class EndedEarlyError(RuntimeError):
    """The process ended before its generator did: what it said is on standard error."""


async def beside(
    generator: Callable[..., Iterator[T]], *arguments: object
) -> AsyncGenerator[T, None]:
    """Yield what ``generator(*arguments)`` yields in another process.

    Both travel there by pickle.  It waits while nobody asks for more, has no terminal to
    be interrupted from, and ends with this iterator.  Raises EndedEarlyError.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", _SERVE),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=BUFFER,
        start_new_session=True,
    )
    stdin, stdout = cast("Pipes", (process.stdin, process.stdout))
    try:
        stdin.write(pickle.dumps((generator, arguments)))
        stdin.close()
        while True:
            length = int.from_bytes(await stdout.readexactly(_LENGTH))
            # Only what we started writes into this pipe.
            yield pickle.loads(await stdout.readexactly(length))  # noqa: S301
    except asyncio.IncompleteReadError as error:
        if await process.wait() or error.partial:
            raise EndedEarlyError(f"exit code {process.returncode}") from error
    finally:
        if process.returncode is None:
            process.kill()
            # Not wait(): it would wait for a pipe that nobody empties any more.
            await process.communicate()


def serve() -> None:
    """Be the other process: read from standard input what to do, and do it."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end in silence with whoever asked
    generator, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - as above
    with open(sys.stdout.fileno(), "wb", BUFFER, closefd=False) as out:
        for found in generator(*arguments):
            data = pickle.dumps(found, pickle.HIGHEST_PROTOCOL)
            out.write(len(data).to_bytes(_LENGTH))
            out.write(data)
