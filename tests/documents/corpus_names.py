"""File names, extensions and declared types: the content is sound, its label may not be."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

from tests.documents.corpus_dicom import image as dicom
from tests.documents.corpus_images import bmp, gif, heic, jpeg, picture, png, tiff, webp
from tests.documents.corpus_model import (
    ACTIVE,
    CORRUPT,
    ELF,
    EXTENSION,
    HTML,
    LAB,
    MISMATCH,
    NAME,
    NAME_LONG,
    PATIENTS,
    PE,
    SVG,
    Upload,
    mp4,
    small_zip,
)
from tests.documents.corpus_office import docx
from tests.documents.corpus_pdf import minimal

PDF = "application/pdf"
LONGEST = 255


@cache
def avif() -> bytes:
    buffer = io.BytesIO()
    picture().save(buffer, "AVIF", quality=50)
    return buffer.getvalue()


def filled(unit: str, length: int, extension: str = ".pdf") -> str:
    """A name of exactly this many characters."""
    stem = length - len(extension)
    return (unit * stem)[:stem] + extension


def _name(ident: str, name: str, codes: frozenset[str] = NAME, slug: str = LAB) -> Upload:
    return Upload(ident, name, minimal, PDF, slug, codes)


def _extension(
    ident: str,
    name: str,
    build: Callable[[], bytes] = minimal,
    declared: str = "",
    slug: str = LAB,
    codes: frozenset[str] = EXTENSION,
) -> Upload:
    return Upload(ident, name, build, declared, slug, codes)


def _type(
    ident: str,
    name: str,
    build: Callable[[], bytes],
    declared: str = "",
    slug: str = LAB,
    codes: frozenset[str] = MISMATCH,
) -> Upload:
    return Upload(ident, name, build, declared, slug, codes)


EITHER = NAME | EXTENSION

NAMES_BAD: tuple[Upload, ...] = (
    _name("name-slash-path", "results/scan.pdf"),
    _name("name-absolute-path", "/etc/scan.pdf"),
    _name("name-parent-path", "../../scan.pdf"),
    _name("name-backslash-path", "C:\\fakepath\\scan.pdf"),
    _name("name-parent-backslash", "..\\..\\scan.pdf", slug=PATIENTS),
    _name("name-nul", "scan.pdf\x00.exe", EITHER),
    _name("name-nul-before-extension", "scan.exe\x00.pdf"),
    _name("name-carriage-return-line-feed", "scan\r\nX-Evil: 1.pdf"),
    _name("name-line-feed", "scan\n.pdf"),
    _name("name-control-character", "scan\x07.pdf"),
    _name("name-delete-character", "scan\x7f.pdf", slug=PATIENTS),
    _name("name-escape-sequence", "scan\x1b[2J.pdf"),
    _name("name-bidi-override", "scan\u202egpj.pdf"),
    _name("name-bidi-override-hides-exe", "scan\u202efdp.exe", EITHER),
    _name("name-only-dots", "...", EITHER),
    _name("name-only-spaces", "    ", EITHER),
    _name("name-two-dots", "..", EITHER),
    _name("name-extension-only", ".pdf", EITHER),
    _name("name-trailing-dot", "scan.pdf.", EITHER),
    _name("name-trailing-space", "scan.pdf ", EITHER),
    _name("name-256-characters", filled("a", LONGEST + 1), NAME_LONG),
    _name("name-256-chinese-characters", filled("检", LONGEST + 1), NAME_LONG),
    _name("name-300-arabic-characters", filled("نتيجة", 300), NAME_LONG, PATIENTS),
    _name("name-256-emoji", filled("🩺", LONGEST + 1), NAME_LONG),
)

EXTENSIONS_BAD: tuple[Upload, ...] = (
    _extension("extension-none", "scan"),
    _extension("extension-only-a-dot", "scan.", codes=EITHER),
    _extension("extension-double-exe", "scan.pdf.exe", lambda: PE),
    _extension("extension-double-html", "scan.pdf.html", lambda: HTML, "text/html"),
    _extension("extension-exe", "setup.exe", lambda: PE, "application/x-msdownload"),
    _extension("extension-svg", "logo.svg", lambda: SVG, "image/svg+xml"),
    _extension("extension-svg-declared-png", "logo.svg", lambda: SVG, "image/png", PATIENTS),
    _extension("extension-html", "report.html", lambda: HTML, "text/html"),
    _extension("extension-html-upper-case", "REPORT.HTM", lambda: HTML, "text/html"),
    _extension("extension-zip", "scans.zip", small_zip, "application/zip"),
    _extension("extension-docm", "letter.docm", docx),
    _extension("extension-tif-not-listed", "scan.tif", tiff, "image/tiff"),
    _extension("extension-heic-for-lab", "IMG_1.heic", heic, "image/heic"),
    _extension("extension-webp-for-lab", "a.webp", webp, "image/webp"),
    _extension("extension-dicom-for-lab", "CT1.dcm", dicom, "application/dicom"),
    _extension("extension-gif-for-patients", "a.gif", gif, "image/gif", PATIENTS),
    _extension("extension-bmp-for-patients", "a.bmp", bmp, "image/bmp", PATIENTS),
    _extension("extension-full-width-letters", "scan.ｐｄｆ", codes=EITHER),
    _extension("extension-zero-width-space", "scan.pdf\u200b", codes=EITHER),
    _extension("extension-cyrillic-look-alike", "scan.рdf"),
)

DISGUISED = MISMATCH | ACTIVE

TYPES_BAD: tuple[Upload, ...] = (
    _type("png-named-pdf", "scan.pdf", png),
    _type("png-named-pdf-declared-png", "scan.pdf", png, "image/png"),
    _type("pdf-named-jpg", "scan.jpg", minimal, "image/jpeg"),
    _type("jpeg-named-png", "scan.png", jpeg, "image/png"),
    _type("gif-named-jpg", "scan.jpg", gif, "image/jpeg"),
    _type("bmp-named-png", "scan.png", bmp, "image/png"),
    _type("tiff-named-jpeg", "scan.jpeg", tiff, "image/jpeg", PATIENTS),
    _type("webp-named-jpg", "photo.jpg", webp, "image/jpeg", PATIENTS),
    _type("heic-named-jpg", "IMG_1.jpg", heic, "image/jpeg", PATIENTS),
    _type("avif-named-heic", "IMG_1.heic", avif, "image/heic", PATIENTS, MISMATCH | CORRUPT),
    _type("mp4-named-heic", "IMG_1.heic", mp4, "", PATIENTS, MISMATCH | CORRUPT),
    _type("dicom-named-jpg", "CT1.jpg", dicom, "image/jpeg", PATIENTS),
    _type("docx-named-pdf", "letter.pdf", docx, PDF),
    _type("zip-named-pdf", "letter.pdf", small_zip, PDF),
    _type("text-named-pdf", "letter.pdf", lambda: b"Dear colleague,\n", PDF),
    _type("html-named-pdf", "letter.pdf", lambda: HTML, PDF, LAB, DISGUISED),
    _type("html-named-jpg", "a.jpg", lambda: HTML, "image/jpeg", LAB, DISGUISED),
    _type("svg-named-png", "logo.png", lambda: SVG, "image/png", LAB, DISGUISED),
    _type("pe-named-pdf", "letter.pdf", lambda: PE, PDF, LAB, DISGUISED),
    _type("elf-named-jpg", "a.jpg", lambda: ELF + bytes(400), "", PATIENTS, DISGUISED),
    _type("shell-script-named-docx", "a.docx", lambda: b"#!/bin/sh\nid\n", "", LAB, DISGUISED),
    _type("pdf-declared-png", "scan.pdf", minimal, "image/png"),
    _type("png-declared-pdf", "scan.png", png, PDF),
    _type("png-declared-jpeg", "scan.png", png, "image/jpeg", PATIENTS),
    _type("jpeg-declared-html", "a.jpg", jpeg, "text/html"),
    _type("jpeg-declared-svg", "a.jpg", jpeg, "image/svg+xml"),
    _type("docx-declared-pdf", "letter.docx", docx, PDF),
    _type("txt-declared-png", "note.txt", lambda: b"Hb 13.1\n", "image/png"),
    _type("json-declared-pdf", "a.json", lambda: b"{}", PDF),
    _type("dicom-declared-jpeg", "CT1.dcm", dicom, "image/jpeg", PATIENTS),
)

BAD: tuple[Upload, ...] = NAMES_BAD + EXTENSIONS_BAD + TYPES_BAD


def _fine(ident: str, name: str, slug: str = LAB) -> Upload:
    return Upload(ident, name, minimal, PDF, slug)


GOOD: tuple[Upload, ...] = (
    _fine("name-arabic", "نتيجة التحليل.pdf"),
    _fine("name-persian-joiner", "آزمایش\u200cها.pdf"),
    _fine("name-hebrew", "תוצאות בדיקה.pdf"),
    _fine("name-chinese", "检验报告 二零二四.pdf"),
    _fine("name-cyrillic", "Анализ крови.pdf", PATIENTS),
    _fine("name-thai", "ผลการตรวจ.pdf"),
    _fine("name-emoji", "🩺 checkup 👩🏽\u200d⚕️.pdf"),
    _fine("name-combining-accents", "Re\u0301sultat d'analyse.pdf"),
    _fine("name-spaces", "lab results of may.pdf"),
    _fine("name-punctuation", "O'Brien & Söhne (1), 50%; v#2+ [copy].pdf"),
    _fine("name-dots", "lab.2024.05.01.pdf"),
    _fine("name-leading-dash", "-results.pdf"),
    _fine("name-mac-screenshot", "Screenshot 2024-05-01 at 9.41.00\u202fAM.pdf"),
    _fine("name-upper-case-extension", "SCAN0001.PDF"),
    _fine("name-mixed-case-extension", "Scan.Pdf", PATIENTS),
    _fine("name-255-characters", filled("a", LONGEST)),
    _fine("name-255-chinese-characters", filled("检", LONGEST)),
    _fine("name-255-arabic-characters", filled("نتيجة", LONGEST), PATIENTS),
    _fine("name-255-emoji", filled("🩺", LONGEST)),
)
