"""What storykeep is measured against; each reads its data from the folder BENCH_FOLDER."""
