"""Office files which are broken, locked, armed, or packed to burst."""

from __future__ import annotations

import io
import struct
import zipfile
from functools import partial
from typing import Any

from tests.documents.corpus_images import jpeg
from tests.documents.corpus_model import (
    ACTIVE,
    BOMB,
    CORRUPT,
    ENCRYPTED,
    HTML,
    LAB,
    MACRO,
    MIB,
    MISMATCH,
    PATIENTS,
    PE,
    POLYGLOT,
    Upload,
    noise,
    zipped,
)
from tests.documents.corpus_office import (
    BOOK_STREAM,
    DOCX,
    WORD_CLASS,
    WORD_STREAM,
    XLSX,
    content_types,
    doc,
    docx,
    docx_parts,
    ole,
    xls,
    xlsx,
    xlsx_parts,
)

VBA_TYPE = b"application/vnd.ms-office.vbaProject"
MACRO_MAIN = b"application/vnd.ms-word.document.macroEnabled.main+xml"
LAUGHS = (
    b'<?xml version="1.0"?>\n<!DOCTYPE d [<!ENTITY a "'
    + b"ha" * 50
    + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(8))
    + b"]>\n<d>&i;</d>\n"
)


def without(parts: dict[str, bytes], name: str) -> bytes:
    return zipped({key: value for key, value in parts.items() if key != name})


def wrong_crc() -> bytes:
    return zipped(docx_parts(), stored=True).replace(b"CRP &lt; 5", b"CRP &lt; 9")


def vba(parts: dict[str, bytes], place: str) -> bytes:
    return zipped({**parts, place: ole({"PROJECT": b"Name=VBAProject"})})


def vba_renamed() -> bytes:
    main = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    types = content_types({b"word/document.xml": main, b"word/data.bin": VBA_TYPE})
    return vba({**docx_parts(), "[Content_Types].xml": types}, "word/data.bin")


def macro_enabled() -> bytes:
    types = content_types({b"word/document.xml": MACRO_MAIN})
    return vba({**docx_parts(), "[Content_Types].xml": types}, "word/vbaProject.bin")


