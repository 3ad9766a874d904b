r"""Names inside an archive: any script, but nothing that an unpacker refuses or takes for a path.

What is refused where: control characters and `<>:"/\|?*`, names such as `CON` and `LPT1`, and a dot
or space at the end on Windows (Microsoft's "Naming Files, Paths, and Namespaces"); more than 255
bytes on Linux; names that differ only in case or in Unicode's forms on Windows and macOS.
"""

import re
import unicodedata

MAX_BYTES = 180  # of UTF-8: with a folder before it and a number in it, it fits everywhere
MAX_EXTENSION = 20  # bytes; what is longer behind a dot is no extension
# Control characters, half characters and line breaks (the categories Cc, Cs, Zl and Zp) as well.
_FORBIDDEN = re.compile('[<>:"/\\\\|?*\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]')
_BIDI = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_RESERVED = re.compile(
    r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9\u00b9\u00b2\u00b3])\s*(\..*)?",
    re.IGNORECASE | re.DOTALL,
)
_UNNAMED = "document"


def safe_name(raw: str) -> str:
    """Return a name that every unpacker takes, as near to the given one as can be."""
    name = _FORBIDDEN.sub("_", _BIDI.sub("", unicodedata.normalize("NFC", raw)))
    name = _fitting(_trimmed(name), MAX_BYTES) or _UNNAMED
    return f"_{name}" if _RESERVED.fullmatch(name) else name


class EntryNames:
    """Gives each entry of an archive a place of its own.

    Two places are the same where any system takes them for the same: `A.PDF` and `a.pdf`.
    """

    def __init__(self, *reserved: str) -> None:
        self._taken = {_folded(name) for name in reserved}
        self._next: dict[str, int] = {}  # or 5,000 of one name would be counted through each time

    def place(self, folder: str, raw: str) -> str:
        """Return `folder/name`, as `name (2).ext` and so on where that is taken already."""
        name = safe_name(raw)
        wanted = _folded(_joined(folder, name))
        place, number = _joined(folder, name), self._next.get(wanted, 2)
        while _folded(place) in self._taken:
            place = _joined(folder, _numbered(name, number))
            number += 1
        self._next[wanted] = number
        self._taken.add(_folded(place))
        return place


def _trimmed(name: str) -> str:
    """Cut off what Windows would cut off itself, and the dot that hides a file elsewhere."""
    name = name.strip().rstrip(". \u00a0").strip()
    return f"_{name}" if name.startswith(".") else name


def _fitting(name: str, limit: int) -> str:
    """Shorten a name to so many bytes; its extension stays."""
    if len(name.encode()) <= limit:
        return name
    stem, extension = _parts(name)
    left = limit - len(extension.encode())
    return _trimmed(stem.encode()[:left].decode(errors="ignore")) + extension


def _parts(name: str) -> tuple[str, str]:
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) >= MAX_EXTENSION:
        return name, ""
    return stem, dot + extension


def _numbered(name: str, number: int) -> str:
    stem, extension = _parts(name)
    mark = f" ({number}){extension}"
    return _fitting(stem, MAX_BYTES - len(mark.encode())) + mark


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _folded(place: str) -> str:
    """Return what two places have in common that some system takes for one."""
    known = unicodedata.normalize("NFKC", place).upper().casefold()
    return unicodedata.normalize("NFKC", known)
