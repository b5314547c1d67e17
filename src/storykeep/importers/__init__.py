"""Files -> archive: what people kept before storykeep, or beside it.

    run.py           the run: records, takes media into the store, counts
    reading.py       what lies in the files: walks, asks the importers
    beside.py        the reading in a process of its own
    port.py          what an importer is, and what it finds
    exports.py       Instagram's data export, in parts; zips.py opens its members
    own.py           what storykeep exported; trust.py says what of it is not believed
    instaloader.py   folders of instaloader  } sidecar.py reads a description
    gallery_dl.py    folders of gallery-dl   } with the files beside it
    captures.py      captured answers: JSON and JSON Lines; document.py bounds them
    bare.py          files that have nothing but their names
    strip.py         media without place and device; boxes.py and lookahead.py are its tools
    files.py         the files below the paths that were named
    report.py        what came of it

To add a format: one file that follows ``port.Importer``, and its line in ``reading.IMPORTERS``.
"""
