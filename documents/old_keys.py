"""Keys from before objects were organised by clinic: which they are, and nothing else. Pure code.

An old bucket is flat: `documents/…`, `images/…`, `mms/…` and files in its root. Such a key says
nothing of whose it is, so no service but the restructuring opens one (`storage/doors.py`).
"""

import re

from documents.keys import belongs_to

ROOT = "root"
LAYOUTS = {"documents": "documents/", "images": "images/", "mms": "mms/"}  # name → prefix
MISPLACED = "clinic"  # how a key is called that lies in its clinic, but not where it belongs
LONGEST = 500  # characters, as the column of documents
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
_NOT_LISTED = re.compile(r"(^|/)\.partial-|\.meta$")  # what a folder keeps beside its objects


def layout_of(key: str) -> str | None:
    """Return the name of the old layout that a key is of, or None where it is of none.

    A key that leads anywhere else when it is taken for a path is of none.
    """
    parts = key.split("/")
    if not key or len(key) > LONGEST or _UNSAFE.search(key) or _NOT_LISTED.search(key):
        return None
    if any(part in {"", ".", ".."} for part in parts):
        return None
    if len(parts) == 1:
        return ROOT
    return next((name for name, prefix in LAYOUTS.items() if key.startswith(prefix)), None)


def source_layout(key: str, tenant: str) -> str | None:
    """Return the layout of a key that a clinic's document may be moved from, or None."""
    return MISPLACED if belongs_to(key, tenant) else layout_of(key)
