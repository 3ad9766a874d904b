"""From a flat bucket to the structure of `documents/keys.py`, so that nothing can be lost.

Of each object: a copy is kept, the bytes go to their new key, are read back, and then the row and
the note of where it came from change in one transaction. The old object goes last, in a run of its
own (`deleting.py`). A document's row therefore names an object that is there, at every moment.
"""
