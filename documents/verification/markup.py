"""XML without a tree: well-formed, no entities, and small in memory whatever it holds."""

from collections.abc import Callable, Iterator
from typing import Any
from xml.parsers import expat

from documents.verification.refusals import bomb, corrupt

MAX_DEPTH = 500
MAX_NAMES = 20_000  # different names of elements and attributes
MAX_TOKEN = 2 * 1024 * 1024  # bytes of one tag, comment or instruction; text may be longer
Element = Callable[[str, dict[str, str]], Any]


class _Depth:
    """Elements that are open; a parser keeps each of them in memory."""

    def __init__(self, element: Element | None) -> None:
        self.now = 0
        self.element = element

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.now += 1
        if self.now > MAX_DEPTH:
            raise bomb(f"more than {MAX_DEPTH} elements in each other")
        if self.element:
            self.element(name, attributes)

    def end(self, _: str) -> None:
        self.now -= 1


def parse(chunks: Iterator[bytes], *, element: Element | None = None) -> None:
    """Go through an XML file; `element` is called with each name and attributes.

    Names stand behind their namespace and a space. Entities are refused rather than counted:
    "billion laughs" and external entities (ASVS 5.2, CWE-776, CWE-611) need a declaration.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    depth = _Depth(element)
    parser.StartElementHandler = depth.start
    parser.EndElementHandler = depth.end
    parser.EntityDeclHandler = _refuse_entity
    parser.ExternalEntityRefHandler = _refuse_entity
    fed = 0
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)  # noqa: FBT003
            fed += len(chunk)
            if len(parser.intern) > MAX_NAMES:
                raise bomb(f"more than {MAX_NAMES} different names")
            if fed - max(0, parser.CurrentByteIndex) > MAX_TOKEN:
                raise bomb(f"a tag or comment of more than {MAX_TOKEN // 1024 // 1024} MB")
        parser.Parse(b"", True)  # noqa: FBT003
    except (expat.ExpatError, LookupError, ValueError) as error:
        line = getattr(error, "lineno", parser.CurrentLineNumber)
        raise corrupt(f"the XML is not well-formed (line {line})") from error


def _refuse_entity(*_: object) -> int:
    raise bomb("it defines entities")
