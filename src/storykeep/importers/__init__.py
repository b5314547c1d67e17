"""Files -> archive: what people kept before storykeep, or beside it.

    run.py       the run: records, takes media into the store, counts
    reading.py   what lies in the files: walks, asks the importers
    beside.py    the reading in a process of its own
    port.py      what an importer is, and what it finds
    captures.py  captured answers: JSON and JSON Lines
    files.py     the files below the paths that were named
    report.py    what came of it

To add a format: one file that follows ``port.Importer``, and its line in ``reading.IMPORTERS``.
"""
