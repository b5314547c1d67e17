-- What an account's own page told last.
CREATE TABLE profile (
    account_pk INTEGER PRIMARY KEY REFERENCES account (pk),
    seen_at INTEGER NOT NULL,
    -- Of the body before it was compressed: of two of one moment the greater one is kept.
    digest BLOB NOT NULL,
    -- zstd of the raw user object.
    body BLOB NOT NULL
) STRICT;
