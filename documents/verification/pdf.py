"""PDF: the header first, its table of contents in place, and nothing behind the end mark."""

import re
from typing import Any, BinaryIO

from documents.verification.refusals import corrupt, polyglot

TAIL = 4096  # bytes in which the end mark must be
SPACE = b"\0\t\n\x0c\r "  # ISO 32000-1, 7.2.2, table 1
# ISO 32000-1, 7.5.5: the offset of the last cross-reference table, or (7.5.8) stream.
END = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF")
TABLE = re.compile(rb"xref|\d+\s+\d+\s+obj")
NEAR = 32  # bytes that an offset may be wrong by; readers look around too


def check(content: BinaryIO, size: int) -> dict[str, Any]:
    content.seek(0)
    if not content.read(8).startswith(b"%PDF-"):
        raise corrupt("a PDF begins with its header")
    content.seek(max(0, size - TAIL))
    tail = content.read()
    ends = list(END.finditer(tail))
    if not ends:
        raise corrupt("the end of the PDF is missing")
    _check_table(content, int(ends[-1].group(1)), before=size - len(tail) + ends[-1].start())
    if tail[ends[-1].end() :].strip(SPACE):
        raise polyglot("a PDF and what stands behind its end")
    return {}


def _check_table(content: BinaryIO, offset: int, *, before: int) -> None:
    if offset >= before:
        raise corrupt("its table of contents is missing")
    content.seek(max(0, offset - NEAR))
    if not TABLE.search(content.read(3 * NEAR)):
        raise corrupt("its table of contents is missing")
