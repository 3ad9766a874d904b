"""What a record's Type says about where its file belongs."""

import re
import unicodedata
from dataclasses import dataclass

from filemaker.fields import SCAN, XRAY, LayoutMap

CATEGORIES = {"referrals": "referral", "reports": "report", "letters": "letter", "other": "other"}
LONGEST_VIEW = 40  # characters, as in object keys
# Words in the Type of a picture that is a photograph of a paper.
_PAPERS = frozenset(
    "scan scans scanned document documents form forms letter letters referral referrals report"
    " reports script scripts prescription prescriptions order orders invoice invoices quote"
    " quotes".split()
)
_XRAYS = frozenset("xray xrays radiograph radiographs".split())


@dataclass(frozen=True)
class ImageClass:
    """`category` of image batches; `view` what the picture shows, "" for a scanned paper."""

    category: str
    view: str


def folder_of(kind: str, layout: LayoutMap) -> str:
    """Return the folder of a document's Type: referrals, reports, letters or other."""
    known = " ".join(kind.split()).casefold()
    return layout.types.get(known) or layout.types.get(known.removesuffix("s")) or "other"


def image_class(kind: str, layout: LayoutMap) -> ImageClass:
    """Return what a picture of this Type is. `Left Dorsal` is the view `left-dorsal`."""
    known = " ".join(kind.split()).casefold()
    view = slug_of(known)
    mapped = layout.types.get(known)
    if mapped == SCAN:
        return ImageClass("scan", "")
    if mapped == XRAY:
        return ImageClass("xray", view or "other")
    if mapped:
        return ImageClass("clinical_photo", mapped)
    words = set(view.split("-"))
    if words & _PAPERS:
        return ImageClass("scan", "")
    if words & _XRAYS or {"x", "ray"} <= words:
        return ImageClass("xray", view)
    return ImageClass("clinical_photo" if view else "other", view or "other")


def slug_of(text: str) -> str:
    """Return a text in small letters, digits and hyphens, at most 40 of them."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_VIEW].rstrip("-")
