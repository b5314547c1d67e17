"""Erasing: tombstones first, then rows, then files, and at last what the deleting left."""

from collections.abc import Callable

from storykeep.core.erasure import Eraser, Erasing, Erasure
from storykeep.core.media import MediaStore


async def erase(
    erasing: Erasing,
    eraser: Eraser,
    store: MediaStore,
    advance: Callable[[int], None] = lambda _done: None,
    *,
    is_dry_run: bool = False,
) -> Erasure:
    """Erase, and return what went; a dry run changes nothing and tells the same.

    It may be killed at any moment: doing it again does the rest, also with other words.
    ``advance`` hears how many captures and sightings were looked at.  Raises StorageError.
    """
    whole = Erasure()
    if not is_dry_run:
        await eraser.condemn(erasing)
    async for step in eraser.erase(erasing, is_dry_run=is_dry_run):
        whole.add(step)
        advance(step.done)
    if not is_dry_run:
        for file in await eraser.doomed_files():
            await store.delete(file)
            await eraser.let_go(file)
        await eraser.shred()
    return whole
