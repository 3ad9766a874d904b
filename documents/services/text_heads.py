"""The first lines of a text, the first rows of a CSV: as data, never as a page."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from accounts.audit.models import AccessAction
from accounts.models import Membership
from documents.encodings import EncodingError, original
from documents.errors import DocumentStateError, NoTextError, StoreUnavailableError
from documents.models import Document
from documents.policies import require
from documents.services.reading import note_access
from documents.services.trash import policy_of
from documents.storage import StoreError, object_store

HEAD = 64 * 1024  # bytes that are read, however long the file is
MOST_LINES, MOST_CELLS = 100, 50
LONGEST = 1_000  # characters of a line or a cell
CSV = "text/csv"
TEXTS = frozenset({"text/plain", CSV, "application/xml", "application/json"})
NEWLINE = re.compile(r"\r\n|\r|\n")
DELIMITERS = ",;\t|"
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class TextHead:
    """`lines` of a text or `rows` of a CSV, the other is empty. `truncated`: there is more."""

    charset: str
    truncated: bool
    lines: list[str]
    rows: list[list[str]]
    delimiter: str = ""


def show_text_head(document: Document, *, membership: Membership) -> TextHead:
    """Return the first lines of a document that the caller got from `get_document_for`.

    Raises `NotPermittedError`, `NoTextError` for what is no text, `StoreUnavailableError`. It is
    in the access log before.
    """
    require(membership, policy_of(document), "preview")
    if document.file_type not in TEXTS:
        raise NoTextError
    note_access(document, membership, AccessAction.PREVIEW)
    try:
        with object_store().read(document.s3_key) as chunks:
            head = _head(original(chunks, document.encoding))
    except StoreError as error:
        raise StoreUnavailableError("The document's bytes cannot be read at the moment.") from error
    except EncodingError as error:
        raise DocumentStateError("The document's bytes are damaged.", code="damaged") from error
    return head_of(head[:HEAD], whole=len(head) <= HEAD, is_csv=document.file_type == CSV)


def _head(chunks: Iterator[bytes]) -> bytes:
    found = bytearray()
    for chunk in chunks:
        found += chunk
        if len(found) > HEAD:
            break
    return bytes(found[: HEAD + 1])


def head_of(head: bytes, *, whole: bool, is_csv: bool) -> TextHead:
    """Take the first bytes of a file apart; `whole`: there are no more. Never raises."""
    charset, text = _decoded(head)
    lines = NEWLINE.split(text)
    if not whole or lines[-1] == "":
        lines.pop()  # cut off in the middle, or nothing behind the last line's end
    truncated = not whole or len(lines) > MOST_LINES
    if not is_csv:
        shown = [line[:LONGEST] for line in lines[:MOST_LINES]]
        cut = any(len(line) > LONGEST for line in lines[:MOST_LINES])
        return TextHead(charset, truncated or cut, shown, [])
    delimiter = _delimiter(lines)
    rows = _rows("\n".join(lines), delimiter)
    cut = any(len(row) > MOST_CELLS or any(len(cell) > LONGEST for cell in row) for row in rows)
    shown_rows = [[cell[:LONGEST] for cell in row[:MOST_CELLS]] for row in rows[:MOST_LINES]]
    more = not whole or len(rows) > MOST_LINES or cut
    return TextHead(charset, more, [], shown_rows, delimiter)


def _decoded(head: bytes) -> tuple[str, str]:
    """Return the character set and the text: the mark's, else UTF-8, else Windows-1252."""
    for mark, name in MARKS:
        if head.startswith(mark):
            return name, head[len(mark) :].decode(name, "replace")
    try:
        # A character that the end of the head has cut off is no reason to guess differently.
        return "utf-8", codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "windows-1252", head.decode("cp1252", "replace")


def _delimiter(lines: list[str]) -> str:
    """Return the sign that most lines have, as often as each other where there are several."""

    def merit(sign: str) -> tuple[int, int]:
        counts = [line.count(sign) for line in lines[:20] if line]
        there = [number for number in counts if number]
        return (sum(number == counts[0] for number in there), sum(there)) if there else (0, 0)

    return max(DELIMITERS, key=merit)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """Return the rows; what the reader cannot take apart ends them."""
    rows: list[list[str]] = []
    with suppress(csv.Error):  # a cell of more than 128 KB, which the head has not
        rows.extend(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    return rows
