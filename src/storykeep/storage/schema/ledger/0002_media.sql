-- How the answers of a key address files, unless a call says otherwise.
ALTER TABLE access_key ADD COLUMN media TEXT NOT NULL DEFAULT 'cdn'
    CHECK (media IN ('cdn', 'stable'));
