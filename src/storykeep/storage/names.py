"""What the CDN calls the files of stories: a name in the path, and images a cache key too.

Both are kept in one table, for both are what a file is found by.
"""

from collections.abc import Iterable

from storykeep.core.links import CdnFile
from storykeep.core.sighting import Kind, SeenFile
from storykeep.storage.database import Connection, Row


def rows_of(story_pk: int, files: Iterable[SeenFile]) -> list[tuple[str, int, Kind]]:
    """Return what to add for the files that a story was seen with."""
    rows = [(file.name, story_pk, file.kind) for file in files]
    return rows + [(file.cache_key, story_pk, file.kind) for file in files if file.cache_key]


def find_files(file: CdnFile, db: Connection) -> list[Row]:
    """Return the kept files that ``file`` means."""
    for name in file.names:
        if rows := db.rows("files_named", name):
            return rows
    of_story = db.rows("files_of", file.story_pk) if file.story_pk else []
    return [row for row in of_story if row[1] == "image"]


def find_stories(file: CdnFile, db: Connection) -> list[tuple[int, Kind]]:
    """Return the stories (pk, kind) that ``file`` was seen in."""
    for name in file.names:
        if rows := db.rows("stories_named", name):
            return [(pk, kind) for pk, kind in rows]
    pk = file.story_pk
    return [(pk, "image")] if pk and db.row("story_facts", pk) else []
