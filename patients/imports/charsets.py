"""In which encoding a file is, and what is no table at all.

A byte order mark decides; else UTF-8, if the whole file is; else Windows-1252, unless that would
give words that no language has: then somebody must say, because a wrong guess changes names.
"""

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from patients.errors import CsvError

CHUNK = 256 * 1024
SAMPLE = 4096
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: it begins alike
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What people choose by mistake: the first bytes, and what to do about it.
STRANGERS = (
    (b"%PDF-", "a PDF; export the table as CSV or .xlsx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file (.xls); save it as .xlsx or CSV"),
    (b"PK", "a ZIP archive; unpack it and choose the table in it"),
    (b"\x1f\x8b", "a packed file (.gz); unpack it first"),
    (b"\x89PNG", "a picture; choose the table itself"),
    (b"\xff\xd8\xff", "a picture; choose the table itself"),
    (b"{\\rtf", "a text document (RTF); save the table as CSV"),
    (b"SQLite format 3", "a database; export the table as CSV"),
)
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|\?xml|table)", re.IGNORECASE)
# Bytes that as Windows-1252 would be signs in the middle of a word, or a capital between small
# letters: there they are letters of another code page (é of cp850, ü of Mac OS Roman, ł of cp1250).
_IN_WORD = re.compile(
    rb"[A-Za-z\x8a\x8c\x8e\x9a\x9c\x9e\x9f\xc0-\xff]"
    rb"[\x80\x82-\x84\x86-\x8c\x8e\x93-\x95\x98\x99\x9b\x9f\xa1-\xa9\xab\xac\xae\xaf"
    rb"\xb1-\xb3\xb5\xb6\xb8\xb9\xbb-\xbf][a-z]"
)
# Which ASCII bytes mean themselves, whatever stands beside them: lines can be found as bytes.
PLAIN = frozenset({"utf-8", "cp1252", "iso8859-1", "iso8859-15", "cp1250", "cp850", "mac-roman"})


@dataclass(frozen=True)
class Charset:
    """`name` for Python, and how we came to it: `mark`, `utf-8`, `guess` or `told`."""

    name: str
    how: str

    @property
    def is_guess(self) -> bool:
        return self.how == "guess"


def charset_of(file: BinaryIO, told: str = "") -> Charset:
    """Say how a file of text is encoded; it is read to its end. Raises `CsvError`."""
    file.seek(0)
    head = file.read(SAMPLE)
    refuse_strangers(head)
    if told:
        return Charset(_checked(file, _known(told)), "told")
    for mark, name in MARKS:
        if head.startswith(mark):
            return Charset(_checked(file, name), "mark")
    if head.count(b"\0") * 3 > len(head):
        raise CsvError(
            "The file seems to be UTF-16 without a byte order mark. Say so: encoding utf-16-le."
        )
    bad = _first_fault(file, "utf-8")
    if bad is None:
        return Charset("utf-8", "utf-8")
    if _first_fault(file, "cp1252") is not None or _looks_wrong(file):
        raise CsvError(
            f"Line {bad} is not UTF-8, and not Windows-1252 either. Save the file as CSV UTF-8, or"
            " say its encoding, such as cp850, cp1250 or mac-roman."
        )
    return Charset("cp1252", "guess")


def refuse_strangers(head: bytes) -> None:
    """Refuse what is no text by its first bytes. Raises `CsvError`."""
    for start, what in STRANGERS:
        if head.startswith(start):
            raise CsvError(f"This is no table but {what}.")
    if _MARKUP.match(head.removeprefix(codecs.BOM_UTF8)):
        raise CsvError("This is no table but a web page or XML; save it as CSV or .xlsx.")


def digest_of(file: BinaryIO) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    for chunk in _chunks(file):
        digest.update(chunk)
    return digest.hexdigest()


def _known(name: str) -> str:
    try:
        found = codecs.lookup(name)
    except LookupError as error:
        raise _encoding_error(f"There is no encoding {name[:50]!r}.") from error
    if not found._is_text_encoding:  # type: ignore[attr-defined]
        raise _encoding_error(f"{name[:50]!r} is no encoding of text.")
    return found.name


def _encoding_error(detail: str) -> CsvError:
    error = CsvError(detail)
    error.field = "encoding"
    return error


def _checked(file: BinaryIO, name: str) -> str:
    bad = _first_fault(file, name)
    if bad is not None:
        raise CsvError(f"Line {bad} is not in the encoding {name}.")
    return name


def _first_fault(file: BinaryIO, name: str) -> int | None:
    """Return the line that cannot be decoded, None where all can; a NUL is refused."""
    decoder = codecs.getincrementaldecoder(name)()
    lines = 1
    for chunk, last in _with_last(file):
        try:
            text = decoder.decode(chunk, last)
        except UnicodeError as error:
            start = getattr(error, "start", 0)
            return lines + chunk.count(b"\n", 0, start)
        if "\0" in text:
            number = lines + text.count("\n", 0, text.index("\0"))
            raise CsvError(f"Line {number} holds a NUL character; this is no CSV file.")
        lines += text.count("\n")
    return None


def _looks_wrong(file: BinaryIO) -> bool:
    before = b""
    for chunk in _chunks(file):
        if _IN_WORD.search(before + chunk):
            return True
        before = chunk[-2:]
    return False


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk


def _with_last(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    for chunk in _chunks(file):
        yield chunk, False
    yield b"", True
