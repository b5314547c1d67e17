"""What is measured.  A section is a module with ``run(bench)``; its name is its file's."""
