"""Pages of a PDF, drawn by PDFium (without scripts: the library is built without an engine)."""

from collections.abc import Sequence
from typing import BinaryIO

import pypdfium2
from pypdfium2 import raw

from documents.rendering.limits import (
    DAMAGED,
    ENCRYPTED,
    MOST_PAGES,
    NO_SUCH_PAGE,
    CannotRenderError,
)
from documents.rendering.output import Picture, previews

PASSWORD = 4  # FPDF_ERR_PASSWORD


def render(
    content: BinaryIO, kind: str, *, page: int, edges: Sequence[int]
) -> tuple[int, list[Picture]]:
    """Return how many pages there are (at most `MOST_PAGES`), and the pictures of one of them."""
    try:
        document = pypdfium2.PdfDocument(content)
        pages = min(len(document), MOST_PAGES)
        if page > pages:
            raise CannotRenderError(NO_SUCH_PAGE if pages else DAMAGED)
        shown = document[page - 1]
        longer = max(shown.get_size())
        if longer <= 0:
            raise CannotRenderError(DAMAGED)
        # However large or small a page says it is, the bitmap has the size of the preview.
        bitmap = shown.render(
            scale=max(edges) / longer, rev_byteorder=True, may_draw_forms=False, draw_annots=True
        )
        return pages, previews(bitmap.to_pil(), edges, lossless=False)
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None)
        encrypted = code in {PASSWORD, raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
        raise CannotRenderError(ENCRYPTED if encrypted else DAMAGED) from None
