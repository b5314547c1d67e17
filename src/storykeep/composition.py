"""From the operator's words to what they compose: one source, and a media store.

A word of STORYKEEP_SOURCES, ``archive?fresh=60 instagram archive``, is a kind, perhaps an address,
and options.  Each live origin among them stands behind a governor and in front of the archive:
``Coalesced(Recorded(Governed(upstream), archive))``.
"""

import asyncio
import random
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from storykeep.core.errors import InvalidValue, SourceUnavailable
from storykeep.core.governor import Pace
from storykeep.core.links import read_domains
from storykeep.core.media import MediaFetcher, MediaStore
from storykeep.core.options import read_options
from storykeep.core.ports import Archive, Clock, StorySource
from storykeep.core.upstream import UNHEARD, Drift, Origins, SessionStore, Upstream
from storykeep.core.wanted import Chooser, choose_nothing, wanted_files
from storykeep.settings import Settings, SettingsError
from storykeep.sources.archive import ArchiveSource, Fresh
from storykeep.sources.combine import Chain, Coalesced
from storykeep.sources.demo import DemoFetcher, DemoSource
from storykeep.sources.governed import Governed
from storykeep.sources.recorded import Recorded
from storykeep.sources.unfetched import Unfetched
from storykeep.storage.media import FolderMedia

if TYPE_CHECKING:
    from storykeep.sources.cdn.fetcher import CdnFetcher
    from storykeep.sources.instagram.upstream import InstagramUpstream

BOUGHT = Pace(hour=0, day=0, spacing=0.0, at_once=8)
"""How a server is asked that sells its answers, or budgets them itself."""


class Composition(NamedTuple):
    """Where stories come from: one source, and the live origins in it by their words."""

    source: StorySource
    upstreams: Mapping[str, Governed] = {}
    live: StorySource | None = None
    """The live origins alone; what they answer is recorded all the same."""

    async def aclose(self) -> None:
        """Give the connections of the live origins back."""
        for upstream in self.upstreams.values():
            await upstream.close()


class ArchiveOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand behind ``archive?``."""

    fresh: Annotated[float, Meta(ge=0)] | None = None
    """Seconds for which it need not be asked elsewhere what it saw."""


class InstagramOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand behind ``instagram?``."""

    session: str = ""
    """Of several; else the first."""


class BucketOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand behind ``s3://bucket/prefix?``."""

    endpoint: Annotated[str, Meta(pattern=r"^https?://[^/@?#]+/?$")] = ""
    """Of a server that is not Amazon's."""
    region: str = "us-east-1"
    path_style: Literal["on", "off", ""] = ""
    """Whether the bucket stands in the path; else in the host, as it does at Amazon's."""


class NoOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """For a source that has none."""


def _hiker(word: str, _: Settings, drift: Drift, clock: Clock) -> Upstream:
    from storykeep.sources.hiker import create_hiker  # an HTTP client that few need

    return create_hiker(word, drift=drift, clock=clock)


def _graph(word: str, _: Settings, drift: Drift, clock: Clock) -> Upstream:
    from storykeep.sources.graph import create_graph

    return create_graph(_query_of(word), drift=drift, clock=clock)


def _instagram(word: str, settings: Settings, drift: Drift, clock: Clock) -> Upstream:
    session = read_options(_query_of(word), InstagramOptions).session
    return open_instagram(settings, clock, session, drift)


UPSTREAMS: Mapping[str, Callable[[str, Settings, Drift, Clock], Upstream]] = {
    "graph": _graph,
    "hiker": _hiker,
    "instagram": _instagram,
}
"""Who makes the live origin of a word, by the word's kind.  Raises ValueError for bad options."""


def media_policy(settings: Settings) -> Literal["off", "on-demand", "always"]:
    """Return whether the files of stories are kept, and when; ``auto`` asks for a live source."""
    if settings.keep_media != "auto":
        return settings.keep_media
    return "always" if _is_live(settings) else "off"


def file_chooser(settings: Settings, clock: Clock) -> Chooser:
    """Return who says which files of a sighting shall be kept.  Raises SettingsError."""
    if media_policy(settings) != "always":
        return choose_nothing
    domains = media_domains(settings)
    return lambda sighting: wanted_files(sighting, settings.keep_files, clock(), domains)


def open_sessions(settings: Settings) -> SessionStore:
    """Return the sessions in ``settings.data``."""
    from storykeep.storage.sessions import FolderSessions  # 15 MB that few need

    return FolderSessions(settings.data / "sessions", settings.session_key)


def open_instagram(
    settings: Settings, clock: Clock, session: str = "", drift: Drift = UNHEARD
) -> "InstagramUpstream":
    """Return Instagram by that session, else by the first.  Raises SourceUnavailable."""
    try:
        from storykeep.sources.instagram.upstream import InstagramUpstream
    except ModuleNotFoundError as error:
        raise SourceUnavailable(
            f"The source instagram needs {error.name}: pip install 'storykeep[instagram]'."
        ) from error
    return InstagramUpstream(
        open_sessions(settings),
        clock,
        drift,
        session=session,
        base_url=settings.instagram_url,
        time_limit=settings.source_timeout,
    )


def media_domains(settings: Settings) -> tuple[str, ...]:
    """Return the domains of ``settings.media_hosts``.  Raises SettingsError."""
    try:
        return read_domains(settings.media_hosts)
    except InvalidValue as error:
        raise SettingsError(f"STORYKEEP_MEDIA_HOSTS: {error}.") from None


def open_cdn(settings: Settings) -> "CdnFetcher":
    """Return the way out to media; no connection is made yet.  Raises SettingsError."""
    from storykeep.sources.cdn.fetcher import CdnFetcher  # an HTTP client, as above

    return CdnFetcher(media_domains(settings))


