"""DICOM part 10 files: prefix, readable elements to the end, and not too many pixels."""

from typing import Any, BinaryIO

from documents.verification.dicom_elements import (
    PIXELS,
    UNDEFINED,
    Element,
    Forward,
    skip_fragments,
    walk,
)
from documents.verification.images import check_pixels
from documents.verification.polyglots import refuse_program
from documents.verification.refusals import corrupt

PREAMBLE = 128  # bytes, free for any use (PS3.10, 7.1)
SYNTAX, MODALITY = 0x00020010, 0x00080060
SAMPLES, COLOURS, FRAMES = 0x00280002, 0x00280004, 0x00280008
ROWS, COLUMNS, ALLOCATED = 0x00280010, 0x00280011, 0x00280100
WANTED = frozenset({SYNTAX, MODALITY, SAMPLES, COLOURS, FRAMES, ROWS, COLUMNS, ALLOCATED})
META_GROUP = b"\x02\x00"
IMPLICIT, BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
DEFLATED = {"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95"}
NATIVE = {IMPLICIT, BIG_ENDIAN, "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"}


def check(content: BinaryIO, size: int) -> dict[str, Any]:
    content.seek(0)
    preamble = content.read(PREAMBLE)
    if content.read(4) != b"DICM":
        raise corrupt("it has no DICOM prefix")
    refuse_program(preamble)
    syntax = _syntax(content, size)
    source = Forward(content, size - content.tell(), deflated=syntax in DEFLATED)
    last, found = _collect(source, syntax)
    if last is None:
        raise corrupt("it holds no elements")
    rows, columns, frames = _number(found.get(ROWS)), _number(found.get(COLUMNS)), _frames(found)
    check_pixels(columns, rows, frames)
    if last.tag in PIXELS:
        needed = columns * rows * frames * _depth(found) // 8
        if syntax in NATIVE and last.length < needed:
            raise corrupt("the picture is shorter than it says")
        if last.length == UNDEFINED:
            skip_fragments(source)
        else:
            source.skip(last.length)
        source.finish()
    modality = _text(found.get(MODALITY))
    return {"width": columns, "height": rows, "frames": frames, "modality": modality}


def _frames(found: dict[int, Element]) -> int:
    text = _text(found.get(FRAMES)) or "1"
    if not (text.isascii() and text.isdigit() and len(text) <= 12):  # noqa: PLR2004  IS
        raise corrupt("it does not say how many pictures it holds")
    return int(text)


def _depth(found: dict[int, Element]) -> int:
    """Bits that a pixel takes."""
    depth = _number(found.get(ALLOCATED)) * (_number(found.get(SAMPLES)) or 1)
    if "422" in _text(found.get(COLOURS)):  # two pixels share their colour (PS3.3, C.7.6.3.1.2)
        depth = depth * 2 // 3
    return depth


def _syntax(content: BinaryIO, size: int) -> str:
    """Read the file's meta information (always explicit, little endian); stop behind it.

    Element by element: what follows may be deflated, and must not be taken for another one.
    """
    syntax = ""
    while (at := content.tell()) < size:
        group = content.read(2)
        content.seek(at)
        if group != META_GROUP:
            break
        for element in walk(Forward(content, size - at), wanted=WANTED):
            syntax = _text(element) if element.tag == SYNTAX else syntax
            break
    if not syntax:
        raise corrupt("it does not say how it is encoded")
    return syntax


def _collect(source: Forward, syntax: str) -> tuple[Element | None, dict[int, Element]]:
    """Go to the pixels or the end; return the last element and the wanted ones."""
    found: dict[int, Element] = {}
    element = None
    order = ">" if syntax == BIG_ENDIAN else "<"
    for element in walk(source, implicit=syntax == IMPLICIT, order=order, wanted=WANTED):
        if element.tag in WANTED:
            found[element.tag] = element
        if element.tag in PIXELS:
            break
    return element, found


def _number(element: Element | None) -> int:
    """Return an unsigned short, 0 where there is none."""
    value = element.value if element else b""
    turned = element is not None and element.order == ">"
    return int.from_bytes(value[:2], "big" if turned else "little")


def _text(element: Element | None) -> str:
    value = element.value if element else b""
    return value.decode("ascii", "replace").strip(" \0").split("\\")[0]
