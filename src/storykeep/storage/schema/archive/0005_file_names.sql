CREATE INDEX file_name_of_story ON file_name (story_pk);
