"""A clinic as an archive: its schema and its objects, verified, restorable anywhere."""
