"""Several writes under way at once: they share a commit, and their number is bounded."""

import asyncio
from collections.abc import Coroutine
from typing import Any

MAX_TASKS = 64
MAX_BYTES = 8 * 1024 * 1024


class Window:
    """Writes under way; what a task holds in memory is its size."""

    def __init__(self) -> None:
        self._sizes: dict[asyncio.Task[None], int] = {}
        self._size = 0

    async def add(self, work: Coroutine[Any, Any, None], size: int) -> None:
        """Begin ``work``, once there is room.  Raises what earlier work raised."""
        try:
            while self._sizes and (len(self._sizes) >= MAX_TASKS or self._size + size > MAX_BYTES):
                await self._settle(asyncio.FIRST_COMPLETED)
        except BaseException:
            work.close()
            raise
        self._sizes[asyncio.create_task(work)] = size
        self._size += size
        await asyncio.sleep(0)  # only now it begins

    async def drain(self) -> None:
        """Wait for all of it.  Raises what it raised."""
        if self._sizes:
            await self._settle(asyncio.ALL_COMPLETED)

    async def close(self) -> None:
        """Wait for what is under way, whatever comes of it."""
        await asyncio.gather(*self._sizes, return_exceptions=True)

    async def _settle(self, until: str) -> None:
        done, _ = await asyncio.wait(self._sizes, return_when=until)
        self._size -= sum(self._sizes.pop(task) for task in done)
        errors = [error for task in done if (error := task.exception()) is not None]
        if errors:
            raise errors[0]
