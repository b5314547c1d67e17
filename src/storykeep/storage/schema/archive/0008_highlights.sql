CREATE TABLE highlight (
    pk INTEGER PRIMARY KEY,
    account_pk INTEGER NOT NULL REFERENCES account (pk),
    -- As it was seen last: the reel without its items, zstd.
    seen_at INTEGER NOT NULL,
    reel BLOB NOT NULL,
    -- When all of its stories were last seen; NULL: only some were.
    items_seen_at INTEGER
) STRICT;

CREATE INDEX highlight_of_account ON highlight (account_pk);

CREATE TABLE highlight_story (
    highlight_pk INTEGER NOT NULL REFERENCES highlight (pk),
    position INTEGER NOT NULL,
    -- Perhaps not in the archive: it was erased, or could not be read.
    story_pk INTEGER NOT NULL,
    PRIMARY KEY (highlight_pk, story_pk)
) STRICT, WITHOUT ROWID;

CREATE INDEX highlight_of_story ON highlight_story (story_pk);
