"""Which layouts and fields hold what: the field map, which an operator can replace by a JSON file.

A file names only what differs from the defaults:

    {"documents": {"layout": "Docs_API", "date": "Document date"},
     "images": {"containers": ["Picture"], "types": {"Left foot top": "left-dorsal"}}}
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from documents.keys import FILEMAKER_FOLDERS
from jobs.errors import JobParametersError

DOCUMENTS, IMAGES = "documents", "images"
SCAN, XRAY = "scan", "xray"  # what an image's type may be called besides a view
MOST_CONTAINERS = 20
LONGEST_NAME = 100  # characters: FileMaker's own limit for names of fields and layouts
MOST_BYTES = 256 * 1024  # of a file
_VIEW = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_OPTIONAL = frozenset({"type", "date", "name", "created", "modified"})


@dataclass(frozen=True, kw_only=True)
class LayoutMap:
    """One layout. A field that is "" is not there; `containers` stand in order, best first.

    `types` says for a Type what it is: of documents one of the folders of the object store, of
    images a view (`left-dorsal`), `scan` or `xray`. Types are compared without letter case.
    """

    layout: str
    id: str
    contact: str
    type: str
    date: str
    containers: tuple[str, ...]
    name: str = ""
    created: str = "creationTimestamp"
    modified: str = "modificationTimestamp"
    types: Mapping[str, str] = field(default_factory=dict)


DEFAULTS: dict[str, LayoutMap] = {
    DOCUMENTS: LayoutMap(
        layout="API_Docs",
        id="id",
        contact="id_Contact",
        type="Type",
        date="Date",
        containers=("Doc",),
        types={"referral": "referrals", "report": "reports", "letter": "letters"},
    ),
    IMAGES: LayoutMap(
        layout="API_Images",
        id="id",
        contact="id_Contact",
        type="Type",
        date="date",
        name="Name of file",
        containers=("image_Full", "image_Ex_large", "image_large", "image_medium", "image_small"),
    ),
}


def read_field_map(text: str | bytes) -> dict[str, Any]:
    """Read an operator's file. Raises `JobParametersError` with `field`."""
    if len(text) > MOST_BYTES:
        raise _wrong("", "The file is larger than 256 kB.")
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise _wrong("", f"The file is no JSON: {str(error)[:200]}") from None
    return checked_field_map(found)


def checked_field_map(given: Any) -> dict[str, Any]:
    """Return a field map as it is kept with a job: what differs from the defaults, checked."""
    if not isinstance(given, dict):
        raise _wrong("", "Give an object with `documents`, `images` or both.")
    for name, value in given.items():
        if name not in DEFAULTS:
            raise _wrong(str(name), "There are `documents` and `images`.")
        _layout(name, value)
    return given


def layout_map(name: str, given: Mapping[str, Any] | None = None) -> LayoutMap:
    """Return the map of `documents` or `images`, with what a checked file says of it."""
    return _layout(name, (given or {}).get(name, {}))


def as_json(found: LayoutMap) -> dict[str, Any]:
    """Return a map in the form of the file, for operators to begin with."""
    return json.loads(json.dumps(asdict(found)))  # type: ignore[no-any-return]


def _layout(name: str, given: Any) -> LayoutMap:
    if not isinstance(given, dict):
        raise _wrong(name, "Give an object.")
    known = {one.name for one in fields(LayoutMap)}
    changes: dict[str, Any] = {}
    for key, value in given.items():
        place = f"{name}.{key}"
        if key not in known:
            raise _wrong(place, f"There is no such entry; there are {', '.join(sorted(known))}.")
        if key == "containers":
            changes[key] = _containers(place, value)
        elif key == "types":
            changes[key] = _types(place, value, name)
        else:
            changes[key] = _name(place, value, optional=key in _OPTIONAL)
    return replace(DEFAULTS[name], **changes)


def _name(place: str, value: Any, *, optional: bool = False) -> str:
    if not isinstance(value, str):
        raise _wrong(place, "Give a text.")
    if not value and optional:
        return ""
    if not value.strip() or len(value) > LONGEST_NAME or not value.isprintable():
        raise _wrong(place, f"Give a name of 1 to {LONGEST_NAME} characters.")
    return value


def _containers(place: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_CONTAINERS:
        raise _wrong(place, f"Give a list of 1 to {MOST_CONTAINERS} names of container fields.")
    names = tuple(_name(f"{place}[{number}]", one) for number, one in enumerate(value))
    if len(set(names)) != len(names):
        raise _wrong(place, "Name each container once.")
    return names


def _types(place: str, value: Any, name: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _wrong(place, "Give an object: the type and what it is.")
    found: dict[str, str] = {}
    for key, what in value.items():
        here = f"{place}[{str(key)[:LONGEST_NAME]}]"
        if name == DOCUMENTS and what not in FILEMAKER_FOLDERS:
            raise _wrong(here, f"Choose one of {', '.join(FILEMAKER_FOLDERS)}.")
        if not isinstance(what, str) or len(what) > 40 or not _VIEW.match(what):  # noqa: PLR2004
            raise _wrong(here, "Use at most 40 small letters, digits and hyphens.")
        found[" ".join(str(key).split()).casefold()] = what
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _wrong(place: str, why: str) -> JobParametersError:
    return JobParametersError(why, field=f"field_map.{place}" if place else "field_map")
