"""One story of the archive: as it is served, and where it comes from."""

from typing import Any

import click
from msgspec import structs

from storykeep.app import Shelves
from storykeep.cli.keys import as_json, on_shelves
from storykeep.cli.output import show, time_text
from storykeep.core.ids import MAX_PK, is_made_user, read_story_id
from storykeep.core.media import KeptFile
from storykeep.core.model import VIDEO
from storykeep.storage.history import Capture, History


@click.command("show")
@click.argument("story_id")
@as_json
@on_shelves
async def show_story(shelves: Shelves, story_id: str, *, as_json: bool) -> None:
    """Show a story, which capture gave what of it, and the files that are kept.

    STORY_ID is its pk, or PK_USERPK.  A pk that was made here, because an export has none,
    leads to the same story.  Stories of private accounts and for close friends are shown too.

    Example: storykeep show 3776832898280228145
    """
    pk, _ = read_story_id(story_id)
    found = await shelves.archive.history(pk) if pk <= MAX_PK else None
    if found is None:
        raise click.ClickException(f"The archive has no story {pk}: import it first.")
    captures = [_capture_record(capture) for capture in found.captures]
    kept = [_file_record(file) for file in await shelves.archive.files_of(found.pk)]
    if as_json:
        record = structs.asdict(found) | {"captures": captures, "files": kept}
        record["account_is_made"] = is_made_user(found.account_pk)
        show(record, as_json=True)
        return
    _show_head(found)
    if captures:
        click.echo()
        rows = [{**each, "gave": " ".join(each["gave"]) or "nothing more"} for each in captures]
        show(rows, as_json=False, columns=("source", "dialect", "seen_at", "sightings", "gave"))
    if kept:
        click.echo()
        show(kept, as_json=False, columns=("kind", "content_type", "size", "name", "sha256"))


def _show_head(found: History) -> None:
    from rich.console import Console
    from rich.text import Text

    story = found.story
    made = "made here: no capture tells it"
    account = f"{story.user.username or 'no name'}, pk {found.account_pk}"
    lines = [
        ("Story", f"{found.pk}{f' ({made})' if found.is_made else ''}"),
        *(("Also", f"{twin} ({made})") for twin in found.twins),
        ("Account", f"{account}{f' ({made})' if is_made_user(found.account_pk) else ''}"),
        ("Taken at", time_text(int(story.taken_at.timestamp()))),
        ("Type", "video" if story.media_type == VIDEO else "photo"),
    ]
    if found.is_close_friends:
        lines.append(("Audience", "close friends: it is not served"))
    console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    for label, text in lines:
        console.print(Text.assemble((f"{label:<10}", "bold"), text or ""))


def _capture_record(capture: Capture) -> dict[str, Any]:
    return {
        "source": capture.source,
        "dialect": capture.dialect,
        "pk": capture.story_pk,
        "seen_at": time_text(capture.last_seen_at),
        "first_seen_at": time_text(capture.first_seen_at),
        "sightings": capture.sightings,
        "gave": capture.gave,
    }


def _file_record(kept: KeptFile) -> dict[str, Any]:
    return {
        "kind": kept.kind,
        "content_type": kept.file.content_type,
        "size": kept.file.size,
        "name": kept.name,
        "sha256": kept.file.sha256,
    }
