"""Files that are two things at once: a picture that is also an archive, a page or a program."""

import re
from typing import BinaryIO

from documents.errors import DocumentRefusedError

CHUNK = 1024 * 1024
OVERLAP = 64
END_OF_ZIP = b"PK\x05\x06"
END_OF_ZIP_SIZE = 22
MAX_ZIP_COMMENT = 65_535
MARKUP = re.compile(rb"<\s*(?:script|html|svg|iframe|\?php|!doctype\s+html)[\s>/]|<\?php", re.I)
PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"<")


def refuse_polyglot(content: BinaryIO, *, size: int, zipped: bool, pdf: bool) -> None:
    """Refuse a file that another program could read as something else."""
    if zipped:
        return  # its own check wants the archive from the first byte to the last
    if _ends_as_zip(content, size):
        raise _polyglot("an archive")
    if not pdf and _has_markup(content):  # a PDF may describe forms and metadata in markup
        raise _polyglot("a web page or script")


def refuse_program(preamble: bytes) -> None:
    """Refuse a free-form preamble (DICOM has 128 bytes) in which a program begins."""
    if preamble.startswith(PROGRAMS):
        raise _polyglot("a program")


def _ends_as_zip(content: BinaryIO, size: int) -> bool:
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


def _polyglot(what: str) -> DocumentRefusedError:
    return DocumentRefusedError(
        f"The file is {what} at the same time; it is not accepted.", code="polyglot"
    )
