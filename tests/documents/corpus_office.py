"""Word and Excel files of both generations, written part by part."""

from __future__ import annotations

import struct
from functools import cache, partial
from typing import Any

from tests.documents.corpus_model import LAB, MIB, PATIENTS, Upload, noise, zipped

DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PACKAGE = b"http://schemas.openxmlformats.org/package/2006/"
RELATION = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OFFICE = b"application/vnd.openxmlformats-officedocument."
WORD_NS = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET_NS = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORD_CLASS = bytes.fromhex("0609020000000000c000000000000046")
EXCEL_CLASS = bytes.fromhex("2008020000000000c000000000000046")
SECTOR = 512
FREE, END, FAT_SECTOR, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


def content_types(overrides: dict[bytes, bytes]) -> bytes:
    rows = b"".join(
        b'<Override PartName="/%s" ContentType="%s"/>' % pair for pair in overrides.items()
    )
    return (
        DECLARATION
        + b'<Types xmlns="%scontent-types">' % PACKAGE
        + b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        b'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        b'<Default Extension="bin" ContentType="application/octet-stream"/>%s</Types>' % rows
    )


def relationships(kind: bytes, target: bytes) -> bytes:
    return DECLARATION + (
        b'<Relationships xmlns="%srelationships"><Relationship Id="rId1" Type="%s/%s"'
        b' Target="%s"/></Relationships>' % (PACKAGE, RELATION, kind, target)
    )


def docx_parts(**more: bytes) -> dict[str, bytes]:
    document = DECLARATION + (
        b'<w:document xmlns:w="%s"><w:body><w:p><w:r><w:t>CRP &lt; 5 mg/l</w:t></w:r></w:p>'
        b"</w:body></w:document>" % WORD_NS
    )
    main = OFFICE + b"wordprocessingml.document.main+xml"
    return {
        "[Content_Types].xml": content_types({b"word/document.xml": main}),
        "_rels/.rels": relationships(b"officeDocument", b"word/document.xml"),
        "word/document.xml": document,
        **more,
    }


def xlsx_parts(rows: int = 3) -> dict[str, bytes]:
    types = {
        b"xl/workbook.xml": OFFICE + b"spreadsheetml.sheet.main+xml",
        b"xl/worksheets/sheet1.xml": OFFICE + b"spreadsheetml.worksheet+xml",
    }
    workbook = DECLARATION + (
        b'<workbook xmlns="%s" xmlns:r="%s"><sheets><sheet name="Results" sheetId="1"'
        b' r:id="rId1"/></sheets></workbook>' % (SHEET_NS, RELATION)
    )
    cells = b"".join(
        b'<row r="%d">%s</row>' % (n, b"<c><v>13.1</v></c>" * 12) for n in range(1, rows + 1)
    )
    sheet = DECLARATION + b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (
        SHEET_NS,
        cells,
    )
    return {
        "[Content_Types].xml": content_types(types),
        "_rels/.rels": relationships(b"officeDocument", b"xl/workbook.xml"),
        "xl/workbook.xml": workbook,
        "xl/_rels/workbook.xml.rels": relationships(b"worksheet", b"worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": sheet,
    }


@cache
def docx() -> bytes:
    return zipped(docx_parts())


@cache
def xlsx() -> bytes:
    return zipped(xlsx_parts())


def docx_heavy() -> bytes:
    return zipped({**docx_parts(), "word/media/scan.bin": noise(5 * MIB)})


def docx_many() -> bytes:
    return zipped({**docx_parts(), **{f"word/media/page{n}.bin": b"x" for n in range(400)}})


def xlsx_long() -> bytes:
    """A year of an analyser's results: a sheet which compresses fifty times and more."""
    return zipped(xlsx_parts(20_000))


def _entry(name: str, kind: int, start: int, size: int, **links: Any) -> bytes:
    raw = (name + "\0").encode("utf-16-le")
    return (
        raw.ljust(64, b"\0")
        + struct.pack("<HBB", len(raw), kind, 1)
        + struct.pack(
            "<III", links.get("left", NONE), links.get("right", NONE), links.get("child", NONE)
        )
        + links.get("clsid", bytes(16))
        + bytes(20)
        + struct.pack("<IQ", start, size)
    )


def ole(streams: dict[str, bytes], clsid: bytes = bytes(16), *, directory_at: int = 1) -> bytes:
    """A compound file: sector 0 the FAT, then one directory sector, then up to three streams."""
    table = [FAT_SECTOR, END]
    body = b""
    entries = []
    order = sorted(streams, key=lambda name: (len(name), name.upper()))
    middle = len(order) // 2
    links = {}
    if middle > 0:
        links["left"] = middle
    if middle + 1 < len(order):
        links["right"] = middle + 2
    for index, name in enumerate(order):
        content = streams[name].ljust(4096, b"\0")
        content += bytes(-len(content) % SECTOR)
        first, count = len(table), len(content) // SECTOR
        table += [*range(first + 1, first + count), END]
        entries.append(_entry(name, 2, first, len(content), **(links if index == middle else {})))
        body += content
    root = _entry("Root Entry", 5, END, 0, child=middle + 1, clsid=clsid)
    directory = (root + b"".join(entries)).ljust(SECTOR, b"\0")
    table += [FREE] * (SECTOR // 4 - len(table))
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        bytes(16),
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        bytes(6),
        0,
        1,
        directory_at,
        0,
        4096,
        END,
        0,
        END,
        0,
        0,
    )
    header += struct.pack("<108I", *([FREE] * 108))
    return header + struct.pack(f"<{len(table)}I", *table) + directory + body


WORD_STREAM = struct.pack("<HHHHHH", 0xA5EC, 0x00C1, 0, 0x0409, 0, 0x0200) + bytes(500)
BOOK_STREAM = struct.pack("<HHHHHHII", 0x0809, 16, 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6) + (
    struct.pack("<HH", 0x000A, 0)
)


@cache
def doc() -> bytes:
    return ole({"WordDocument": WORD_STREAM, "1Table": b""}, WORD_CLASS)


@cache
def xls() -> bytes:
    return ole({"Workbook": BOOK_STREAM}, EXCEL_CLASS)


GOOD: tuple[Upload, ...] = (
    Upload("docx-minimal", "letter.docx", docx, DOCX),
    Upload("docx-octet-stream", "letter.docx", docx, "application/octet-stream", PATIENTS),
    Upload("docx-upper-case-extension", "LETTER.DOCX", docx, DOCX),
    Upload("docx-incompressible-5mb", "scans.docx", docx_heavy, DOCX),
    Upload("docx-four-hundred-parts", "scans.docx", docx_many, DOCX),
    Upload("docx-stored", "letter.docx", partial(zipped, docx_parts(), stored=True), DOCX),
    Upload("docx-zip-comment", "a.docx", partial(zipped, docx_parts(), comment=b"lab 7"), DOCX),
    Upload("xlsx-minimal", "results.xlsx", xlsx, XLSX),
    Upload("xlsx-long-sheet", "analyser.xlsx", xlsx_long, XLSX, PATIENTS),
    Upload("doc-legacy", "letter.doc", doc, "application/msword"),
    Upload("doc-legacy-undeclared", "letter.doc", doc, "", PATIENTS),
    Upload("xls-legacy", "results.xls", xls, "application/vnd.ms-excel", LAB),
    Upload("xls-legacy-without-class", "r.xls", partial(ole, {"Workbook": BOOK_STREAM}), "", LAB),
)
