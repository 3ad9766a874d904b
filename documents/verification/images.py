"""Pictures: complete to the last byte their format promises, and not too many pixels.

Each format's structure is walked in the file itself (png.py, jpeg.py, tiff.py, simple.py,
boxes.py), so that a large photograph is never unpacked or held in memory.
"""

import pillow_heif
from django.conf import settings

from documents.verification.refusals import bomb, corrupt

pillow_heif.register_heif_opener()  # for those who show pictures


def check_pixels(width: int, height: int, frames: int = 1) -> None:
    """Refuse a picture that would take too much memory to show (ASVS 5.2.6)."""
    if width * height * frames > settings.DOCUMENT_MAX_PIXELS:
        raise bomb(f"{width} x {height} pixels" + (f" x {frames}" if frames > 1 else ""))


def measured(width: int, height: int) -> dict[str, int]:
    """Return a picture's size as metadata; refuse one that has none or too much of it."""
    if not width or not height:
        raise corrupt("the picture has no size")
    check_pixels(width, height)
    return {"width": width, "height": height}
