"""Files -> archive: what people kept before storykeep, or beside it.

    run.py       the run: walks, asks the importers, records, takes media, counts
    port.py      what an importer is, and what it finds
    captures.py  captured answers: JSON and JSON Lines
    media.py     pictures and videos: whose they are, into the media store
    files.py     the files below the paths that were named
    window.py    several writes under way at once
    report.py    what came of it

To add a format: one file that follows ``port.Importer``, and its line in ``run.IMPORTERS``.
"""

from storykeep.importers.files import measure
from storykeep.importers.report import Report, Trouble, path_text
from storykeep.importers.run import Progress, run_import

__all__ = ["Progress", "Report", "Trouble", "measure", "path_text", "run_import"]
