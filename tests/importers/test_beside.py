"""A generator in another process behaves as it would here, and never outlives who asked."""

import itertools
import os
from contextlib import aclosing

import pytest

from storykeep.importers.beside import EndedEarlyError, beside

LARGE = b"x" * 5_000_000


async def test_everything_arrives_in_its_order() -> None:
    """Small and large values come through, however slowly they are taken."""
    expected = [*range(1000), LARGE, None]
    assert expected == [value async for value in beside(iter, expected)]


async def test_nothing_is_no_error() -> None:
    """An empty generator ends at once."""
    assert [] == [value async for value in beside(iter, ())]


async def test_it_ends_with_whoever_asked() -> None:
    """A generator without end is ended when it is closed, also while it waits to be heard."""
    async with aclosing(beside(itertools.repeat, LARGE)) as values:
        assert LARGE == await anext(values)


async def test_a_process_that_dies_is_no_end() -> None:
    """Whoever reads on is told that something is missing."""
    with pytest.raises(EndedEarlyError, match="exit code 3"):
        await anext(beside(os._exit, 3))


async def test_an_error_over_there_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    """What went wrong stands on standard error."""
    with pytest.raises(EndedEarlyError, match="exit code 1"):
        await anext(beside(iter, None))
    assert "TypeError" in capfd.readouterr().err
