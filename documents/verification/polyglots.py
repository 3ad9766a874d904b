"""Files that are two things at once: a picture that is also an archive, a page or a program."""

import re
from typing import BinaryIO

from documents.verification.refusals import polyglot

CHUNK = 1024 * 1024
OVERLAP = 64
END_OF_ZIP = b"PK\x05\x06"
END_OF_ZIP_SIZE = 22
MAX_ZIP_COMMENT = 65_535
PDF_HEADER = b"%PDF-"
PDF_HEADER_WITHIN = 1024  # bytes at the beginning in which readers look for the header
# Long enough that a 50 MB photograph does not hold it by chance: `<svg>` alone would turn up in
# one of three hundred.
MARKUP = re.compile(
    rb"<\s*(?:script|html|iframe|!doctype\s+html)[\s>/]|<\s*svg[\s/]+[\w:-]+\s*=|<\?php\s",
    re.IGNORECASE,
)
PROGRAMS = (b"MZ", b"\x7fELF", b"#!")
FOREIGN = (
    *PROGRAMS,
    PDF_HEADER,
    b"PK\x03\x04",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",
)
PADDING = b"\0 \t\r\n"


def refuse_polyglot(content: BinaryIO, *, size: int, zipped: bool, pdf: bool) -> None:
    """Refuse a file that another program could read as something else."""
    if zipped:
        return  # its own check wants the archive from the first byte to the last
    if ends_as_zip(content, size):
        raise polyglot("an archive")
    if not pdf and _has_markup(content):  # a PDF may describe forms and metadata in markup
        raise polyglot("a web page or script")


def refuse_program(preamble: bytes) -> None:
    """Refuse a free-form preamble (DICOM has 128 bytes) in which a program or a page begins."""
    if preamble.startswith((*PROGRAMS, b"<")):
        raise polyglot("a program")


def refuse_trailer(content: BinaryIO, end: int) -> None:
    """Refuse a program, document or archive behind the end of a picture.

    Cameras put harmless things there: padding, a second picture, a film, their own notes.
    """
    content.seek(end)
    while chunk := content.read(CHUNK):
        if behind := chunk.lstrip(PADDING):
            if behind.startswith(FOREIGN) or PDF_HEADER in behind[:PDF_HEADER_WITHIN]:
                raise polyglot("a program, document or archive")
            return


def refuse_anything_behind(content: BinaryIO, end: int) -> None:
    content.seek(end)
    while chunk := content.read(CHUNK):
        if chunk.strip(PADDING):
            raise polyglot("a picture and what stands behind its end")


def is_hidden_in(content: BinaryIO, *, size: int, zipped: bool, pdf: bool) -> bool:
    """Say whether the kind that the name promises begins further inside the file."""
    if zipped:
        return ends_as_zip(content, size)
    content.seek(0)
    return pdf and PDF_HEADER in content.read(PDF_HEADER_WITHIN)


def ends_as_zip(content: BinaryIO, size: int) -> bool:
    content.seek(max(0, size - END_OF_ZIP_SIZE - MAX_ZIP_COMMENT))
    tail = content.read()
    at = tail.rfind(END_OF_ZIP)
    while at >= 0:
        record = tail[at : at + END_OF_ZIP_SIZE]
        if len(record) == END_OF_ZIP_SIZE:
            entries = int.from_bytes(record[10:12], "little")
            comment = int.from_bytes(record[20:22], "little")
            if entries and at + END_OF_ZIP_SIZE + comment <= len(tail) + 1:
                return True
        at = tail.rfind(END_OF_ZIP, 0, at)
    return False


def _has_markup(content: BinaryIO) -> bool:
    content.seek(0)
    before = b""
    while chunk := content.read(CHUNK):
        if MARKUP.search(before + chunk):
            return True
        before = chunk[-OVERLAP:]
    return False
