"""Archive -> files: folders that people and other tools read, and a record to restore it from.

    run.py       the run: copies media, writes sidecars and records, counts
    names.py     what files are called, whatever accounts are called
    sidecar.py   a story in gallery-dl's words
    folder.py    files that appear whole or not at all
    report.py    what came of it

``importers/own.py`` reads it all back; the lines of a record stand in ``core/copies.py``.
"""
