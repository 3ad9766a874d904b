"""PDF documents, sound and broken."""

from __future__ import annotations

import io
import zlib
from functools import cache, partial

from tests.documents.corpus_model import (
    ACTIVE,
    CORRUPT,
    HTML,
    LAB,
    MIB,
    PATIENTS,
    PE,
    POLYGLOT,
    TOO_LARGE,
    Upload,
    small_zip,
    zipped,
)

CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    b" /Resources << /Font << /F1 5 0 R >> >> >>"
)
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
TEXT = b"BT /F1 12 Tf 72 770 Td (Hb 13.1 g/dl, CRP x < y) Tj ET"
XMP = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>1</pdfaid:part></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def stream(content: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(content), extra, content)


def written(*more: bytes, catalog: bytes = CATALOG, pad: int = 0, version: bytes = b"1.4") -> bytes:
    """A one-page PDF with a correct cross-reference table; `pad` bytes of comment before it."""
    body = b"%PDF-" + version + b"\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, content in enumerate((catalog, PAGES, PAGE, stream(TEXT), FONT, *more), 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    if pad:
        body += b"%" + b"-" * (pad - 2) + b"\n"
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (len(places) + 1, rows, len(places) + 1, len(body))
    )


@cache
def minimal() -> bytes:
    return written()


def sized(length: int) -> bytes:
    """A sound PDF of exactly this length."""
    pad = length - len(written(pad=2))
    return written(pad=pad + 2 - (len(written(pad=pad + 2)) - length))


@cache
def reportlab() -> bytes:
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1, pdfVersion=(1, 4))
    canvas.drawString(72, 770, "Discharge letter")
    canvas.showPage()
    canvas.drawString(72, 770, "Page two")
    canvas.save()
    return buffer.getvalue()


def updated() -> bytes:
    """A second revision appended the way viewers save annotations: two %%EOF."""
    first = minimal()
    previous = first.rindex(b"xref\n0 ")
    place = len(first)
    revision = b"5 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>\nendobj\n"
    return (
        first
        + revision
        + b"xref\n5 1\n%010d 00000 n \ntrailer\n<< /Size 6 /Root 1 0 R /Prev %d >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (place, previous, place + len(revision))
    )


def with_metadata() -> bytes:
    catalog = b"<< /Type /Catalog /Pages 2 0 R /Metadata 6 0 R >>"
    return written(stream(XMP, b" /Type /Metadata /Subtype /XML"), catalog=catalog)


def with_attachment() -> bytes:
    """PDF/A-3 as e-health portals export it: the data rides along as a compressed attachment."""
    catalog = (
        b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles"
        b" << /Names [(data.zip) 7 0 R] >> >> >>"
    )
    packed = stream(zlib.compress(small_zip(), 9), b" /Type /EmbeddedFile /Filter /FlateDecode")
    spec = b"<< /Type /Filespec /F (data.zip) /EF << /F 6 0 R >> >>"
    return written(packed, spec, catalog=catalog, version=b"1.7")


def without_eof() -> bytes:
    return minimal().removesuffix(b"%%EOF\n")


