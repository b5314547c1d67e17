"""Every port in memory, for tests of what is built on storykeep: fakes that behave, no mocks.

They pass the suites that the real adapters pass.

    archive.py   what was seen, and which files are kept
    stories.py   the stories and highlights that follow from it
    accounts.py  the accounts, and who was erased
    keyring.py   access keys
    ledger.py    what they paid
    media.py     files
    wanted.py    which of them are still to be kept
    source.py    stories as a script has them
    sessions.py  sessions at live sources
    upstream.py  a live origin as a script has it
    origins.py   how live origins fare
    fetcher.py   what lies at the addresses of a script
    clock.py     time that is turned by hand

And, to be imported from there, ``instagram``: a fake Instagram for real clients.
"""

from storykeep.core.throttle import MemoryLimiter
from storykeep.testing.archive import MemoryArchive
from storykeep.testing.clock import HandClock
from storykeep.testing.fetcher import ScriptedFetcher
from storykeep.testing.keyring import MemoryKeyring
from storykeep.testing.ledger import MemoryLedger
from storykeep.testing.media import MemoryMedia
from storykeep.testing.origins import MemoryOrigins
from storykeep.testing.sessions import MemorySessions
from storykeep.testing.source import ScriptedSource
from storykeep.testing.upstream import ScriptedUpstream
from storykeep.testing.wanted import MemoryWantedFiles

__all__ = [
    "HandClock",
    "MemoryArchive",
    "MemoryKeyring",
    "MemoryLedger",
    "MemoryLimiter",
    "MemoryMedia",
    "MemoryOrigins",
    "MemorySessions",
    "MemoryWantedFiles",
    "ScriptedFetcher",
    "ScriptedSource",
    "ScriptedUpstream",
]
