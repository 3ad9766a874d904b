"""Text, CSV, JSON and XML: really text, complete, and nothing that a browser would run."""

import codecs
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from documents.verification import markup
from documents.verification.jsons import JsonReader
from documents.verification.refusals import active, corrupt

CHUNK = 256 * 1024
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# What a browser would take for a page, wherever it stands in the text.
MARKUP = re.compile(
    r"<\s*(?:script|svg|iframe|object|embed)[\s>/]|<\?php|<!doctype\s+html|<html[\s>]",
    re.IGNORECASE,
)
PROGRAM = re.compile(r"\A\s*#!\s*/")
OVERLAP = 200  # characters
FOREIGN_ELEMENTS = {"html", "svg", "script", "iframe"}


def _encoding(content: BinaryIO) -> tuple[str, int]:
    """Return the encoding that a byte order mark names, and the mark's length in bytes."""
    content.seek(0)
    head = content.read(4)
    for mark, name in BOMS:
        if head.startswith(mark):
            return name, len(mark)
    return "", 0


def _decoded(content: BinaryIO, name: str, skip: int) -> Iterator[str]:
    content.seek(skip)
    return codecs.iterdecode(iter(lambda: content.read(CHUNK), b""), name)


def _each_text(content: BinaryIO) -> tuple[str, Iterator[str]]:
    """Decode the file; without a byte order mark as UTF-8, else as Windows-1252."""
    encoding, skip = _encoding(content)
    for name in [encoding] if encoding else ["utf-8", "cp1252"]:
        try:
            for _ in _decoded(content, name, skip):
                pass
        except UnicodeDecodeError:
            continue
        return name, _decoded(content, name, skip)
    raise corrupt("it is no text")


def check_text(content: BinaryIO, size: int) -> dict[str, Any]:
    name, chunks = _each_text(content)
    before, first = "", True
    for chunk in chunks:
        text = before + chunk
        if CONTROL.search(chunk):
            raise corrupt("it is no text")
        if MARKUP.search(text):
            raise active("a web page or script")
        if first and PROGRAM.match(text):
            raise active("a program")
        before, first = text[-OVERLAP:], False
    return {"charset": name}


def check_json(content: BinaryIO, size: int) -> dict[str, Any]:
    found = check_text(content, size)
    JsonReader().read(_each_text(content)[1])
    return found


def check_xml(content: BinaryIO, size: int) -> dict[str, Any]:
    """No entities, no HTML or SVG, no scripts: XML is shown as text, but browsers may disagree."""
    content.seek(0)
    markup.parse(iter(lambda: content.read(CHUNK), b""), element=_refuse_page)
    return {}


def _refuse_page(name: str, _: dict[str, str]) -> None:
    if name.rpartition(" ")[2].lower() in FOREIGN_ELEMENTS:
        raise active("a web page, drawing or script")
