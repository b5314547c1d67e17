-- Every query, once, by name.  ``?1`` … are the values in order.
-- 4611686018427387904 is ids.FIRST_MADE_USER: such an account is there while it has stories.

-- name: account_by_pk
SELECT pk, username, is_private = 1 AND is_own = 0, reel_seen_at FROM account
WHERE pk = (SELECT coalesce(same_as, pk) FROM account WHERE pk = ?1)
    AND (pk < 4611686018427387904 OR EXISTS (SELECT 1 FROM story WHERE account_pk = account.pk))

-- name: account_by_username
SELECT account.pk, account.username, account.is_private = 1 AND account.is_own = 0
FROM username JOIN account ON account.pk = username.account_pk
WHERE username.username = ?1 AND (account.pk < 4611686018427387904
    OR EXISTS (SELECT 1 FROM story WHERE account_pk = account.pk))
ORDER BY account.pk >= 4611686018427387904, username.last_seen_at DESC, account.pk DESC LIMIT 1

-- name: privacy_told_at
SELECT privacy_seen_at FROM account WHERE pk = ?1

-- name: profile_by_pk
SELECT pk, username, full_name, profile_pic_url, is_private, is_verified, body,
    coalesce(profile.seen_at, nullif(max(min(account.seen_at, privacy_seen_at), 0), 0))
FROM account LEFT JOIN profile ON account_pk = pk
WHERE pk = (SELECT coalesce(same_as, pk) FROM account WHERE pk = ?1)
    AND (pk < 4611686018427387904 OR EXISTS (SELECT 1 FROM story WHERE account_pk = account.pk))

-- name: put_profile
INSERT INTO profile (account_pk, seen_at, digest, body) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (account_pk) DO UPDATE SET
    seen_at = excluded.seen_at, digest = excluded.digest, body = excluded.body
WHERE (excluded.seen_at, excluded.digest) > (profile.seen_at, profile.digest)

-- name: account_facts
SELECT username, full_name, profile_pic_url, is_verified, is_private, seen_at, privacy_seen_at
FROM account WHERE pk = ?1

