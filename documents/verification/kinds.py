"""The kinds of file: what each is called, begins with and how its structure is checked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import pylibmagic  # noqa: F401  brings libmagic before magic looks for it

import magic  # isort: skip

from documents.verification import boxes, dicom, jpeg, ole, ooxml, pdf, png, simple, texts, tiff

Check = Callable[[BinaryIO, int], dict[str, Any]]
SNIFF_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class FileKind:
    """`sniffed`: what libmagic may call it; `declared`: what clients may call it.

    `starts`: what it begins with, `starts_at` that many bytes from the beginning.
    """

    mime: str
    check: Check
    sniffed: frozenset[str] = frozenset()
    declared: frozenset[str] = frozenset()
    starts: tuple[bytes, ...] = ()
    starts_at: int = 0
    is_text: bool = False
    is_zip: bool = False


def sniff(content: BinaryIO) -> str:
    """Return the MIME type that the first bytes have."""
    content.seek(0)
    return str(magic.from_buffer(content.read(SNIFF_BYTES), mime=True))


def _kind(mime: str, check: Check, *other: str, **options: Any) -> FileKind:
    names = frozenset({mime, *other})
    return FileKind(
        mime=mime,
        check=check,
        sniffed=names | options.pop("sniffed", frozenset()),
        declared=names | options.pop("declared", frozenset()),
        **options,
    )


_OOXML = "application/vnd.openxmlformats-officedocument."
_OLE_NAMES = frozenset(
    {
        "application/x-ole-storage",
        "application/cdfv2",
        "application/CDFV2",
        "application/vnd.ms-office",
    }
)
_ZIP = frozenset({"application/zip", "application/octet-stream"})
_JPEG = _kind(
    "image/jpeg",
    jpeg.check_jpeg,
    declared=frozenset({"image/pjpeg", "image/jpg"}),
    starts=(b"\xff\xd8\xff",),
)
_TEXT_ANY = frozenset({"text/plain"})

KINDS: dict[str, FileKind] = {
    ".pdf": _kind("application/pdf", pdf.check, "application/x-pdf", starts=(b"%PDF-",)),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".png": _kind("image/png", png.check_png, "image/x-png", starts=(b"\x89PNG\r\n\x1a\n",)),
    ".gif": _kind("image/gif", simple.check_gif, starts=(b"GIF87a", b"GIF89a")),
    ".bmp": _kind("image/bmp", simple.check_bmp, "image/x-ms-bmp", "image/x-bmp", starts=(b"BM",)),
    ".tiff": _kind("image/tiff", tiff.check_tiff, starts=(b"II*\0", b"MM\0*")),
    ".webp": _kind("image/webp", boxes.check_webp),
    ".heic": _kind("image/heic", boxes.check_heic, "image/heif", "image/heic-sequence"),
    ".dcm": _kind("application/dicom", dicom.check, starts=(b"DICM",), starts_at=dicom.PREAMBLE),
    ".txt": _kind("text/plain", texts.check_text, is_text=True),
    ".csv": _kind(
        "text/csv",
        texts.check_text,
        declared=_TEXT_ANY | {"application/csv", "application/vnd.ms-excel"},
        is_text=True,
    ),
    ".xml": _kind("application/xml", texts.check_xml, "text/xml", declared=_TEXT_ANY, is_text=True),
    ".json": _kind(
        "application/json", texts.check_json, "text/json", declared=_TEXT_ANY, is_text=True
    ),
    ".doc": _kind("application/msword", ole.check_doc, sniffed=_OLE_NAMES, starts=(ole.MAGIC,)),
    ".xls": _kind(
        "application/vnd.ms-excel", ole.check_xls, sniffed=_OLE_NAMES, starts=(ole.MAGIC,)
    ),
    ".docx": _kind(
        _OOXML + "wordprocessingml.document",
        ooxml.check_docx,
        sniffed=_ZIP,
        declared=frozenset({"application/zip"}),
        starts=(b"PK\x03\x04",),
        is_zip=True,
    ),
    ".xlsx": _kind(
        _OOXML + "spreadsheetml.sheet",
        ooxml.check_xlsx,
        sniffed=_ZIP,
        declared=frozenset({"application/zip"}),
        starts=(b"PK\x03\x04",),
        is_zip=True,
    ),
}
