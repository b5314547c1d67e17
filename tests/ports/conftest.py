"""An archive of each kind, for the suites that run on all of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storykeep.core.ports import Archive
from tests.ports.adapters import ARCHIVES, open_archive


@pytest.fixture(params=ARCHIVES)
async def archive(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Archive]:
    async with open_archive(request.param, tmp_path) as opened:
        yield opened
