"""The files of stories: what is still wanted, whether the store is whole, and what is needless."""

import logging
import sys
import time
from collections.abc import Sequence
from typing import Any

import click
from msgspec import Struct, field, structs, to_builtins

from storykeep.app import Shelves
from storykeep.cli.keys import as_json, on_shelves
from storykeep.cli.output import MAX_LISTED, plain, progress_bar, show, show_some, time_text
from storykeep.core.media import SPARED, MediaFile, Wanted
from storykeep.storage.library import LibraryStats, Share, check_files, find_orphans, remove_orphans

COLUMNS = ("pk", "kind", "variant", "state", "due_at", "tries", "expires_at", "reason")
MAX_WANTED = 100
"""How many files people are shown."""


class Listed(MediaFile, frozen=True):
    """A file of the store, and the stories that have it."""

    stories: tuple[int, ...] = ()


class Listing(Struct):
    """Files or names of a kind: all are counted, and the first are told."""

    count: int = 0
    size: int = 0
    """Bytes, as far as they are known."""
    listed: list[Listed | str] = field(default_factory=list)

    def add(self, found: MediaFile | str, stories: Sequence[int] = ()) -> None:
        """Count one; of a file also say which stories have it."""
        self.count += 1
        if isinstance(found, MediaFile):
            self.size += found.size
            found = Listed(found.sha256, found.content_type, found.size, tuple(stories))
        if len(self.listed) < MAX_LISTED:
            self.listed.append(found)


_KINDS = {
    "missing": "missing",
    "corrupt": "corrupt",
    "orphans": "of no story",
    "strangers": "strange",
}
"""What verify finds, in the words of its report."""


@click.group()
def media() -> None:
    """Look after the files of stories.

    Example: storykeep media list
    """


@media.command("list")
@click.option("--given-up", is_flag=True, help="Only those that are not tried any more.")
@as_json
@on_shelves
async def list_wanted(shelves: Shelves, *, given_up: bool, as_json: bool) -> None:
    """List the files that shall be kept and are not yet: when each is due, its tries, and why.

    A file that was given up is wanted again once its story is seen with an address that is good
    for longer, or by `storykeep media retry`.

    Example: storykeep media list --given-up
    """
    found = await shelves.wanted.list(is_given_up=True if given_up else None)
    now = time.time()
    records = [_record(each, now) for each in found]
    show(records, as_json=as_json, columns=COLUMNS, most=MAX_WANTED)


@media.command()
@on_shelves
async def retry(shelves: Shelves) -> None:
    """Let files that were given up be tried again at once, where their address is still good.

    Settle first what their reasons say; the server may run meanwhile.

    Example: storykeep media retry
    """
    now = int(time.time())
    found = await shelves.wanted.list(is_given_up=True)
    good = [each for each in found if each.expires_at is None or each.expires_at > now]
    for each in good:
        again = structs.replace(each, tries=0, next_at=now, reason="", is_given_up=False)
        await shelves.wanted.put(again)
    click.echo(f"{len(good)} given up are tried again.", err=True)
    if expired := len(found) - len(good):
        hint = "they are wanted again once their stories are seen with a newer one"
        click.echo(f"{expired} have an address that expired: {hint}.", err=True)


@media.command()
@as_json
@on_shelves
async def verify(shelves: Shelves, *, as_json: bool) -> None:
    """Read every kept file, and tell what is not as it should be; nothing is changed.

    Told are files that are missing or that have other bytes than they had, with the stories that
    lack them now; files that belong to no story, unless they came in the last hour; and what
    somebody else laid into the store.  The exit code is 1 when there is any of it.

    Example: storykeep media verify --json
    """
    found = {kind: Listing() for kind in _KINDS}
    whole = await _verify(shelves, found)
    report: dict[str, Any] = {"files": whole.files, "size": whole.size, **found}
    show(report, as_json=as_json, tell=_show_verified)
    sys.exit(1 if any(listing.count for listing in found.values()) else 0)


