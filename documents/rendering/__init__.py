"""Pictures of files, made in a process of their own that holds no secrets and may die.

`running.py` is what the application calls. The others run in the child, where native decoders meet
the bytes of strangers: they know neither Django nor the database nor the store, and are imported
by nothing else.
"""
