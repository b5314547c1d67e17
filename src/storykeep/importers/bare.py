"""Folders without any metadata, as a last resort: ``USERNAME/PK.jpg``."""

from storykeep.core.extract.scarce import read_file_name, user_of
from storykeep.core.sighting import SeenStory, Sighting
from storykeep.importers.port import File

SOURCE = "files"


def read_bare(file: File) -> Sighting | None:
    """Return what the name of a picture or video says, if it says a story and whose it is.

    Only of one that nothing else explains: a folder may be called anything.
    """
    folder = file.path.absolute().parent.name  # it may be the one we are in
    seen = read_file_name(folder, file.path.name, file.modified_at)
    if seen is None:
        return None
    return sight(folder, SOURCE, seen)


def sight(username: str, source: str, *stories: SeenStory) -> Sighting:
    """Return the sighting of stories of which nobody knows when they were looked at."""
    return Sighting(
        user=user_of(username),
        seen_at=max(seen.taken_at for seen in stories),
        source=source,
        stories=stories,
        is_moment_exact=False,
    )
