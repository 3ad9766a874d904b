"""Photographs, scans and drawings: whatever Pillow opens of what is accepted."""

from collections.abc import Sequence
from typing import BinaryIO

import pillow_heif
from PIL import ExifTags, Image

from documents.rendering.limits import (
    MOST_PAGES,
    MOST_PIXELS,
    NO_SUCH_PAGE,
    TOO_LARGE,
    CannotRenderError,
)
from documents.rendering.output import Picture, previews

FORMATS = {
    "image/jpeg": ("JPEG", "MPO"),
    "image/png": ("PNG",),
    "image/gif": ("GIF",),
    "image/bmp": ("BMP", "DIB"),
    "image/tiff": ("TIFF",),
    "image/webp": ("WEBP",),
    "image/heic": ("HEIF",),
}
PAGED = frozenset({"image/tiff"})  # in others, further pictures are frames of a film
DRAFT = 2  # a JPEG is decoded at no less than this many times the size it is needed at


def render(
    content: BinaryIO, kind: str, *, page: int, edges: Sequence[int]
) -> tuple[int, list[Picture]]:
    """Return how many pages there are, and the pictures of one of them."""
    Image.MAX_IMAGE_PIXELS = None  # measured here, before anything is decoded
    if kind == "image/heic":
        pillow_heif.register_heif_opener()
        pillow_heif.options.DECODE_THREADS = 1
    image = Image.open(content, formats=FORMATS[kind])
    pages = _pages(image) if kind in PAGED else 1
    if page > pages:
        raise CannotRenderError(NO_SUCH_PAGE)
    if page > 1:
        image.seek(page - 1)
    width, height = image.size
    if image.format == "JPEG":
        image.draft("RGB", (max(edges) * DRAFT, max(edges) * DRAFT))
        width, height = image.size
    if width * height > MOST_PIXELS:
        raise CannotRenderError(TOO_LARGE)
    image.load()
    # Asked for afterwards: a TIFF is turned while it is decoded, and says no more of it. So is a
    # HEIC, by a property of its own; what its EXIF says of it is history (ISO/IEC 23008-12).
    orientation = 1 if kind == "image/heic" else image.getexif().get(ExifTags.Base.Orientation, 1)
    return pages, previews(image, edges, lossless=False, orientation=orientation)


def _pages(image: Image.Image) -> int:
    """Count as far as pages are shown; a chain of them may be long, or end in nonsense."""
    number = 1
    while number < MOST_PAGES:
        try:
            image.seek(number)
        except Exception:  # noqa: BLE001  the end, or what the decoder makes of damage behind it
            break
        number += 1
    image.seek(0)
    return number
