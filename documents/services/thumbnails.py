"""A small picture of an image, without anything that the camera wrote into it."""

import io
import tempfile

from django.core.cache import cache
from PIL import Image, ImageOps

from accounts.audit.models import AccessAction
from accounts.errors import ProblemError
from accounts.models import Membership
from documents.errors import DocumentStateError
from documents.models import Document
from documents.policies import require
from documents.services.reading import note_access, stored_bytes
from documents.services.trash import policy_of
from documents.verification.images import check_pixels

EDGE = 160  # pixels
CACHED = 3600  # seconds
MOST_PIXELS = 40_000_000
SHOWN = {
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/bmp",
    "image/tiff",
    "image/webp",
    "image/heic",
}


def make_thumbnail(document: Document, *, membership: Membership) -> bytes:
    """Return a JPEG of at most 160 x 160 pixels. Raises `DocumentStateError` for what has none."""
    require(membership, policy_of(document), "preview")
    if document.file_type not in SHOWN:
        raise DocumentStateError("There is no small picture of this kind of file.")
    note_access(document, membership, AccessAction.PREVIEW)
    name = f"thumbnail:{document.sha256}"
    found: bytes | None = cache.get(name)
    if found is None:
        found = _render(document)
        cache.set(name, found, CACHED)
    return found


def _refuse_large(image: Image.Image) -> None:
    """Only a JPEG can be decoded small; others need memory for all their pixels."""
    width, height = image.size
    check_pixels(width, height)
    if image.format != "JPEG" and width * height > MOST_PIXELS:
        raise DocumentStateError("The picture is too large for a small picture made at once.")


def _render(document: Document) -> bytes:
    with tempfile.SpooledTemporaryFile(1024 * 1024) as content:
        with stored_bytes(document) as chunks:
            for chunk in chunks:
                content.write(chunk)
        content.seek(0)
        try:
            image = Image.open(content)
            _refuse_large(image)
            image.draft("RGB", (EDGE * 2, EDGE * 2))  # a JPEG is decoded at the size it is needed
            small = ImageOps.exif_transpose(image).convert("RGB")
            small.thumbnail((EDGE, EDGE))
        except ProblemError:
            raise
        except Exception as error:  # decoders answer damaged files with almost anything
            raise DocumentStateError("The picture cannot be shown.") from error
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)  # a new picture: no EXIF, no GPS
    return out.getvalue()
