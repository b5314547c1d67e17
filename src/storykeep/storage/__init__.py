"""Where things are kept: SQLite files, a folder of media, and what lives in memory."""
