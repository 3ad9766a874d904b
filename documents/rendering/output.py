"""From a decoded picture to the previews: small, upright, and with nothing but its pixels."""

import io
from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image, ImageCms

QUALITY = 82  # of a JPEG
WHITE = (255, 255, 255)
TURNS = {  # EXIF's orientation: what makes the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Picture:
    """An encoded preview: `edge` as asked for; `width` and `height` in pixels."""

    edge: int
    mime: str
    width: int
    height: int
    content: bytes


def previews(
    image: Image.Image, edges: Iterable[int], *, lossless: bool, orientation: int = 1
) -> list[Picture]:
    """Return a picture of each size: JPEG, or PNG where every level of grey matters.

    Never enlarged. The large one is made first, the small one from it.
    """
    found, profile = [], image.info.get("icc_profile")
    current = _plain(image)
    for edge in sorted(edges, reverse=True):
        current.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        found.append(_encoded(current, edge, profile, orientation, lossless=lossless))
    return found


def _plain(image: Image.Image) -> Image.Image:
    """Return it in grey or in colours, on white where it was transparent."""
    if image.mode in {"L", "RGB"}:
        return image.copy()
    if image.mode == "1":
        return image.convert("L")
    if image.mode in {"I;16", "I;16B", "I;16L", "I", "F"}:
        return _stretched(image)
    if image.mode == "LA" or "A" in image.getbands() or "transparency" in image.info:
        seen = image.convert("RGBA")
        ground = Image.new("RGB", seen.size, WHITE)
        ground.paste(seen, mask=seen.getchannel("A"))
        return ground
    return image.convert("RGB")


def _stretched(image: Image.Image) -> Image.Image:
    """Show more than eight bits of grey: from the darkest that there is to the brightest."""
    wide = image.convert("F")
    low, high = wide.getextrema()
    scale = 255.0 / (high - low) if high > low else 1.0  # type: ignore[operator]
    return wide.point(lambda level: level * scale + (-low * scale)).convert("L")  # type: ignore[operator]


def _encoded(
    image: Image.Image, edge: int, profile: bytes | None, orientation: int, *, lossless: bool
) -> Picture:
    shown = _in_srgb(image, profile)
    if orientation in TURNS:
        shown = shown.transpose(TURNS[orientation])
    # A new picture, so that neither EXIF nor comment nor profile of the old one is written again.
    clean = Image.new(shown.mode, shown.size)
    clean.paste(shown)
    out = io.BytesIO()
    if lossless:
        clean.save(out, "PNG", optimize=True)
    else:
        clean.save(out, "JPEG", quality=QUALITY)
    mime = "image/png" if lossless else "image/jpeg"
    return Picture(edge, mime, clean.width, clean.height, out.getvalue())


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the colours as a screen shows them; telephones photograph in wider spaces."""
    if image.mode != "RGB" or not profile:
        return image
    try:
        found = ImageCms.profileToProfile(
            image, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):  # a damaged profile, or one of other colours
        return image
    return found or image