def half() -> bytes:
    return reportlab()[: len(reportlab()) // 2]


def half_with_eof() -> bytes:
    return half() + b"\nstartxref\n999999\n%%EOF\n"


def behind_jpeg() -> bytes:
    from tests.documents.corpus_images import jpeg

    return jpeg() + minimal()


def zip_with_eof() -> bytes:
    """A ZIP behind the PDF whose own comment is a second %%EOF, so both ends look right."""
    return minimal() + zipped({"run.js": b"WScript.Echo(1)"}, comment=b"\n%%EOF\n")


JUNK = CORRUPT | POLYGLOT
LIMIT_LAB = 10 * MIB
LIMIT_PATIENTS = 50 * MIB

BAD: tuple[Upload, ...] = (
    Upload("pdf-empty", "scan.pdf", bytes, "application/pdf", LAB, frozenset({"empty"})),
    Upload("pdf-one-byte-over-10mb", "scan.pdf", partial(sized, LIMIT_LAB + 1), codes=TOO_LARGE),
    Upload(
        "pdf-one-byte-over-50mb",
        "scan.pdf",
        partial(sized, LIMIT_PATIENTS + 1),
        slug=PATIENTS,
        codes=TOO_LARGE,
    ),
    Upload("pdf-without-eof", "letter.pdf", without_eof, "application/pdf", codes=CORRUPT),
    Upload("pdf-cut-in-half", "letter.pdf", half, "application/pdf", codes=CORRUPT),
    Upload("pdf-cut-then-eof-glued", "letter.pdf", half_with_eof, codes=CORRUPT),
    Upload("pdf-header-and-eof-only", "letter.pdf", lambda: b"%PDF-1.4\n%%EOF\n", codes=CORRUPT),
    Upload("pdf-header-only", "letter.pdf", lambda: b"%PDF-1.7\n", codes=CORRUPT),
    Upload("pdf-zeros-at-the-end", "a.pdf", lambda: without_eof() + bytes(4096), codes=CORRUPT),
    Upload("pdf-behind-junk", "letter.pdf", lambda: b"junk " * 20 + minimal(), codes=JUNK),
    Upload(
        "pdf-behind-script",
        "letter.pdf",
        lambda: b"<script>alert(1)</script>\n" + minimal(),
        codes=JUNK | ACTIVE,
    ),
    Upload(
        "pdf-behind-shell-script",
        "letter.pdf",
        lambda: b"#!/bin/sh\nid\nexit\n" + minimal(),
        codes=JUNK | ACTIVE,
    ),
    Upload(
        "pdf-behind-jpeg-named-pdf",
        "letter.pdf",
        behind_jpeg,
        codes=POLYGLOT | {"type_mismatch"},
    ),
    Upload("pdf-behind-jpeg-named-jpg", "letter.jpg", behind_jpeg, "image/jpeg", codes=POLYGLOT),
    Upload("pdf-zip-polyglot", "letter.pdf", lambda: minimal() + small_zip(), codes=POLYGLOT),
    Upload("pdf-zip-polyglot-second-eof", "letter.pdf", zip_with_eof, codes=POLYGLOT),
    Upload("pdf-html-appended", "a.pdf", lambda: minimal() + HTML, codes=POLYGLOT | ACTIVE),
    Upload("pdf-executable-appended", "letter.pdf", lambda: minimal() + PE, codes=POLYGLOT),
)

GOOD: tuple[Upload, ...] = (
    Upload("pdf-reportlab-14", "letter.pdf", reportlab, "application/pdf"),
    Upload("pdf-minimal", "letter.pdf", minimal, "application/pdf", PATIENTS),
    Upload("pdf-undeclared", "letter.pdf", minimal),
    Upload("pdf-octet-stream", "letter.pdf", minimal, "application/octet-stream"),
    Upload("pdf-eof-without-newline", "letter.pdf", lambda: minimal().rstrip(b"\n")),
    Upload("pdf-newlines-after-eof", "letter.pdf", lambda: minimal() + b"\r\n\r\n\n"),
    Upload("pdf-crlf-after-eof", "letter.pdf", lambda: minimal().rstrip(b"\n") + b"\r\n"),
    Upload("pdf-incremental-update", "letter.pdf", updated, "application/pdf"),
    Upload("pdf-with-xmp", "archive.pdf", with_metadata, "application/pdf"),
    Upload("pdf-with-compressed-attachment", "findings.pdf", with_attachment, "application/pdf"),
    Upload("pdf-exactly-10mb", "scan.pdf", partial(sized, LIMIT_LAB), "application/pdf"),
    Upload("pdf-exactly-50mb", "scan.pdf", partial(sized, LIMIT_PATIENTS), slug=PATIENTS),
    Upload("pdf-11mb-for-patients", "scan.pdf", partial(sized, 11 * MIB), slug=PATIENTS),
)
