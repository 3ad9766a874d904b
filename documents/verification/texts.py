"""Text, CSV, JSON and XML: really text, complete, and nothing that a browser would run."""

import codecs
import re
from typing import Any, BinaryIO
from xml.parsers import expat

from documents.verification.refusals import active, bomb, corrupt

CHUNK = 256 * 1024
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# What a browser would take for a page, wherever it stands in the text.
MARKUP = re.compile(
    r"<\s*(?:script|svg|iframe|object|embed)[\s>/]|<\?php|<!doctype\s+html|<html[\s>]", re.I
)
PROGRAM = re.compile(r"\A\s*#!\s*/")
OVERLAP = 200  # characters


def _encoding(content: BinaryIO) -> tuple[str, int]:
    content.seek(0)
    head = content.read(4)
    for mark, name in BOMS:
        if head.startswith(mark):
            return name, len(mark)
    return "", 0


def _characters(content: BinaryIO) -> tuple[str, list[str]]:
    """Decode the file; without a byte order mark as UTF-8, else as Windows-1252."""
    encoding, skip = _encoding(content)
    for name in [encoding] if encoding else ["utf-8", "cp1252"]:
        content.seek(skip)
        try:
            for chunk in codecs.iterdecode(iter(lambda: content.read(CHUNK), b""), name):
                del chunk
        except UnicodeDecodeError:
            continue
        return name, []
    raise corrupt("it is no text")


def _each_text(content: BinaryIO) -> Any:
    name, _ = _characters(content)
    content.seek(_encoding(content)[1])
    return name, codecs.iterdecode(iter(lambda: content.read(CHUNK), b""), name)


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
    """Balance brackets outside strings, chunk by chunk; a JSON file can be large."""
    found = check_text(content, size)
    _, chunks = _each_text(content)
    depth: list[str] = []
    in_string = escaped = begun = ended = False
    for chunk in chunks:
        for char in chunk:
            if in_string:
                if escaped:
                    escaped = False
                elif char == "\\":
                    escaped = True
                elif char == '"':
                    in_string = False
            elif char in "{[":
                if ended:
                    raise corrupt("there is more behind the JSON")
                begun = True
                depth.append("}" if char == "{" else "]")
            elif char in "}]":
                if not depth or depth.pop() != char:
                    raise corrupt("its brackets do not match")
                ended = not depth
            elif char == '"':
                if not depth:
                    raise corrupt("it is no JSON object or list")
                in_string = True
            elif not depth and not char.isspace():
                raise corrupt("it is no JSON object or list")
    if not begun or depth or in_string:
        raise corrupt("the end of the JSON is missing")
    return found


def check_xml(content: BinaryIO, size: int) -> dict[str, Any]:
    """Parse without building a tree; no entities, no HTML or SVG, no scripts."""
    content.seek(0)
    parser = expat.ParserCreate(namespace_separator=" ")

    def element(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(" ")[2].lower() in {"html", "svg", "script", "iframe"}:
            raise active("a web page, drawing or script")

    def entity(*_: object) -> None:
        raise bomb("it defines entities")

    parser.StartElementHandler = element
    parser.EntityDeclHandler = entity
    parser.ExternalEntityRefHandler = entity
    try:
        while chunk := content.read(CHUNK):
            parser.Parse(chunk, False)  # noqa: FBT003
        parser.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise corrupt(f"the XML is not well-formed (line {error.lineno})") from error
    return {}
