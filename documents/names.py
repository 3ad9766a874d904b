"""File names as people choose them: any script, but nothing that could act."""

import unicodedata

from documents.errors import DocumentRefusedError

MAX_NAME = 255  # characters
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_name(raw: str) -> str:
    """Return the name in NFC, or refuse it with the reason (`name_invalid`, `name_too_long`).

    A name is refused rather than mended: a mended one would not be what the sender chose.
    """
    name = unicodedata.normalize("NFC", raw)
    if len(name) > MAX_NAME:
        raise DocumentRefusedError(
            f"The file name has {len(name)} characters; shorten it to {MAX_NAME}.",
            code="name_too_long",
        )
    if "/" in name or "\\" in name:
        raise _invalid("contains a path; send the bare name")
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in name):
        raise _invalid("contains control characters")
    if _BIDI & set(name):
        raise _invalid("contains characters that turn the writing direction")
    if not name.strip(" .\u00a0"):
        raise _invalid("is empty")
    if name != name.strip() or name.endswith("."):
        raise _invalid("begins or ends with a space or ends with a dot")
    if name.startswith("."):
        raise _invalid("begins with a dot")
    return name


def _invalid(why: str) -> DocumentRefusedError:
    return DocumentRefusedError(f"The file name {why}.", code="name_invalid")
