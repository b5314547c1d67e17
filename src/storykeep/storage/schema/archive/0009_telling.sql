-- The digests, 16 bytes each, of the captures that the Story follows from: all others of the
-- story tell nothing that these do not tell better.  NULL: not worked out, so all count.
ALTER TABLE story ADD COLUMN telling BLOB;

CREATE TRIGGER telling_is_unknown_once_a_capture_goes AFTER DELETE ON payload
BEGIN
    UPDATE story SET telling = NULL WHERE pk = OLD.story_pk AND telling IS NOT NULL;
END;
