"""What an upload of the corpus is, and the few helpers every part of the corpus shares."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

LAB = "lab-results"
PATIENTS = "patients"
MIB = 1024 * 1024

HTML = b"<!DOCTYPE html>\n<html><body><script>alert(document.cookie)</script></body></html>\n"
PHP = b"<?php system($_GET['c']); ?>"
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
)
PE = (
    b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00\xb8".ljust(60, b"\x00")
    + b"\x80\x00\x00\x00"
    + b"\x0e\x1f\xba\x0e\x00\xb4\x09\xcd!\xb8\x01L\xcd!This program cannot be run in DOS mode."
).ljust(128, b"\x00") + b"PE\x00\x00\x4c\x01\x01\x00".ljust(384, b"\x00")
ELF = b"\x7fELF\x02\x01\x01".ljust(16, b"\x00") + b"\x02\x00\x3e\x00\x01\x00\x00\x00".ljust(
    48, b"\x00"
)


@dataclass(frozen=True)
class Upload:
    id: str
    name: str
    build: Callable[[], bytes]
    declared: str = ""
    slug: str = LAB
    codes: frozenset[str] = frozenset()


def any_of(*codes: str) -> frozenset[str]:
    return frozenset(codes)


EMPTY = any_of("empty")
TOO_LARGE = any_of("too_large")
EXTENSION = any_of("extension_not_allowed")
MISMATCH = any_of("type_mismatch")
ACTIVE = any_of("active_content")
CORRUPT = any_of("corrupt")
BOMB = any_of("bomb")
POLYGLOT = any_of("polyglot")
MACRO = any_of("macro")
ENCRYPTED = any_of("encrypted")
NAME = any_of("name_invalid")
NAME_LONG = any_of("name_too_long")


def noise(length: int) -> bytes:
    """The same incompressible bytes on every run."""
    return hashlib.shake_256(b"chartvault corpus").digest(length)


def zipped(parts: dict[str, bytes], *, stored: bool = False, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            archive.writestr(info, content)
        archive.comment = comment
    return buffer.getvalue()


@cache
def small_zip() -> bytes:
    return zipped({"run.js": b"WScript.Echo(1)"})


def mp4() -> bytes:
    """The three boxes every MP4 has, without a single frame."""
    ftyp = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42"
    moov = b"\x00\x00\x00\x08moov"
    return ftyp + moov + (8 + 2048).to_bytes(4, "big") + b"mdat" + noise(2048)
