CREATE TABLE access_key (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    rate REAL NOT NULL CHECK (rate > 0),
    -- The sum of the key's entries, kept beside them so that a request reads one row.
    balance INTEGER NOT NULL DEFAULT 0 CHECK (balance >= 0),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    is_disabled INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    key_id INTEGER NOT NULL REFERENCES access_key (id),
    entry TEXT NOT NULL,
    units INTEGER NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (key_id, entry)
) STRICT;

CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
BEGIN
    SELECT RAISE (ABORT, 'the ledger is append-only');
END;

CREATE TRIGGER entry_is_never_removed BEFORE DELETE ON entry
BEGIN
    SELECT RAISE (ABORT, 'the ledger is append-only');
END;
