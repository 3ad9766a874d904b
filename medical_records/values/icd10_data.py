"""The ICD-10-CM codes as they lie in the data files of the package simple-icd-10-cm.

The package itself reads them into a tree with every note: 2 s and 175 MB in each process. Here
only codes and descriptions are read. A test holds both against each other.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "simple_icd_10_cm"
CATEGORY = 3  # characters of a code before its dot
COMPLETE = 7  # characters before the seventh, with the dot; "X" fills them up

Code = tuple[str, str, bool]  # with its dot; description; whether it is billable


def read_codes() -> Iterator[Code]:
    """Yield every category and subcategory, in the order of the classification."""
    folder = _folder()
    existing = frozenset(_only(folder, "code-list-*.txt").read_text("utf-8").split())
    tabular = _only(folder, "icd10c-tabular-*.xml")
    for _, element in ET.iterparse(tabular):  # noqa: S314  the package's own file
        if element.tag == "chapter":
            yield from _read(element, existing, {})
            element.clear()


def _folder() -> Path:
    spec = find_spec(PACKAGE)  # finds it without running it
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{PACKAGE} is not installed; see requirements.txt.")
    return Path(spec.origin).parent / "data"


def _only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def _read(
    element: ET.Element, existing: frozenset[str], endings: Mapping[str, str]
) -> Iterator[Code]:
    """Yield what is in a chapter, section or code; `endings` are its seventh characters."""
    own = element.find("sevenChrDef")
    endings = _endings(own) if own is not None else endings
    inner = [child for child in element if child.tag in {"section", "diag"}]
    if element.tag == "diag":
        yield from _described(element, existing, {} if inner else endings, leaf=not inner)
    for child in inner:
        yield from _read(child, existing, endings)


def _described(
    element: ET.Element, existing: frozenset[str], endings: Mapping[str, str], *, leaf: bool
) -> Iterator[Code]:
    code, description = element.findtext("name", ""), element.findtext("desc", "")
    stem = f"{code}." if len(code) == CATEGORY else code
    stem = stem.ljust(COMPLETE, "X")
    ended = [
        (stem + char, f"{description}, {meaning}", True)
        for char, meaning in endings.items()
        if (stem + char).replace(".", "") in existing
    ]
    yield code, description, leaf and not ended
    yield from ended


def _endings(definition: ET.Element) -> dict[str, str]:
    """Return what each seventh character says; a note after one goes on with it."""
    found: dict[str, str] = {}
    last = ""
    for part in definition:
        if part.tag == "extension":
            last = part.attrib["char"]
            found[last] = part.text or ""
        elif part.tag == "note" and last and part.text:
            found[last] += f"/{part.text}"
    return found
