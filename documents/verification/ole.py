"""DOC and XLS: a compound file whose header and directory lie inside the file ([MS-CFB] 2.2)."""

from typing import Any, BinaryIO

from documents.verification.refusals import corrupt

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEADER = 512  # bytes
UNUSED = 0xFFFFFFFA


def check(content: BinaryIO, size: int) -> dict[str, Any]:
    content.seek(0)
    header = content.read(HEADER)
    if len(header) < HEADER or not header.startswith(MAGIC):
        raise corrupt("its header is missing")
    sector = 1 << int.from_bytes(header[30:32], "little")
    if sector not in {512, 4096}:
        raise corrupt("its header cannot be read")
    sectors = max(0, (size - sector)) // sector
    directory = int.from_bytes(header[48:52], "little")
    tables = [int.from_bytes(header[76 + 4 * n : 80 + 4 * n], "little") for n in range(109)]
    used = [number for number in tables if number < UNUSED]
    if directory >= sectors or not used or any(number >= sectors for number in used):
        raise corrupt("it is shorter than it says")
    content.seek((directory + 1) * sector)
    if "Root Entry".encode("utf-16-le") not in content.read(sector):
        raise corrupt("its directory cannot be read")
    return {}
