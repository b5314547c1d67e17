-- What was erased, as HMAC-SHA-256 of its number or name with this archive's salt.
CREATE TABLE tombstone (
    digest BLOB PRIMARY KEY,
    -- "account", "mentions" or "story".
    scope TEXT NOT NULL,
    -- Which were laid together, and are lifted together.
    erasure INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX tombstone_of_erasure ON tombstone (erasure);

CREATE TABLE salt (salt BLOB NOT NULL) STRICT;

INSERT INTO salt VALUES (randomblob(32));

-- An erasure has begun with it, and ends with this row.
ALTER TABLE account ADD COLUMN is_doomed INTEGER NOT NULL DEFAULT 0;

CREATE INDEX doomed_account ON account (pk) WHERE is_doomed = 1;

-- Something of it is left out: its digest is that of the whole.
ALTER TABLE sighting ADD COLUMN is_cut INTEGER NOT NULL DEFAULT 0;

CREATE TABLE doomed_file (
    sha256 TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (sha256, content_type)
) STRICT, WITHOUT ROWID;

CREATE INDEX file_name_of_story ON file_name (story_pk);
