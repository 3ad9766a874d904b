"""Uploads which must be refused, and their twins which must be accepted.

Built from the written rules of the two policies alone. Bodies are made when `build` is called;
nothing here depends on the clock, on chance or on files.
"""

from __future__ import annotations

from tests.documents import (
    corpus_dicom,
    corpus_images,
    corpus_images_bad,
    corpus_names,
    corpus_office,
    corpus_office_bad,
    corpus_pdf,
    corpus_text,
)
from tests.documents.corpus_model import LAB, PATIENTS, Upload

__all__ = ["BAD", "GOOD", "LAB", "PATIENTS", "Upload"]

BAD: tuple[Upload, ...] = (
    corpus_names.BAD
    + corpus_pdf.BAD
    + corpus_images_bad.BAD
    + corpus_dicom.BAD
    + corpus_office_bad.BAD
    + corpus_text.BAD
)

GOOD: tuple[Upload, ...] = (
    corpus_names.GOOD
    + corpus_pdf.GOOD
    + corpus_images.GOOD
    + corpus_dicom.GOOD
    + corpus_office.GOOD
    + corpus_text.GOOD
)
