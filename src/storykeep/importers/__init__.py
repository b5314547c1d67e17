"""Files -> archive: what people kept before storykeep, or beside it.

    run.py       the run: records, takes media, counts
    reading.py   what lies in the files: walks, asks the importers
    beside.py    the reading in a process of its own
    port.py      what an importer is, and what it finds
    captures.py  captured answers: JSON and JSON Lines
    media.py     pictures and videos: whose they are, into the media store
    files.py     the files below the paths that were named
    window.py    several writes under way at once
    report.py    what came of it

To add a format: one file that follows ``port.Importer``, and its line in ``reading.IMPORTERS``.
"""

from storykeep.importers.beside import EndedEarlyError, beside
from storykeep.importers.files import measure
from storykeep.importers.reading import read_files
from storykeep.importers.report import Report, Trouble, path_text
from storykeep.importers.run import Progress, run_import

__all__ = [
    "EndedEarlyError",
    "Progress",
    "Report",
    "Trouble",
    "beside",
    "measure",
    "path_text",
    "read_files",
    "run_import",
]
