CREATE TABLE origin (
    source TEXT PRIMARY KEY,
    -- A Health as JSON.
    health TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What of the answers was not understood, and how often.
CREATE TABLE drift (
    source TEXT NOT NULL,
    field TEXT NOT NULL,
    times INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (source, field)
) STRICT, WITHOUT ROWID;
