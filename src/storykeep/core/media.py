"""Media: a file of the store, who fetches it, and which files are still wanted.

What the use cases need from the world for it, as protocols; adapters live in storage and sources.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from storykeep.core.errors import StorageError
from storykeep.core.sighting import Kind

EXTENSIONS: Mapping[str, str] = {
    "image/avif": "avif",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
}
"""What is kept, pictures and videos and nothing that a browser would run, and how names end."""

SPARED = 3_600
"""A file that was kept so few seconds ago is nobody's orphan: it lies in the store before the
archive notes it."""


class FileLost(StorageError):
    """The storage is out of order: a kept file is not what it was."""

    wire_name = "StorageError"


class FileMissing(FileLost):
    """The storage is out of order: a kept file is missing."""


class FileCorrupt(FileLost):
    """The storage is out of order: something else lies in the place of a kept file."""


class MediaFile(Struct, frozen=True):
    """A file of the media store."""

    sha256: str
    """Lower-case hex digest of the bytes: its address."""
    content_type: str
    size: int
    """Bytes."""

    @property
    def extension(self) -> str:
        """How names of this type end; ``bin`` where no store would keep it."""
        return EXTENSIONS.get(self.content_type, "bin")


class KeptFile(Struct, frozen=True):
    """A file that the archive keeps for a story."""

    story_pk: int
    kind: Kind
    file: MediaFile
    name: str
    """The name it had: of the CDN or of the imported file."""
    variant: str = ""
    """Empty for the one that the story is shown with, else its size as ``640x1136``."""


class OpenFile(Protocol):
    """A kept file, open for reading at any offset."""

    file: MediaFile

    def fileno(self) -> int | None:
        """A descriptor that the kernel can copy from; None where there is no such thing."""

    async def prepare(self, offset: int, size: int) -> None:
        """Return once these bytes can be read without waiting for a disk."""

    def read(self, offset: int, size: int) -> bytes:
        """These bytes, at once when they were prepared.  Raises FileCorrupt, StorageError."""

    def close(self) -> None:
        """Give the file back; a second time does nothing."""


class Draft(Protocol):
    """A file in the making; nobody sees it, and it is gone when it is dropped."""

    def write(self, chunk: bytes) -> None:
        """Add bytes.  Raises StorageError."""

    def describe(self) -> MediaFile:
        """What was written so far.  Raises InvalidValue, StorageError as ``keep`` does."""

    def keep(self) -> MediaFile:
        """Make it a file of the store, once, however often the same bytes are kept.

        When this returns they outlast a power cut.  It blocks: call it in a thread.  The type is
        read from the bytes.  Raises InvalidValue for what is no picture or video, StorageError.
        """

    def drop(self) -> None:
        """Forget it, unless it was kept; a second time does nothing."""


class MediaStore(Protocol):
    """Files by content.  A key once written never changes; a crash leaves no half file.

    ``before`` is in Unix seconds.  All methods may raise StorageError.
    """

    def begin(self) -> Draft:
        """Begin a file whose bytes arrive over time."""

    def save(self, chunks: Iterable[bytes]) -> MediaFile:
        """Keep all the bytes, as a draft would.  Raises InvalidValue."""

    async def open(self, file: MediaFile) -> OpenFile:
        """Open a kept file.  Raises FileMissing; FileCorrupt when it has another size."""

    def walk(self, *, before: float | None = None) -> AsyncIterator[MediaFile]:
        """Every file that is there, in no order; only those not kept (again) since ``before``."""

    def strangers(self) -> AsyncIterator[str]:
        """The names of what lies in the store and is no file of it."""

    async def delete(self, file: MediaFile, *, before: float | None = None) -> bool:
        """Remove it unless it was kept (again) since; say whether it was there and is gone."""


class MediaFetcher(Protocol):
    """The way out to media that is not kept yet."""

    def fetch(self, url: str) -> AsyncGenerator[bytes, None]:
        """The bytes of a CDN address, all of them or an error.

        Raises MediaNotFound when nothing lies there (any more), InvalidValue when it is no
        address that may be asked, SourceError when it could not be told.
        """


class Wanted(Struct, frozen=True, kw_only=True):
    """A file of a story to keep; ``story_pk``, ``kind`` and ``variant`` tell files apart."""

    story_pk: int
    kind: Kind
    variant: str = ""
    """As a kept file's."""
    url: str
    expires_at: int | None = None
    """Until when the address is good, in Unix seconds, where it says so (``oe``)."""
    tries: int = 0
    next_at: int = 0
    """Not to be tried before, in Unix seconds."""
    reason: str = ""
    """Why it is not kept yet, once it was tried."""
    is_given_up: bool = False


class WantedFiles(Protocol):
    """The queue of files to keep, which outlasts a restart.  Raises StorageError."""

    async def due(self, now: float, limit: int) -> Sequence[Wanted]:
        """The first ``limit`` that may be tried now, the longest due first."""

    async def next_at(self) -> int | None:
        """When the next may be tried, in Unix seconds; None when there is none."""

    async def put(self, wanted: Wanted) -> None:
        """Keep what became of a try, unless it was kept or seen with another address meanwhile."""

    async def list(self, *, is_given_up: bool | None = None) -> Sequence[Wanted]:
        """All of them, oldest story first; only those given up, or only the others, if asked."""
