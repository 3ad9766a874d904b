"""Where in the folder of files a stored path may point. Pure code: it looks at no disk.

Old systems stored what their server called the file: an absolute path of a machine that is gone, a
path relative to the folder above `uploads/`, or a bare name.
"""

from pathlib import PureWindowsPath

UPLOADS = "uploads"
LAB_FOLDER = "lab_result_files"
FILES, TRASH = "files", "trash"
KIND_FOLDERS = {  # where newer systems keep the files of a kind of record
    "lab-results": ("lab-results", "lab-result", "lab_results"),
    "insurances": ("insurance", "insurances"),
    "visits": ("visits", "visit", "encounters"),
    "procedures": ("procedures", "procedure"),
}
MOST_PARTS = 32
LONGEST_NAME = 255  # bytes, of a component
Place = tuple[str, ...]  # components below the folder, none of them "", "." or ".."


class OutsideError(ValueError):
    """The stored path leads out of the folder, or could."""


def possible_places(stored: str, slug: str, *, root: str) -> list[Place]:
    """Return the places where a stored path may lie, the likeliest first.

    `root` is the folder's absolute path on this machine. Raises `OutsideError` for `..`, for
    absolute paths that do not go through a folder `uploads`, and for what is no path at all.
    """
    if "\0" in stored:
        raise OutsideError
    parts, absolute = _parts(stored)
    if ".." in parts or len(parts) > MOST_PARTS:
        raise OutsideError
    here = _below(parts, root) if absolute else None
    if here is not None:
        return [here] if here else []
    tails = [parts[at + 1 :] for at, part in enumerate(parts[:-1]) if part == UPLOADS]
    if absolute:
        if not tails:
            raise OutsideError
        return _unique(tails)
    if len(parts) == 1:
        return _unique([*_folders(parts[0], slug), parts])
    return _unique([*tails, parts])


def is_trash(place: Place) -> bool:
    """Say whether a place lies in `trash/YYYY-MM-DD/`, where deleted files were put."""
    return len(place) > 1 and place[0] == TRASH


def _parts(stored: str) -> tuple[Place, bool]:
    if "\\" in stored and "/" not in stored:
        windows = PureWindowsPath(stored)
        parts = tuple(part for part in windows.parts if part != windows.anchor)
        return parts, bool(windows.anchor)
    parts = tuple(part for part in stored.split("/") if part not in {"", "."})
    return parts, stored.startswith("/")


def _below(parts: Place, root: str) -> Place | None:
    top = tuple(part for part in root.split("/") if part)
    return parts[len(top) :] if parts[: len(top)] == top else None


def _folders(name: str, slug: str) -> list[Place]:
    """Return where a file that is only a name would be."""
    kinds = [(FILES, folder, name) for folder in KIND_FOLDERS.get(slug, ())]
    return [(LAB_FOLDER, name), *kinds] if slug == "lab-results" else [*kinds, (FILES, name)]


def _unique(places: list[Place]) -> list[Place]:
    return list(dict.fromkeys(place for place in places if place))
