"""The list of an old system's attachments: which object belongs to which record here.

A CSV file with a header, or JSON lines (`.jsonl`). Each line names an object by `old_key` and says
either `document_id`, a document here that the bytes belong to, or the record that gets a new
document: `slug` and `owner_id`. The file is read through and checked before anything is done.
"""

import csv
import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from accounts.errors import ProblemError
from documents.names import clean_name
from documents.registry import policy_for_slug
from documents.services.preparing import DESCRIPTION_LENGTH
from jobs.errors import JobParametersError

COLUMNS = frozenset(
    "old_key document_id slug owner_id owner_source file_name category description"
    " document_date uploaded_at size sha256".split()
)
LONGEST_LINE = 64 * 1024  # characters; a file without line ends must not fill memory
_HEX = re.compile(r"[0-9a-f]{64}\Z")
Line = dict[str, str]


def fingerprint(path: str) -> str:
    """Return the SHA-256 of the list. Raises `JobParametersError`."""
    digest = hashlib.sha256()
    try:
        with Path(path).open("rb") as file:
            while chunk := file.read(1024 * 1024):
                digest.update(chunk)
    except OSError as error:
        raise JobParametersError(f"It cannot be read: {error.strerror}.", field="map") from None
    return digest.hexdigest()


def read_lines(path: str) -> Iterator[tuple[int, Line]]:
    """Yield the lines with their numbers, each checked. Raises `JobParametersError`."""
    rows = _json_rows(path) if path.endswith(".jsonl") else _csv_rows(path)
    try:
        for number, row in rows:
            yield number, _checked(number, row)
    except OSError as error:
        raise JobParametersError(f"It cannot be read: {error.strerror}.", field="map") from None
    except (UnicodeDecodeError, csv.Error):
        raise JobParametersError("It is no UTF-8 text with commas.", field="map") from None


def check(path: str) -> int:
    """Read the list through; return its number of lines. Raises `JobParametersError`."""
    number = sum(1 for _ in read_lines(path))
    if not number:
        raise JobParametersError("It has no lines.", field="map")
    return number


class Doubles:
    """Which keys, and which documents, a list names more than once; kept on the disk."""

    def __init__(self, path: str) -> None:
        self._index = sqlite3.connect("")
        self._index.execute("CREATE TABLE named (name TEXT PRIMARY KEY, times INT) WITHOUT ROWID")
        for _, line in read_lines(path):
            self._count(line["old_key"])
            if line["document_id"]:
                self._count(f"document {line['document_id']}")

    def _count(self, name: str) -> None:
        self._index.execute(
            "INSERT INTO named VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET times = times + 1",
            (name,),
        )

    def code_of(self, line: Line) -> str:
        """Return `two_rows`, `two_objects`, or nothing."""
        if self._times(line["old_key"]) > 1:
            return "two_rows"
        named = line["document_id"]
        return "two_objects" if named and self._times(f"document {named}") > 1 else ""

    def _times(self, name: str) -> int:
        with closing(self._index.execute("SELECT times FROM named WHERE name = ?", (name,))) as row:
            found = row.fetchone()
        return int(found[0]) if found else 0

    def close(self) -> None:
        self._index.close()


def _csv_rows(path: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(_bounded(file))
        unknown = sorted(set(rows.fieldnames or ()) - COLUMNS)
        if unknown or "old_key" not in (rows.fieldnames or ()):
            raise JobParametersError(
                f"Unknown column {unknown[0][:50]!r}." if unknown else "It has no column old_key.",
                field="map",
            )
        for row in rows:
            if None in row:
                raise JobParametersError(f"Line {rows.line_num}: too many columns.", field="map")
            yield rows.line_num, row


def _json_rows(path: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with Path(path).open(encoding="utf-8-sig") as file:
        for number, text in enumerate(_bounded(file), start=1):
            if not text.strip():
                continue
            try:
                row = json.loads(text)
            except ValueError:
                row = None
            if not isinstance(row, dict):
                raise JobParametersError(f"Line {number} is no JSON object.", field="map")
            if unknown := sorted(set(row) - COLUMNS):
                raise JobParametersError(
                    f"Line {number}: unknown name {unknown[0][:50]!r}.", field="map"
                )
            yield number, row


def _bounded(file: Any) -> Iterator[str]:
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            raise JobParametersError("A line has more than 65,536 characters.", field="map")
        yield line


def _checked(number: int, row: Mapping[str, Any]) -> Line:
    line = {name: _text(row.get(name), number, name) for name in sorted(COLUMNS)}
    line["sha256"] = line["sha256"].lower()
    if not line["old_key"]:
        raise _wrong(number, "old_key", "it is empty.")
    if line["sha256"] and not _HEX.match(line["sha256"]):
        raise _wrong(number, "sha256", "64 digits and letters from a to f.")
    if line["size"] and not line["size"].isdecimal():
        raise _wrong(number, "size", "a number of bytes.")
    if line["document_id"]:
        line["document_id"] = _uuid(line["document_id"], number, "document_id")
        if line["slug"] or line["owner_id"]:
            raise _wrong(number, "document_id", "leave slug and owner_id empty beside it.")
    else:
        _check_new(line, number)
        _check_moments(line, number)
    return line


def _check_new(line: Line, number: int) -> None:
    policy = policy_for_slug(line["slug"])
    if policy is None:
        raise _wrong(number, "slug", "name the kind of record: patients, image-batches, …")
    line["slug"] = policy.slug
    if line["category"] and line["category"] not in policy.categories:
        raise _wrong(number, "category", f"one of {', '.join(policy.categories)}.")
    if not line["owner_source"]:
        line["owner_id"] = _uuid(line["owner_id"], number, "owner_id")
    if len(line["description"]) > DESCRIPTION_LENGTH:
        raise _wrong(number, "description", "at most 500 characters.")
    try:
        clean_name(line["file_name"] or line["old_key"].rpartition("/")[2])
    except ProblemError as error:
        raise _wrong(number, "file_name", error.detail) from None


def _check_moments(line: Line, number: int) -> None:
    try:
        if line["document_date"]:
            date.fromisoformat(line["document_date"])
    except ValueError:
        raise _wrong(number, "document_date", "a day as YYYY-MM-DD.") from None
    try:
        aware = not line["uploaded_at"] or datetime.fromisoformat(line["uploaded_at"]).tzinfo
    except ValueError:
        aware = None
    if not aware:
        raise _wrong(number, "uploaded_at", "with its zone, as 2024-11-09T10:00:00+11:00.")


def _wrong(number: int, name: str, text: str) -> JobParametersError:
    return JobParametersError(f"Line {number}, {name}: {text}", field="map")


def _text(value: Any, number: int, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        text = str(value).strip() if name != "old_key" else str(value)
        if "\0" not in text:
            return text
    raise _wrong(number, name, "a text or a number.")


def _uuid(text: str, number: int, name: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise _wrong(number, name, "a UUID.") from None
