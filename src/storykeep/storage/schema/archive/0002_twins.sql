-- 1 while no capture told the story's pk: it was made here.
ALTER TABLE story ADD COLUMN is_made INTEGER NOT NULL DEFAULT 0;

-- Of a made pk: the story that it is.  Follows from the other rows of the account.
ALTER TABLE story ADD COLUMN same_as INTEGER REFERENCES story (pk);

-- Of a pk that was made of a name: the one account that is known to have had it.
ALTER TABLE account ADD COLUMN same_as INTEGER REFERENCES account (pk);

CREATE INDEX story_of_second ON story (account_pk, taken_at);

CREATE INDEX made_story ON story (account_pk) WHERE is_made = 1;

CREATE INDEX story_by_twin ON story (same_as) WHERE same_as IS NOT NULL;

CREATE INDEX account_by_twin ON account (same_as) WHERE same_as IS NOT NULL;

CREATE INDEX kept_file_by_digest ON kept_file (sha256);