-- name: put_account
INSERT INTO account (
    pk, username, full_name, profile_pic_url, is_verified, is_private, seen_at, privacy_seen_at
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (pk) DO UPDATE SET
    username = excluded.username, full_name = excluded.full_name,
    profile_pic_url = excluded.profile_pic_url, is_verified = excluded.is_verified,
    is_private = excluded.is_private, seen_at = excluded.seen_at,
    privacy_seen_at = excluded.privacy_seen_at

-- name: see_reel
UPDATE account SET reel_seen_at = max(coalesce(reel_seen_at, 0), ?2) WHERE pk = ?1

-- name: put_username
INSERT INTO username (username, account_pk, first_seen_at, last_seen_at)
VALUES (?1, ?2, ?3, ?3)
ON CONFLICT (username, account_pk) DO UPDATE SET
    first_seen_at = min(first_seen_at, excluded.first_seen_at),
    last_seen_at = max(last_seen_at, excluded.last_seen_at)

-- name: name_account
UPDATE account SET username = (
    SELECT username FROM username WHERE account_pk = ?1
    ORDER BY last_seen_at DESC, username LIMIT 1
) WHERE pk = ?1

-- name: own_account
UPDATE account SET is_own = ?2 WHERE pk = ?1

-- name: accounts
SELECT account.pk, account.username, account.full_name, account.is_private, account.is_own,
    account.seen_at,
    (SELECT count(*) FROM story WHERE story.account_pk = account.pk AND story.same_as IS NULL),
    (SELECT json_group_array(username.username) FROM username
        WHERE username.account_pk = account.pk)
FROM account WHERE account.pk < 4611686018427387904
    OR EXISTS (SELECT 1 FROM story WHERE account_pk = account.pk)
ORDER BY account.username

-- name: made_namesakes
SELECT DISTINCT made.account_pk, made.username, account.same_as
FROM username AS ours
JOIN username AS made
    ON made.username = ours.username AND made.account_pk >= 4611686018427387904
JOIN account ON account.pk = made.account_pk
WHERE ours.account_pk = ?1

-- name: real_namesakes
SELECT account.pk, account.is_private FROM username JOIN account ON account.pk = username.account_pk
WHERE username.username = ?1 AND account.pk < 4611686018427387904

-- name: put_made_account
UPDATE account SET same_as = ?2, is_private = ?3 WHERE pk = ?1

-- name: account_twin
SELECT coalesce(same_as, pk) FROM account WHERE pk = ?1

-- name: is_seen_by_others
SELECT 1 FROM sighting WHERE source <> ?2 AND account_pk IN (
    SELECT ?1 UNION ALL SELECT pk FROM account WHERE same_as = ?1
) LIMIT 1

-- name: has_sighting
SELECT 1 FROM sighting WHERE digest = ?1

-- name: add_sighting
INSERT INTO sighting (account_pk, seen_at, source, digest, envelope, is_cut)
VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id

-- name: add_sighted_story
INSERT INTO sighted_story (sighting_id, position, story_pk, payload) VALUES (?1, ?2, ?3, ?4)

-- name: active_stories
SELECT taken_at, pk, expiring_at, wire FROM story
WHERE account_pk = ?1 AND expiring_at > ?2 AND expiring_at <= ?3 AND taken_at <= ?4
    AND is_close_friends = 0 AND same_as IS NULL

-- name: story_by_pk
SELECT story.pk, story.account_pk, story.taken_at, story.expiring_at, story.is_close_friends,
    story.wire, account.username, account.is_private = 1 AND account.is_own = 0, story.seen_at
FROM story JOIN account ON account.pk = story.account_pk
WHERE story.pk = (SELECT coalesce(same_as, pk) FROM story WHERE pk = ?1)

-- name: story_facts
SELECT account_pk, taken_at, is_made FROM story WHERE pk = ?1

-- name: put_story
INSERT INTO story (
    pk, account_pk, taken_at, expiring_at, is_close_friends, wire, is_made, seen_at, telling
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (pk) DO UPDATE SET
    account_pk = excluded.account_pk, taken_at = excluded.taken_at,
    expiring_at = excluded.expiring_at, is_close_friends = excluded.is_close_friends,
    wire = excluded.wire, is_made = excluded.is_made, seen_at = excluded.seen_at,
    telling = excluded.telling

-- name: claims_of
SELECT min(CASE WHEN account.pk < 4611686018427387904 THEN account.pk END),
    min(coalesce(account.same_as, account.pk))
FROM sighted_story
JOIN sighting ON sighting.id = sighted_story.sighting_id
JOIN account ON account.pk = sighting.account_pk
WHERE sighted_story.story_pk = ?1

-- name: stories_claimed_by
SELECT DISTINCT sighted_story.story_pk FROM sighting
JOIN sighted_story ON sighted_story.sighting_id = sighting.id
WHERE sighting.account_pk = ?1

-- name: has_made_story
SELECT 1 FROM story WHERE account_pk = ?1 AND is_made = 1 LIMIT 1

-- name: stories_of_second
SELECT pk, is_made, same_as FROM story WHERE account_pk = ?1 AND taken_at = ?2 ORDER BY pk LIMIT ?3

-- name: digests_of
SELECT DISTINCT sha256 FROM kept_file WHERE story_pk = ?1

-- name: stories_with_file
SELECT kept_file.story_pk, story.is_made, story.taken_at
FROM kept_file JOIN story ON story.pk = kept_file.story_pk
WHERE kept_file.sha256 = ?1 AND story.account_pk = ?2
ORDER BY kept_file.story_pk LIMIT ?3

-- name: set_same_as
UPDATE story SET same_as = ?2 WHERE pk = ?1

-- name: payload_seen_at
SELECT seen_at FROM payload WHERE story_pk = ?1 AND digest = ?2

-- name: put_payload
INSERT INTO payload (story_pk, digest, seen_at, body) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (story_pk, digest) DO UPDATE SET seen_at = max(seen_at, excluded.seen_at)

-- name: forget_payload
DELETE FROM payload WHERE story_pk = ?1 AND digest = ?2

-- name: rename_payload
UPDATE sighted_story SET payload = ?3 WHERE story_pk = ?1 AND payload = ?2

-- name: captures_kept
SELECT digest, seen_at, body FROM payload WHERE story_pk = ?1 ORDER BY digest

-- name: stories_after
SELECT pk FROM story WHERE pk > ?1 ORDER BY pk LIMIT ?2

-- name: story_count
SELECT count(*) FROM story

-- name: wire_of
SELECT wire FROM story WHERE pk = ?1

-- name: telling_of
SELECT telling FROM story WHERE pk = ?1

-- name: twins_of
SELECT pk FROM story WHERE same_as = ?1

-- name: twin_of
SELECT same_as FROM story WHERE pk = ?1 AND same_as IS NOT NULL

-- name: capture_kept
SELECT digest, seen_at, body FROM payload WHERE story_pk = ?1 AND digest = ?2

-- name: last_payloads
SELECT seen_at, coalesce((
    SELECT max(sighting.source) FROM sighted_story
    JOIN sighting ON sighting.id = sighted_story.sighting_id
    WHERE sighted_story.story_pk = payload.story_pk AND sighted_story.payload = payload.digest
        AND sighting.seen_at = payload.seen_at
), ''), body
FROM payload WHERE story_pk = ?1 ORDER BY seen_at DESC LIMIT ?2

-- name: last_envelopes
SELECT id, seen_at, source, envelope FROM sighting
WHERE account_pk = ?1 AND seen_at > ?2 AND seen_at <= ?3 AND envelope IS NOT NULL
ORDER BY seen_at DESC LIMIT ?4

-- name: payloads_of_sighting
SELECT sighted_story.story_pk, payload.body
FROM sighted_story JOIN payload ON payload.story_pk = sighted_story.story_pk
    AND payload.digest = sighted_story.payload
WHERE sighted_story.sighting_id = ?1 ORDER BY sighted_story.position

-- name: story_group
SELECT story.pk, story.is_made
FROM (SELECT coalesce(same_as, pk) AS pk FROM story WHERE pk = ?1) AS found
JOIN story ON story.pk = found.pk OR story.same_as = found.pk
ORDER BY story.same_as IS NOT NULL, story.pk

-- name: captures_of
SELECT sighting.source, count(*), min(sighting.seen_at), max(sighting.seen_at),
    payload.seen_at, payload.body
FROM sighted_story
JOIN sighting ON sighting.id = sighted_story.sighting_id
JOIN payload ON payload.story_pk = sighted_story.story_pk
    AND payload.digest = sighted_story.payload
WHERE sighted_story.story_pk = ?1
GROUP BY sighting.source, payload.digest

-- name: add_file_name
INSERT OR IGNORE INTO file_name (name, story_pk, kind) VALUES (?1, ?2, ?3)

-- name: stories_named
SELECT story_pk, kind FROM file_name WHERE name = ?1

-- name: put_kept_file
INSERT INTO kept_file (story_pk, kind, sha256, content_type, size, name, variant)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (story_pk, kind, variant, sha256) DO UPDATE SET name = excluded.name
WHERE excluded.name < kept_file.name

-- name: kept_bytes
SELECT coalesce(sum(size), 0) FROM (SELECT max(size) AS size FROM kept_file GROUP BY sha256)

-- name: files_of_stories
WITH asked (pk, story_pk) AS (
    SELECT story.pk, coalesce(story.same_as, story.pk)
    FROM json_each(?1) AS wanted JOIN story ON story.pk = wanted.value
)
SELECT asked.pk, kept_file.story_pk, kind, sha256, content_type, size, name, variant
FROM asked JOIN kept_file ON kept_file.story_pk = asked.story_pk
UNION ALL
SELECT asked.pk, kept_file.story_pk, kind, sha256, content_type, size, name, variant
FROM asked JOIN story ON story.same_as = asked.story_pk
JOIN kept_file ON kept_file.story_pk = story.pk

-- name: files_with_digest
SELECT story_pk, kind, sha256, content_type, size, name, variant FROM kept_file
WHERE sha256 = ?1 ORDER BY story_pk, kind

-- name: files_named
SELECT story_pk, kind, sha256, content_type, size, name, variant FROM kept_file WHERE name = ?1
UNION
SELECT kept_file.story_pk, kept_file.kind, kept_file.sha256, kept_file.content_type,
    kept_file.size, kept_file.name, kept_file.variant
FROM file_name JOIN kept_file
    ON kept_file.story_pk = file_name.story_pk AND kept_file.kind = file_name.kind
WHERE file_name.name = ?1

-- name: want_file
INSERT INTO wanted_file (
    story_pk, kind, variant, url, expires_at, tries, next_at, reason, is_given_up
) SELECT ?1, ?2, ?3, ?4, ?5, 0, ?6, '', 0 WHERE NOT EXISTS (
    SELECT 1 FROM kept_file WHERE kind = ?2 AND variant = ?3 AND story_pk IN (
        SELECT coalesce(same_as, pk) FROM story WHERE pk = ?1 UNION ALL
        SELECT pk FROM story WHERE same_as = (SELECT coalesce(same_as, pk) FROM story WHERE pk = ?1)
    )
) ON CONFLICT (story_pk, kind, variant) DO UPDATE SET
    url = excluded.url, expires_at = excluded.expires_at, tries = 0,
    next_at = excluded.next_at, reason = '', is_given_up = 0
WHERE excluded.expires_at > wanted_file.expires_at
    OR excluded.expires_at IS NULL AND (
        wanted_file.expires_at IS NOT NULL
        OR wanted_file.is_given_up AND excluded.url <> wanted_file.url
    )

-- name: drop_kept_wanted
WITH same AS (
    SELECT coalesce(same_as, pk) AS pk FROM story WHERE pk = ?1 UNION ALL
    SELECT pk FROM story WHERE same_as = (SELECT coalesce(same_as, pk) FROM story WHERE pk = ?1)
)
DELETE FROM wanted_file WHERE story_pk IN (SELECT pk FROM same) AND EXISTS (
    SELECT 1 FROM kept_file WHERE story_pk IN (SELECT pk FROM same)
        AND kind = wanted_file.kind AND variant = wanted_file.variant
)

-- name: due_files
SELECT story_pk, kind, variant, url, expires_at, tries, next_at, reason, is_given_up
FROM wanted_file WHERE is_given_up = 0 AND next_at <= ?1
ORDER BY next_at, story_pk, kind, variant LIMIT ?2

-- name: next_due_at
SELECT min(next_at) FROM wanted_file WHERE is_given_up = 0

-- name: put_wanted
UPDATE wanted_file SET tries = ?5, next_at = ?6, reason = ?7, is_given_up = ?8
WHERE story_pk = ?1 AND kind = ?2 AND variant = ?3 AND url = ?4

-- name: wanted_files
SELECT story_pk, kind, variant, url, expires_at, tries, next_at, reason, is_given_up
FROM wanted_file WHERE ?1 IS NULL OR is_given_up = ?1
ORDER BY story_pk, kind, variant

-- name: library_after
SELECT DISTINCT page.sha256, kept_file.content_type, kept_file.size
FROM (SELECT DISTINCT sha256 FROM kept_file WHERE sha256 > ?1 ORDER BY sha256 LIMIT ?2) AS page
JOIN kept_file ON kept_file.sha256 = page.sha256
ORDER BY page.sha256, kept_file.content_type, kept_file.size

-- name: library_by_digest
SELECT DISTINCT sha256, content_type FROM kept_file
WHERE sha256 IN (SELECT value FROM json_each(?1))

-- name: library_stories
SELECT DISTINCT coalesce(story.same_as, story.pk) AS pk
FROM kept_file JOIN story ON story.pk = kept_file.story_pk
WHERE kept_file.sha256 = ?1 ORDER BY pk

-- name: library_shares
SELECT content_type, stories, count(*), sum(size) FROM (
    SELECT max(kept_file.content_type) AS content_type, max(kept_file.size) AS size,
        count(DISTINCT coalesce(story.same_as, story.pk)) AS stories
    FROM kept_file JOIN story ON story.pk = kept_file.story_pk GROUP BY kept_file.sha256
) AS file GROUP BY content_type, stories

-- name: library_coverage
SELECT count(*), coalesce(sum(EXISTS (
    SELECT 1 FROM story AS twin JOIN kept_file ON kept_file.story_pk = twin.pk
    WHERE twin.pk = story.pk OR twin.same_as = story.pk
)), 0) FROM story WHERE same_as IS NULL

-- name: account_group
SELECT pk FROM account WHERE pk = ?1 OR same_as = ?1 ORDER BY pk

-- name: accounts_after
SELECT pk FROM account WHERE pk > ?1 AND same_as IS NULL ORDER BY pk LIMIT ?2

-- name: account_copy
SELECT pk, username, full_name, profile_pic_url, is_verified, is_private, account.seen_at,
    privacy_seen_at, body, coalesce(profile.seen_at, 0)
FROM account LEFT JOIN profile ON account_pk = pk WHERE pk = ?1

-- name: names_of
SELECT username, first_seen_at, last_seen_at FROM username WHERE account_pk = ?1 ORDER BY username

-- name: seconds_before
SELECT DISTINCT seen_at FROM sighting WHERE account_pk = ?1 AND seen_at < ?2
ORDER BY seen_at DESC LIMIT ?3

-- name: sightings_of_second
SELECT id FROM sighting WHERE account_pk = ?1 AND seen_at = ?2 AND id <= ?3 ORDER BY digest

-- name: last_sighting
SELECT max(id) FROM sighting

-- name: sighting_copy
SELECT source, digest, envelope, is_cut FROM sighting WHERE id = ?1

-- name: stories_of_sighting
SELECT sighted_story.position, sighted_story.story_pk, sighted_story.payload, payload.seen_at
FROM sighted_story JOIN payload ON payload.story_pk = sighted_story.story_pk
    AND payload.digest = sighted_story.payload
WHERE sighted_story.sighting_id = ?1 ORDER BY sighted_story.position

-- name: is_captured_at
SELECT 1 FROM sighting JOIN sighted_story ON sighted_story.sighting_id = sighting.id
WHERE sighting.account_pk = ?1 AND sighting.seen_at = ?2
    AND sighted_story.story_pk = ?3 AND sighted_story.payload = ?4 AND sighting.id <= ?5
LIMIT 1

-- name: payload_body
SELECT body FROM payload WHERE story_pk = ?1 AND digest = ?2

-- name: file_names_of
SELECT kind, name FROM file_name WHERE story_pk = ?1 ORDER BY kind, name

-- name: stories_of_account
SELECT pk, is_made, wire, expiring_at, is_close_friends FROM story WHERE account_pk = ?1 AND same_as IS NULL AND pk > ?2 ORDER BY pk LIMIT ?3

-- name: stories_of_account_count
SELECT count(*) FROM story WHERE account_pk = ?1 AND same_as IS NULL

-- name: health_of
SELECT health FROM origin WHERE source = ?1

-- name: put_health
INSERT INTO origin (source, health) VALUES (?1, ?2)
ON CONFLICT (source) DO UPDATE SET health = excluded.health

-- name: drift_of
SELECT field, times, seen_at FROM drift WHERE source = ?1 ORDER BY times DESC, field

-- name: add_drift
INSERT INTO drift (source, field, times, seen_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (source, field) DO UPDATE SET
    times = times + excluded.times, seen_at = max(seen_at, excluded.seen_at)

-- name: key_by_digest
SELECT id, name, prefix, rate, balance, created_at, expires_at, is_disabled, media
FROM access_key WHERE digest = ?1

-- name: keys
SELECT id, name, prefix, rate, balance, created_at, expires_at, is_disabled, media
FROM access_key ORDER BY id

-- name: add_key
INSERT INTO access_key (name, prefix, digest, rate, created_at, expires_at, media)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
RETURNING id, name, prefix, rate, balance, created_at, expires_at, is_disabled, media

-- name: disable_key
UPDATE access_key SET is_disabled = 1 WHERE id = ?1

-- name: rotate_key
UPDATE access_key SET digest = ?2, prefix = ?3 WHERE id = ?1

-- name: set_key_media
UPDATE access_key SET media = ?2 WHERE id = ?1

-- name: balances
SELECT id, balance FROM access_key WHERE id IN (SELECT value FROM json_each(?1))

-- name: known_entries
SELECT entry.key_id, entry.entry
FROM json_each(?1) AS wanted
JOIN entry ON entry.key_id = wanted.value ->> 0 AND entry.entry = wanted.value ->> 1

-- name: add_entry
INSERT INTO entry (key_id, entry, units, reason, at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (key_id, entry) DO NOTHING

-- name: set_balances
UPDATE access_key SET balance = changed.value ->> 1
FROM json_each(?1) AS changed WHERE access_key.id = changed.value ->> 0

-- name: entries_of
SELECT entry, units, reason, at, balance FROM (
    SELECT id, entry, units, reason, at, sum(units) OVER (ORDER BY id) AS balance
    FROM entry WHERE key_id = ?1
) ORDER BY id DESC LIMIT ?2

-- name: salt_if_used
SELECT salt FROM salt WHERE EXISTS (SELECT 1 FROM tombstone)

-- name: salt
SELECT salt FROM salt

-- name: tombstone
SELECT scope, erasure FROM tombstone WHERE digest = ?1

-- name: next_erasure
SELECT coalesce(max(erasure), 0) + 1 FROM tombstone

-- name: put_tombstone
INSERT INTO tombstone (digest, scope, erasure) VALUES (?1, ?2, ?3)
ON CONFLICT (digest) DO UPDATE SET erasure = excluded.erasure,
    scope = CASE WHEN scope = 'mentions' THEN excluded.scope ELSE scope END

-- name: lift_tombstones
DELETE FROM tombstone WHERE erasure = ?1

-- name: forget_cut_sightings
UPDATE sighting SET digest = randomblob(32) WHERE is_cut = 1

-- name: doom_account
UPDATE account SET is_doomed = 1 WHERE pk = ?1

-- name: doomed_accounts
SELECT pk FROM account WHERE is_doomed = 1

-- name: accounts_named
SELECT account_pk FROM username WHERE username = ?1 ORDER BY account_pk

-- name: made_twins_of_account
SELECT pk FROM account WHERE same_as = ?1

-- name: made_claimants
SELECT DISTINCT sighting.account_pk FROM story
JOIN sighted_story ON sighted_story.story_pk = story.pk
JOIN sighting ON sighting.id = sighted_story.sighting_id
WHERE story.account_pk = ?1 AND sighting.account_pk >= 4611686018427387904
    AND NOT EXISTS (
        SELECT 1 FROM sighting AS other
        JOIN sighted_story AS theirs ON theirs.sighting_id = other.id
        JOIN story AS told ON told.pk = theirs.story_pk
        WHERE other.account_pk = sighting.account_pk AND told.account_pk <> ?1
    )

-- name: usernames_of
SELECT username FROM username WHERE account_pk = ?1 ORDER BY username

-- name: stories_of_after
SELECT pk FROM story WHERE account_pk = ?1 AND pk > ?2 ORDER BY pk LIMIT ?3

-- name: doom_files
INSERT OR IGNORE INTO doomed_file (sha256, content_type, size)
SELECT sha256, content_type, size FROM kept_file WHERE story_pk = ?1

-- name: kept_files_of
SELECT DISTINCT sha256, content_type, size FROM kept_file WHERE story_pk = ?1

-- name: holders_of_file
SELECT DISTINCT story_pk FROM kept_file WHERE sha256 = ?1

-- name: doomed_files
SELECT sha256, content_type, size FROM doomed_file
WHERE sha256 NOT IN (SELECT sha256 FROM kept_file)

-- name: spare_shared_files
DELETE FROM doomed_file WHERE sha256 IN (SELECT sha256 FROM kept_file)

-- name: let_go_of_file
DELETE FROM doomed_file WHERE sha256 = ?1

-- name: cut_sightings_of
UPDATE sighting SET is_cut = 1
WHERE id IN (SELECT sighting_id FROM sighted_story WHERE story_pk = ?1)

-- name: cut_sightings_with
UPDATE sighting SET is_cut = 1 WHERE id IN (
    SELECT sighting_id FROM sighted_story WHERE story_pk = ?1 AND payload = ?2
)

-- name: forget_sighted
DELETE FROM sighted_story WHERE story_pk = ?1

-- name: forget_payloads
DELETE FROM payload WHERE story_pk = ?1

-- name: forget_file_names
DELETE FROM file_name WHERE story_pk = ?1

-- name: forget_wanted_files
DELETE FROM wanted_file WHERE story_pk = ?1

-- name: forget_kept_files
DELETE FROM kept_file WHERE story_pk = ?1

-- name: free_twins
UPDATE story SET same_as = NULL WHERE same_as = ?1

-- name: forget_story
DELETE FROM story WHERE pk = ?1

-- name: sightings_of_after
SELECT id FROM sighting WHERE account_pk = ?1 AND id > ?2 ORDER BY id LIMIT ?3

-- name: stories_in_sighting
SELECT DISTINCT story_pk FROM sighted_story WHERE sighting_id = ?1

-- name: forget_stories_in_sighting
DELETE FROM sighted_story WHERE sighting_id = ?1

-- name: forget_unsighted_payloads
DELETE FROM payload WHERE story_pk = ?1
    AND digest NOT IN (SELECT payload FROM sighted_story WHERE story_pk = ?1)

-- name: forget_sighting
DELETE FROM sighting WHERE id = ?1

-- name: forget_usernames
DELETE FROM username WHERE account_pk = ?1

-- name: free_account_twins
UPDATE account SET same_as = NULL WHERE same_as = ?1

-- name: profile_of
SELECT account_pk, body FROM profile WHERE account_pk = ?1

-- name: cut_profile
UPDATE profile SET body = ?2, digest = ?3 WHERE account_pk = ?1

-- name: forget_profile
DELETE FROM profile WHERE account_pk = ?1

-- name: forget_account
DELETE FROM account WHERE pk = ?1

-- name: scan_payloads
SELECT rowid, story_pk, body FROM payload WHERE rowid > ?1 AND rowid <= ?2
ORDER BY rowid LIMIT ?3

-- name: last_payload
SELECT coalesce(max(rowid), 0) FROM payload

-- name: last_envelope
SELECT coalesce(max(id), 0) FROM sighting

-- name: scan_envelopes
SELECT id, envelope FROM sighting WHERE id > ?1 AND id <= ?2 AND envelope IS NOT NULL
ORDER BY id LIMIT ?3

-- name: last_profile
SELECT coalesce(max(account_pk), 0) FROM profile

-- name: scan_profiles
SELECT account_pk, body FROM profile WHERE account_pk > ?1 AND account_pk <= ?2
ORDER BY account_pk LIMIT ?3

-- name: erasable_size
SELECT (SELECT count(*) FROM payload) + (SELECT count(*) FROM sighting WHERE envelope IS NOT NULL)
    + (SELECT count(*) FROM profile) + (SELECT count(*) FROM highlight)

-- name: envelope_of
SELECT account_pk, envelope FROM sighting WHERE id = ?1

-- name: cut_envelope
UPDATE sighting SET envelope = ?2, is_cut = 1 WHERE id = ?1

-- name: scan_accounts
SELECT pk, full_name, profile_pic_url FROM account
WHERE instr(lower(coalesce(full_name, '') || ' ' || coalesce(profile_pic_url, '')), ?1)

-- name: files_called
SELECT story_pk, name FROM kept_file WHERE instr(lower(name), ?1)
UNION SELECT story_pk, name FROM file_name WHERE instr(lower(name), ?1)

-- name: rename_kept_file
UPDATE OR REPLACE kept_file SET name = ?3 WHERE story_pk = ?1 AND name = ?2

-- name: rename_file_name
UPDATE OR REPLACE file_name SET name = ?3 WHERE story_pk = ?1 AND name = ?2

-- name: scan_origins
SELECT source, health FROM origin WHERE instr(lower(health), ?1)

-- name: put_account_texts
UPDATE account SET full_name = ?2, profile_pic_url = ?3 WHERE pk = ?1

-- name: wipe_what_is_deleted
PRAGMA secure_delete = ON

-- name: check_references_later
PRAGMA defer_foreign_keys = ON

-- name: highlight_facts
SELECT account_pk, seen_at, reel, items_seen_at FROM highlight WHERE pk = ?1

-- name: put_highlight
INSERT INTO highlight (pk, account_pk, seen_at, reel, items_seen_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (pk) DO UPDATE SET
    account_pk = excluded.account_pk, seen_at = excluded.seen_at, reel = excluded.reel,
    items_seen_at = excluded.items_seen_at

-- name: highlight_of
SELECT account_pk, reel FROM highlight WHERE pk = ?1

-- name: cut_highlight
UPDATE highlight SET reel = ?2 WHERE pk = ?1

-- name: highlights_with
SELECT pk, reel FROM highlight JOIN highlight_story ON highlight_pk = pk WHERE story_pk = ?1

-- name: items_of_highlight
SELECT story_pk FROM highlight_story WHERE highlight_pk = ?1 ORDER BY position, story_pk

-- name: empty_highlight
DELETE FROM highlight_story WHERE highlight_pk = ?1

-- name: add_highlight_story
INSERT OR IGNORE INTO highlight_story (highlight_pk, position, story_pk) VALUES (?1, ?2, ?3)

-- name: highlights_of
SELECT pk, seen_at, reel FROM highlight
WHERE account_pk IN (SELECT ?1 UNION ALL SELECT pk FROM account WHERE same_as = ?1)

-- name: highlight_by_pk
SELECT account.pk, account.username, account.is_private = 1 AND account.is_own = 0,
    highlight.seen_at, highlight.reel, highlight.items_seen_at
FROM highlight JOIN account AS holder ON holder.pk = highlight.account_pk
JOIN account ON account.pk = coalesce(holder.same_as, holder.pk)
WHERE highlight.pk = ?1

-- name: stories_of_highlight
SELECT told.pk, told.wire
FROM highlight_story JOIN story ON story.pk = highlight_story.story_pk
JOIN story AS told ON told.pk = coalesce(story.same_as, story.pk)
WHERE highlight_story.highlight_pk IN (?1, ?3) AND told.account_pk = ?2
    AND told.is_close_friends = 0
GROUP BY highlight_story.story_pk
ORDER BY highlight_story.position, highlight_story.story_pk

-- name: hidden_stories
SELECT story.pk FROM json_each(?1) CROSS JOIN story ON story.pk = value
JOIN story AS told ON told.pk = coalesce(story.same_as, story.pk)
WHERE told.is_close_friends = 1

-- name: highlight_copies
SELECT pk, seen_at, reel, items_seen_at FROM highlight WHERE account_pk = ?1 ORDER BY pk

-- name: last_highlight
SELECT coalesce(max(pk), 0) FROM highlight

-- name: scan_highlights
SELECT pk, reel FROM highlight WHERE pk > ?1 AND pk <= ?2 ORDER BY pk LIMIT ?3

-- name: forget_highlighted
DELETE FROM highlight_story WHERE story_pk = ?1

-- name: forget_highlight_stories
DELETE FROM highlight_story
WHERE highlight_pk IN (SELECT pk FROM highlight WHERE account_pk = ?1)

-- name: forget_highlights
DELETE FROM highlight WHERE account_pk = ?1
