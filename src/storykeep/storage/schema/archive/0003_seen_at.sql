-- When the account's whole reel was last seen; NULL: never.
ALTER TABLE account ADD COLUMN reel_seen_at INTEGER;

UPDATE account SET reel_seen_at = (
    SELECT max(seen_at) FROM sighting WHERE account_pk = account.pk AND envelope IS NOT NULL
);

-- When the story was last captured.
ALTER TABLE story ADD COLUMN seen_at INTEGER;

UPDATE story SET seen_at = (SELECT max(seen_at) FROM payload WHERE story_pk = story.pk);