def compose_fetcher(settings: Settings, cdn: MediaFetcher | None) -> MediaFetcher:
    """Return who fetches files: ``cdn``, but the demo its own, and nobody if that is off."""
    fetcher = Unfetched() if cdn is None or media_policy(settings) == "off" else cdn
    return DemoFetcher(fetcher) if "demo" in settings.sources.split() else fetcher


def compose(settings: Settings, archive: Archive, origins: Origins, clock: Clock) -> Composition:
    """Return what ``settings.sources`` composes.  Raises SettingsError, SourceUnavailable.

    Without a live origin the archive is the truth; with one it is a cache where it says
    ``fresh=``, and a fallback elsewhere.
    """
    words = settings.sources.split()
    upstreams: dict[str, Governed] = {}
    names: list[str] = []
    sources: list[StorySource] = []
    lives: list[StorySource] = []
    is_truth = not _is_live(settings)
    for word in words:
        try:
            if _kind_of(word) in UPSTREAMS:
                upstreams[word] = live = _govern(word, settings, origins, clock)
                names.append(live.name)
                recorded = Recorded(
                    live,
                    archive,
                    clock,
                    facts_for=settings.facts_fresh,
                    choose=file_chooser(settings, clock),
                )
                lives.append(Coalesced(recorded))
                sources.append(lives[-1])
            else:
                sources.append(_create_own(word, archive, clock, is_truth=is_truth))
        except ValueError as error:
            raise SettingsError(f"STORYKEEP_SOURCES: {error}.") from error
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise SettingsError(f"STORYKEEP_SOURCES: {twice} is named twice.")
    if not sources:
        raise SettingsError("STORYKEEP_SOURCES names no source: write archive.")
    return Composition(_chain(sources), upstreams, _chain(lives) if lives else None)


def _chain(sources: Sequence[StorySource]) -> StorySource:
    return sources[0] if len(sources) == 1 else Chain(*sources)


def _is_live(settings: Settings) -> bool:
    return any(_kind_of(word) in UPSTREAMS for word in settings.sources.split())


def _govern(word: str, settings: Settings, origins: Origins, clock: Clock) -> Governed:
    kind = _kind_of(word)
    pace = BOUGHT
    if kind == "instagram":
        pace = Pace(hour=settings.budget_hour, day=settings.budget_day, spacing=settings.spacing)
    upstream = UPSTREAMS[kind](word, settings, origins, clock)
    return Governed(upstream, origins, pace, clock, asyncio.sleep, random.random)


def _create_own(word: str, archive: Archive, clock: Clock, *, is_truth: bool) -> StorySource:
    """Return a source that needs nobody else.  Raises ValueError."""
    kind, query = _kind_of(word), _query_of(word)
    if kind == "demo" and "://" not in word:
        read_options(query, NoOptions)
        # The demo is no live source: beside it the archive is still the truth.
        return DemoSource(archive, clock)
    if kind != "archive" or "://" in word:
        known = ", ".join(("archive", "demo", *UPSTREAMS))
        raise ValueError(f"there is no source {kind!r}, only {known}")
    fresh = read_options(query, ArchiveOptions).fresh
    if fresh is None or is_truth:
        return ArchiveSource(archive, clock, is_truth=is_truth)
    return Fresh(archive, clock, fresh)


def _kind_of(word: str) -> str:
    return word.partition("?")[0].partition("://")[0]


def _query_of(word: str) -> str:
    return word.partition("?")[2]


_BUCKET = re.compile(r"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([\w./-]*))?", re.ASCII)


def open_media(settings: Settings, clock: Clock) -> MediaStore:
    """Return where ``settings.media`` says that files are kept; it is asked when it is used.

    Raises SettingsError.
    """
    kind, _, rest = settings.media.partition("://")
    place, _, query = rest.partition("?")
    if not settings.media:
        return FolderMedia(settings.data / "media")
    if kind == "file" and place.startswith("/") and not query:
        return FolderMedia(Path(place))
    match = _BUCKET.fullmatch(place)
    if kind != "s3" or match is None:  # not repeated: there may be a secret in it
        raise SettingsError(
            "STORYKEEP_MEDIA is neither file:///folder nor"
            " s3://bucket/prefix?endpoint=https://…&region=…; the keys have settings of their own."
        )
    if not (settings.s3_access_key and settings.s3_secret_key):
        raise SettingsError(
            "STORYKEEP_MEDIA is a bucket: set STORYKEEP_S3_ACCESS_KEY and STORYKEEP_S3_SECRET_KEY."
        )
    try:
        options = read_options(query, BucketOptions)
    except ValueError as error:
        raise SettingsError(f"STORYKEEP_MEDIA: {error}.") from error
    return _open_bucket(match[1], (match[2] or "").strip("/"), options, settings, clock)


def _open_bucket(
    name: str, prefix: str, options: BucketOptions, settings: Settings, clock: Clock
) -> MediaStore:
    try:
        from storykeep.storage.bucket import Bucket, S3Keys
        from storykeep.storage.s3 import S3Media
    except ModuleNotFoundError as error:
        raise SettingsError("STORYKEEP_MEDIA is a bucket: install storykeep[s3].") from error
    bucket = Bucket(
        name=name,
        prefix=prefix,
        endpoint=options.endpoint.rstrip("/"),
        region=options.region,
        path_style=options.path_style == "on" or bool(options.endpoint and not options.path_style),
    )
    keys = S3Keys(settings.s3_access_key, settings.s3_secret_key)
    return S3Media(bucket, keys, settings.data / "drafts", clock)
