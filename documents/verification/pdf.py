"""PDF: the header first, the end mark last (ISO 32000-1, 7.5)."""

from typing import Any, BinaryIO

from documents.verification.refusals import corrupt

TAIL = 2048  # bytes in which the end mark must be; readers accept junk behind it


def check(content: BinaryIO, size: int) -> dict[str, Any]:
    content.seek(0)
    if not content.read(8).startswith(b"%PDF-"):
        raise corrupt("a PDF begins with its header")
    content.seek(max(0, size - TAIL))
    tail = content.read()
    if b"%%EOF" not in tail:
        raise corrupt("the end of the PDF is missing")
    if b"startxref" not in tail:
        raise corrupt("the PDF has no table of contents at its end")
    return {}
