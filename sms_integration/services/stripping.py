"""Taking out of a photograph what a telephone wrote into it: position, camera, time.

The picture itself is not coded anew, so it loses nothing. Of a JPEG's EXIF only the direction in
which it is to be shown stays; profiles of colour stay. What does not parse is left as it is up to
there and refused by nobody: it has been verified when it came in.
"""

import struct
from collections.abc import Iterator

PNG = b"\x89PNG\r\n\x1a\n"
TOLD = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})  # PNG's chunks about it
KEPT = frozenset({0xE0, 0xE2, 0xEE})  # JFIF, colour profile, Adobe's colour transform
MARK, END = 0xFF, 0xD9
APP0, APP15, COMMENT, SCAN, EXIF = 0xE0, 0xEF, 0xFE, 0xDA, 0xE1
ORIENTATION, SHORT = 0x0112, 3  # EXIF's tag, and the kind of its value
MOST_LOOKED_AT = 64 * 1024  # bytes; a segment has no more
MOST_ENTRIES = 200
UPRIGHT = 1
TURNED = range(2, 9)
RESTARTS = range(0xD0, 0xD8)


def without_metadata(content: bytes, mime: str) -> bytes:
    """Return the same picture without what is told about it; other kinds as they are."""
    if mime == "image/jpeg" and content[:2] == b"\xff\xd8":
        return _jpeg(content)
    if mime == "image/png" and content.startswith(PNG):
        return PNG + b"".join(_png(content))
    return content


def _jpeg(content: bytes) -> bytes:
    """ISO/IEC 10918-1, B.1: segments up to the scan, then everything to the end of the picture."""
    out = [b"\xff\xd8"]
    turned = _orientation(content)
    if turned in TURNED:
        out.append(_exif_of(turned))
    at = 2
    while at + 4 <= len(content) and content[at] == MARK:
        marker = content[at + 1]
        if marker == MARK:  # a filler
            at += 1
            continue
        if marker == SCAN:
            break
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        told = (APP0 <= marker <= APP15 and marker not in KEPT) or marker == COMMENT
        if not told:
            out.append(content[at:end])
        at = end
    end = content.rfind(b"\xff\xd9")  # behind it cameras hang what they like
    tail = content[at : _end_of_picture(content, at, end)]
    return b"".join([*out, tail])


def _end_of_picture(content: bytes, at: int, last: int) -> int:
    """Return where the first picture ends: further ones (MPF) have metadata of their own."""
    place = at
    while True:
        place = content.find(b"\xff", place)
        if place < 0 or place + 1 >= len(content):
            return len(content) if last < at else last + 2
        marker = content[place + 1]
        if marker == END:
            return place + 2
        if marker in {0x00, MARK} or marker in RESTARTS:
            place += 1 if marker == MARK else 2
            continue
        place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")  # tables between scans


def _orientation(content: bytes) -> int:
    """Read how the picture is turned, from the first entry of its EXIF that says so.

    Walked and not decoded: what comes from outside is given to no decoder in this process.
    """
    begin = content.find(b"Exif\x00\x00", 0, MOST_LOOKED_AT) + 6
    tiff = content[begin : begin + MOST_LOOKED_AT] if begin > 6 else b""  # noqa: PLR2004
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
    if order is None:
        return UPRIGHT
    try:
        (place,) = struct.unpack_from(f"{order}I", tiff, 4)
        (number,) = struct.unpack_from(f"{order}H", tiff, place)
        for entry in range(min(number, MOST_ENTRIES)):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, place + 2 + 12 * entry)
            if (tag, kind) == (ORIENTATION, SHORT):
                return int(value)
    except struct.error:
        return UPRIGHT
    return UPRIGHT


def _exif_of(orientation: int) -> bytes:
    """Return a segment that says the direction and nothing else (CIPA DC-008, 4.5)."""
    entry = struct.pack(">HHIHH", ORIENTATION, SHORT, 1, orientation, 0)
    tiff = b"MM\x00\x2a" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
    body = b"Exif\x00\x00" + tiff
    return bytes([0xFF, EXIF]) + struct.pack(">H", len(body) + 2) + body


def _png(content: bytes) -> Iterator[bytes]:
    """PNG, third edition, 5.3: chunks of length, type, data and checksum."""
    at = len(PNG)
    while at + 12 <= len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        kind = content[at + 4 : at + 8]
        if kind not in TOLD:
            yield content[at:end]
        at = end
        if kind == b"IEND":
            return
