CREATE TABLE account (
    pk INTEGER PRIMARY KEY,
    username TEXT,
    full_name TEXT,
    profile_pic_url TEXT,
    is_verified INTEGER,
    is_private INTEGER,
    -- Set by the operator: the account is their own, so that it is served although private.
    is_own INTEGER NOT NULL DEFAULT 0,
    seen_at INTEGER NOT NULL,
    privacy_seen_at INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE username (
    username TEXT NOT NULL,
    account_pk INTEGER NOT NULL REFERENCES account (pk),
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    PRIMARY KEY (username, account_pk)
) STRICT, WITHOUT ROWID;

CREATE INDEX username_of_account ON username (account_pk, last_seen_at);

CREATE TABLE sighting (
    id INTEGER PRIMARY KEY,
    account_pk INTEGER NOT NULL REFERENCES account (pk),
    seen_at INTEGER NOT NULL,
    source TEXT NOT NULL,
    -- Of who, when, by whom and what: recording twice is recording once.
    digest BLOB NOT NULL UNIQUE,
    -- The reel without its items, zstd; NULL when single stories were seen.
    envelope BLOB
) STRICT;

CREATE INDEX sighting_of_account ON sighting (account_pk, seen_at);

CREATE TABLE story (
    pk INTEGER PRIMARY KEY,
    account_pk INTEGER NOT NULL REFERENCES account (pk),
    taken_at INTEGER NOT NULL,
    expiring_at INTEGER NOT NULL,
    is_close_friends INTEGER NOT NULL,
    -- The Story as the API answers it, made once.
    wire BLOB NOT NULL
) STRICT;

CREATE INDEX story_of_account ON story (account_pk, expiring_at);

CREATE TABLE sighted_story (
    sighting_id INTEGER NOT NULL REFERENCES sighting (id),
    position INTEGER NOT NULL,
    story_pk INTEGER NOT NULL REFERENCES story (pk),
    payload BLOB NOT NULL,
    PRIMARY KEY (sighting_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX sighting_of_story ON sighted_story (story_pk);

CREATE TABLE payload (
    story_pk INTEGER NOT NULL REFERENCES story (pk),
    digest BLOB NOT NULL,
    seen_at INTEGER NOT NULL,
    -- zstd of {"dialect", "expiring_at", "is_close_friends", "story", "item"}: the captured
    -- item beside what was read from it.
    body BLOB NOT NULL,
    PRIMARY KEY (story_pk, digest)
) STRICT;

CREATE TABLE file_name (
    name TEXT NOT NULL,
    story_pk INTEGER NOT NULL REFERENCES story (pk),
    kind TEXT NOT NULL,
    PRIMARY KEY (name, story_pk, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE kept_file (
    story_pk INTEGER NOT NULL REFERENCES story (pk),
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (story_pk, kind, sha256)
) STRICT, WITHOUT ROWID;

CREATE INDEX kept_file_by_name ON kept_file (name);