@media.command()
@click.option("--dry-run", is_flag=True, help="Tell what would be removed, and remove nothing.")
@click.option(
    "--spare", type=click.IntRange(min=0), default=SPARED // 60, show_default=True,
    metavar="MINUTES", help="Remove no file that came in the last so many minutes.",
)  # fmt: skip
@as_json
@on_shelves
async def gc(shelves: Shelves, *, dry_run: bool, spare: int, as_json: bool) -> None:
    """Remove the files that belong to no story.

    A store belongs to one archive: what another one keeps in it would be removed.  The server may
    run meanwhile, if the youngest files are spared: a file is kept a moment before its story is
    known to have it.  What somebody else laid into the store stays.

    Example: storykeep media gc --dry-run
    """
    removed = Listing()
    store, library, before = shelves.media, shelves.archive.library, time.time() - 60 * spare
    if await anext(library.files(), None) is None:
        raise click.ClickException(
            "The archive keeps no file at all, so all would be removed: see that"
            " STORYKEEP_DATA and STORYKEEP_MEDIA belong together."
        )
    async for file in remove_orphans(library, store, before, is_dry_run=dry_run):
        removed.add(file)
    if as_json:
        show({"is_dry_run": dry_run, **to_builtins(removed)}, as_json=True)
        return
    done = "would be removed" if dry_run else "removed"
    click.echo(f"{removed.count} files of no story, {_bytes(removed.size)}: {done}.")
    _show_listing(removed)


@media.command()
@as_json
@on_shelves
async def stats(shelves: Shelves, *, as_json: bool) -> None:
    """Show how much is kept: by type, by how many stories share a file, and for how many stories.

    This is what the archive knows, so it is told at once; verify reads the files themselves.

    Example: storykeep media stats
    """
    show(await shelves.archive.library.stats(), as_json=as_json, tell=_show_stats)


def _record(wanted: Wanted, now: float) -> dict[str, Any]:
    waits = "due" if wanted.next_at <= now else "waiting"
    return {
        "pk": str(wanted.story_pk),
        "kind": wanted.kind,
        "variant": wanted.variant,
        "state": "given up" if wanted.is_given_up else waits,
        "due_at": None if wanted.is_given_up else time_text(wanted.next_at),
        "tries": wanted.tries,
        "expires_at": time_text(wanted.expires_at),
        "reason": wanted.reason or None,
        "url": wanted.url,
    }


async def _verify(shelves: Shelves, found: dict[str, Listing]) -> Share:
    """Look at the whole store; return how much of it should be there."""
    library, store, whole = shelves.archive.library, shelves.media, Share()
    # First of all: it fails at once when there is no store to look into.
    async for name in store.strangers():
        found["strangers"].add(name)
    async for page in find_orphans(library, store, time.time() - SPARED):
        for file in page:
            found["orphans"].add(file)
    # What is not as it should be is told in the report, and not in the log too.
    logging.getLogger("storykeep.storage").setLevel(logging.CRITICAL)
    total = (await library.stats()).all.size
    with progress_bar("Reading", total, "Bar Download TimeRemaining") as (advance, _):
        async for checked in check_files(library, store):
            whole += Share(1, checked.file.size)
            if checked.problem is not None:
                stories = await library.stories_of(checked.file)
                found[checked.problem].add(checked.file, stories)
            advance(checked.file.size)
    return whole


def _show_verified(report: dict[str, Any]) -> None:
    """Print what was found for people: the counts, then some of each kind."""
    counts = ", ".join(f"{report[kind].count} {word}" for kind, word in _KINDS.items())
    click.echo(f"{report['files']} files, {_bytes(report['size'])}: {counts}.")
    for kind, word in _KINDS.items():
        _show_listing(report[kind], f"\n{word.capitalize()}")


def _show_listing(listing: Listing, title: str = "") -> None:
    show_some([_line(found) for found in listing.listed], listing.count, title)


def _line(found: Listed | str) -> str:
    if isinstance(found, str):
        return f"  {plain(found)}"
    stories = f", of {', '.join(map(str, found.stories))}" if found.stories else ""
    return f"  {found.sha256} {found.content_type}{stories}"


def _show_stats(found: LibraryStats) -> None:
    """Print the numbers for people."""
    click.echo(f"{found.all.files} files, {_bytes(found.all.size)}")
    for content_type, share in found.by_type.items():
        click.echo(f"  {content_type}: {share.files}, {_bytes(share.size)}")
    for stories, share in found.by_stories.items():
        if stories > 1:
            click.echo(f"  shared by {stories} stories: {share.files}, {_bytes(share.size)}")
    without = found.stories - found.stories_with_file
    click.echo(f"{found.stories} stories: {found.stories_with_file} with a file, {without} without")


def _bytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