def header_patched(body: bytes, name: str, local: int, central: int, content: bytes) -> bytes:
    """The same field changed in both headers of one entry of a ZIP."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        start = archive.getinfo(name).header_offset
        directory = archive.start_dir
    changed = bytearray(body)
    changed[start + local : start + local + len(content)] = content
    at = directory
    while changed[at + 46 : at + 46 + len(name)] != name.encode():
        at += 46 + sum(struct.unpack_from("<HHH", changed, at + 28))
    changed[at + central : at + central + len(content)] = content
    return bytes(changed)


def locked(parts: dict[str, bytes], name: str) -> bytes:
    return header_patched(zipped(parts), name, 6, 8, b"\x01\x00")


def locked_package() -> bytes:
    """What Word writes when a password is set: a compound file around the encrypted package."""
    return ole({"EncryptedPackage": noise(8192), "EncryptionInfo": b"\x04\x00\x04\x00\x40"})


def inflating(parts: dict[str, bytes], name: str, size: int = 210 * MIB) -> bytes:
    buffer = io.BytesIO(zipped(parts))
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    with (
        zipfile.ZipFile(buffer, "a") as archive,
        archive.open(info, "w", force_zip64=False) as part,
    ):
        for _ in range(size // MIB):
            part.write(bytes(MIB))
    return buffer.getvalue()


def lying() -> bytes:
    """Inflates to 210 MB, while both headers claim a thousand bytes."""
    body = inflating(docx_parts(), "word/media/a.bin")
    return header_patched(body, "word/media/a.bin", 22, 24, struct.pack("<I", 1000))


def spread() -> bytes:
    """No part above 21 MB, all of them together 210 MB."""
    part = bytes(21 * MIB)
    return zipped({**docx_parts(), **{f"word/media/{n}.bin": part for n in range(10)}})


def crowded() -> bytes:
    return zipped(
        {**docx_parts(), **{f"word/media/{n}.bin": b"" for n in range(10_001)}}, stored=True
    )


def laughing() -> bytes:
    return zipped({**docx_parts(), "word/document.xml": LAUGHS})


def _docx(ident: str, build: Any, codes: frozenset[str], slug: str = LAB) -> Upload:
    return Upload(ident, "letter.docx", build, DOCX, slug, codes)


def _xlsx(ident: str, build: Any, codes: frozenset[str], slug: str = LAB) -> Upload:
    return Upload(ident, "results.xlsx", build, XLSX, slug, codes)


DOC, XML_PART = docx_parts(), "word/document.xml"
BROKEN = CORRUPT | MISMATCH

BAD: tuple[Upload, ...] = (
    _docx("docx-without-document", partial(without, DOC, XML_PART), BROKEN),
    _docx("docx-without-content-types", partial(without, DOC, "[Content_Types].xml"), BROKEN),
    _docx("docx-plain-zip", partial(zipped, {"a.txt": b"hello"}), BROKEN),
    _docx("docx-wrong-crc", wrong_crc, CORRUPT),
    _docx("docx-truncated", lambda: docx()[:-60], CORRUPT),
    _docx("docx-malformed-document", partial(zipped, {**DOC, XML_PART: b"<w:document>"}), CORRUPT),
    _docx("docx-is-xlsx", xlsx, BROKEN),
    _docx("docx-macro", partial(vba, DOC, "word/vbaProject.bin"), MACRO),
    _docx("docx-macro-upper-case", partial(vba, DOC, "word/VBAPROJECT.BIN"), MACRO, PATIENTS),
    _docx("docx-macro-renamed-part", vba_renamed, MACRO),
    _docx("docx-macro-enabled-type", macro_enabled, MACRO | MISMATCH),
    _docx("docx-encrypted-entry", partial(locked, DOC, XML_PART), ENCRYPTED),
    _docx("docx-encrypted-package", locked_package, ENCRYPTED | MISMATCH),
    _docx("docx-bomb-one-part", partial(inflating, DOC, "word/media/a.bin"), BOMB),
    _docx("docx-bomb-spread", spread, BOMB),
    _docx("docx-bomb-lying-size", lying, BOMB | CORRUPT),
    _docx("docx-bomb-entries", crowded, BOMB),
    _docx("docx-bomb-patients", partial(inflating, DOC, "word/a.bin"), BOMB, PATIENTS),
    _docx("docx-billion-laughs", laughing, BOMB | ACTIVE | CORRUPT),
    _docx("docx-executable-stub", lambda: PE + docx(), POLYGLOT),
    _docx("docx-behind-jpeg", lambda: jpeg() + docx(), POLYGLOT | MISMATCH),
    _docx("docx-html-stub", lambda: HTML + docx(), POLYGLOT | ACTIVE | MISMATCH),
    _docx("docx-html-appended", lambda: docx() + HTML, POLYGLOT | CORRUPT | ACTIVE),
    _xlsx("xlsx-truncated", lambda: xlsx()[: len(xlsx()) // 2], CORRUPT),
    _xlsx("xlsx-without-workbook", partial(without, xlsx_parts(), "xl/workbook.xml"), BROKEN),
    _xlsx("xlsx-is-docx", docx, BROKEN),
    _xlsx("xlsx-macro", partial(vba, xlsx_parts(), "xl/vbaProject.bin"), MACRO, PATIENTS),
    _xlsx(
        "xlsx-encrypted-sheet", partial(locked, xlsx_parts(), "xl/worksheets/sheet1.xml"), ENCRYPTED
    ),
    _xlsx("xlsx-bomb", partial(inflating, xlsx_parts(), "xl/media/a.bin"), BOMB),
    _xlsx("xlsx-executable-stub", lambda: PE + xlsx(), POLYGLOT),
    Upload("doc-header-only", "letter.doc", lambda: doc()[:512], codes=CORRUPT),
    Upload("doc-signature-only", "letter.doc", lambda: doc()[:8], codes=CORRUPT),
    Upload("doc-cut", "letter.doc", lambda: doc()[:-4096], "application/msword", codes=CORRUPT),
    Upload(
        "doc-directory-past-end",
        "letter.doc",
        partial(ole, {"WordDocument": WORD_STREAM}, WORD_CLASS, directory_at=9999),
        codes=CORRUPT,
    ),
    Upload("doc-holds-workbook", "letter.doc", xls, "application/msword", codes=MISMATCH),
    Upload("doc-without-document", "a.doc", partial(ole, {"Contents": b""}), codes=BROKEN),
    Upload("doc-is-docx", "letter.doc", docx, "application/msword", codes=MISMATCH),
    Upload("doc-is-rtf", "letter.doc", lambda: b"{\\rtf1\\ansi Letter}", codes=MISMATCH),
    Upload("xls-header-only", "a.xls", lambda: xls()[:512], codes=CORRUPT),
    Upload(
        "xls-is-html",
        "export.xls",
        lambda: b"<html><table><tr><td>Hb</td></tr></table></html>",
        "application/vnd.ms-excel",
        codes=MISMATCH | ACTIVE,
    ),
    Upload("xls-is-word", "a.xls", partial(ole, {"WordDocument": WORD_STREAM}), codes=MISMATCH),
    Upload("xls-is-biff-stream", "a.xls", lambda: BOOK_STREAM, codes=BROKEN),
)
