"""Erasing an account, a story, or what others' stories say of a person."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import click
from msgspec import structs

from storykeep.app import Shelves
from storykeep.cli.keys import as_json, with_shelves
from storykeep.cli.output import progress_bar, show
from storykeep.core.erasure import Erasing
from storykeep.core.errors import InvalidValue
from storykeep.core.ids import MAX_PK, read_story_id, read_user_pk, read_username
from storykeep.core.mentions import Scope, word_of_name, word_of_story, word_of_user
from storykeep.service.erase import erase as erase_all
from storykeep.settings import Settings

_PLAIN = {
    "accounts": "accounts",
    "stories": "stories",
    "captures": "captures of them",
    "sightings": "sightings",
    "usernames": "names of accounts",
    "file_names": "names of files",
    "mentions": "mentions, in {mentioned_in} stories of others",
    "files": "media files, {bytes} bytes",
}
"""What the report tells people, line by line."""


@click.group()
def erase() -> None:
    """Take an account, a story or a person out of the archive, for good.

    Gone are rows, captures, names and the files that no other story has; and a tombstone, which
    holds no name and no number, keeps it from being captured or imported again.  WHO is a pk or
    a username.  The server may run meanwhile.  What was interrupted is finished by running it
    again.  Backups, exports and what clients saved are yours to find.

    Example: storykeep erase user 4400000001 --dry-run
    """


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        as_json,
        click.option("--lift", is_flag=True, help="Only take its tombstone away again."),
        click.option("--yes", "-y", is_flag=True, help="Do not ask."),
        click.option("--dry-run", is_flag=True, help="Tell what would go, and change nothing."),
    ):
        command = option(command)
    return command


_PERSON = click.option(
    "--person", "persons", multiple=True, metavar="WHO",
    help="Also what others' stories say of this person; may be repeated.",
)  # fmt: skip


@erase.command()
@click.argument("who")
@_PERSON
@_options
@click.pass_obj
def user(settings: Settings, /, who: str, persons: tuple[str, ...], **options: bool) -> None:
    """Erase an account: its stories, and what others' stories say of it.

    Example: storykeep erase user 4400000001
    """
    _run(settings, {_word_of(who): "account"}, persons, **options)


@erase.command()
@click.argument("story_id", metavar="PK")
@_PERSON
@_options
@click.pass_obj
def story(settings: Settings, /, story_id: str, persons: tuple[str, ...], **options: bool) -> None:
    """Erase one story, under whichever of its pks.

    Example: storykeep erase story 3776832898280228145
    """
    word = word_of_story(_number(read_story_id(story_id)[0]))
    _run(settings, {word: "story"}, persons, **options)


@erase.command()
@click.argument("who")
@_options
@click.pass_obj
def person(settings: Settings, /, who: str, **options: bool) -> None:
    """Erase what others' stories say of a person, whose own stories stay.

    Mentions, tags, sponsors, reshared posts, and the name in texts.

    Example: storykeep erase person 4400000001
    """
    _run(settings, {}, [who], **options)


def _word_of(who: str) -> str:
    """Return the word for a pk or a username; @123 is an account of that name."""
    if who.isdecimal():
        return word_of_user(_number(read_user_pk(who)))
    return word_of_name(read_username(who))


def _number(pk: int) -> int:
    if not 0 < pk <= MAX_PK:
        raise InvalidValue(f"There is no pk {pk}: write one from 1 to {MAX_PK}.")
    return pk


def _run(
    settings: Settings,
    told: dict[str, Scope],
    persons: Sequence[str],
    *,
    dry_run: bool,
    yes: bool,
    lift: bool,
    as_json: bool,
) -> None:
    mentions: dict[str, Scope] = {_word_of(who): "mentions" for who in persons}
    wish = mentions | told
    if lift:
        lifted = with_shelves(settings, lambda shelves: shelves.eraser.lift(wish))
        words = "Import or look again to have it back" if lifted else "Nothing of it was erased"
        click.echo(f"{lifted} tombstones lifted. {words}.", err=True)
        return
    erasing = with_shelves(settings, lambda shelves: shelves.eraser.plan(wish))
    run = partial(_erase, erasing)
    if not dry_run and not yes:
        _tell(with_shelves(settings, partial(run, is_dry_run=True)), is_note=True)
        click.confirm("Erase this for good?", abort=True, err=True)  # fails if nobody can answer
    report = with_shelves(settings, partial(run, is_dry_run=dry_run))
    show(report, as_json=as_json, tell=_tell)


async def _erase(erasing: Erasing, shelves: Shelves, *, is_dry_run: bool) -> dict[str, Any]:
    """Erase, and return the report."""
    eraser = shelves.eraser
    with progress_bar("Looking", await eraser.size()) as (advance, _):
        done = await erase_all(erasing, eraser, shelves.media, advance, is_dry_run=is_dry_run)
    counts = structs.asdict(done)
    del counts["done"]
    return {
        "is_dry_run": is_dry_run,
        "accounts": len(erasing.accounts),
        **counts,
        "shared_names": len(erasing.shared_names),
    }


def _tell(report: dict[str, Any], *, is_note: bool = False) -> None:
    """Print the report for people."""
    lines = ["Would be erased:" if report["is_dry_run"] else "Erased:"]
    lines += [f"  {report[name]} {text.format(**report)}" for name, text in _PLAIN.items()]
    if count := report["shared_files"]:
        lines.append(f"Kept: {count} media files, which other stories have too.")
    if count := report["shared_names"]:
        lines.append(f"Kept: {count} names, which other accounts had too; the pk is erased.")
    click.echo("\n".join(lines), err=is_note)
