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
SAMPLES, FRAMES, ROWS, COLUMNS, ALLOCATED = (
    0x00280002,
    0x00280008,
    0x00280010,
    0x00280011,
    0x00280100,
)
WANTED = frozenset({SYNTAX, MODALITY, SAMPLES, FRAMES, ROWS, COLUMNS, ALLOCATED})
IMPLICIT, BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
DEFLATED = {"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95"}
NATIVE = {IMPLICIT, BIG_ENDIAN, "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"}


def check(content: BinaryIO, size: int) -> dict[str, Any]:
    content.seek(0)
    preamble = content.read(PREAMBLE)
    if content.read(4) != b"DICM":
        raise corrupt("it has no DICOM prefix")
    refuse_program(preamble)
    syntax = _syntax(content)
    source = Forward(content, size - content.tell(), deflated=syntax in DEFLATED)
    last, found = _collect(source, syntax)
    rows, columns = _number(found.get(ROWS)), _number(found.get(COLUMNS))
    frames = int(_text(found.get(FRAMES)) or 1)
    check_pixels(columns, rows, frames)
    depth = _number(found.get(ALLOCATED)) * (_number(found.get(SAMPLES)) or 1)
    if last is None:
        raise corrupt("it holds no elements")
    if last.tag in PIXELS:
        if last.length == UNDEFINED:
            skip_fragments(source)
        else:
            if syntax in NATIVE and columns * rows * frames * depth // 8 > last.length:
                raise corrupt("the picture is shorter than it says")
            source.skip(last.length)
        source.finish()
    modality = _text(found.get(MODALITY))
    return {"width": columns, "height": rows, "frames": frames, "modality": modality}


def _syntax(content: BinaryIO) -> str:
    """Read the file's meta information (always explicit, little endian); stop behind it."""
    size = content.seek(0, 2)
    content.seek(PREAMBLE + 4)
    source = Forward(content, size - PREAMBLE - 4)
    syntax, end = "", content.tell()
    for element in walk(source, wanted=WANTED):
        if element.tag >> 16 != 2:  # noqa: PLR2004
            break
        if element.tag == SYNTAX:
            syntax = _text(element)
        end = PREAMBLE + 4 + source.taken
    if not syntax:
        raise corrupt("it does not say how it is encoded")
    content.seek(end)
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
    order = "big" if element and element.order == ">" else "little"
    return int.from_bytes(value[:2], order)


def _text(element: Element | None) -> str:
    value = element.value if element else b""
    return value.decode("ascii", "replace").strip(" \0").split("\\")[0]
