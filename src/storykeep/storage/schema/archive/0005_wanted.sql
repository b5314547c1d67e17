-- Which variant of the file it is: '' for the one that the story is shown with, else its size.
CREATE TABLE kept_file_of_variant (
    story_pk INTEGER NOT NULL REFERENCES story (pk),
    kind TEXT NOT NULL,
    variant TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (story_pk, kind, variant, sha256)
) STRICT, WITHOUT ROWID;

INSERT INTO kept_file_of_variant
SELECT story_pk, kind, '', sha256, content_type, size, name FROM kept_file;

DROP TABLE kept_file;

ALTER TABLE kept_file_of_variant RENAME TO kept_file;

CREATE INDEX kept_file_by_name ON kept_file (name);

CREATE INDEX kept_file_by_digest ON kept_file (sha256);

-- What shall still be fetched and kept.
CREATE TABLE wanted_file (
    story_pk INTEGER NOT NULL REFERENCES story (pk),
    kind TEXT NOT NULL,
    variant TEXT NOT NULL,
    url TEXT NOT NULL,
    -- Until when the address is good; NULL: it does not say.
    expires_at INTEGER,
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    is_given_up INTEGER NOT NULL,
    PRIMARY KEY (story_pk, kind, variant)
) STRICT, WITHOUT ROWID;

CREATE INDEX wanted_file_due ON wanted_file (next_at) WHERE is_given_up = 0;

-- From here on file_name has the cache keys of the CDN too; reextract adds those of before.
