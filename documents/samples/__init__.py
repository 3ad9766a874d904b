"""Believable sample documents of clinics, in the formats clinics really send.

Everything follows from the arguments: the same random state, subject and date give the
same bytes on every machine with the same library versions.
"""

import datetime as dt
from collections.abc import Callable
from random import Random

from documents.samples import dicom, images, office, pdf, text
from documents.samples.text import Sample, Subject

__all__ = ["KINDS", "Sample", "Subject", "make_sample"]

KINDS: dict[str, Callable[[Random, Subject, dt.date], Sample]] = {
    "lab_report": pdf.lab_report,
    "referral_letter": pdf.referral_letter,
    "scanned_letter": pdf.scanned_letter,
    "clinical_photo": images.clinical_photo,
    "wound_photo": images.wound_photo,
    "insole_photo": images.insole_photo,
    "insurance_card": images.insurance_card,
    "trend_chart": images.trend_chart,
    "radiograph": dicom.radiograph,
    "electrocardiogram": dicom.electrocardiogram,
    "pressure_map": dicom.pressure_map,
    "letter_docx": office.letter_docx,
    "results_workbook": office.results_workbook,
    "lab_export": office.lab_export,
    "consultation": office.consultation,
    "progress_note": text.progress_note,
    "observations": text.observations,
}


def make_sample(kind: str, *, rng: Random, subject: Subject, on: dt.date) -> Sample:
    """A file of the kind about the subject, as of the date; ValueError for an unknown kind."""
    generate = KINDS.get(kind)
    if generate is None:
        raise ValueError(f"Unknown kind {kind!r}; known are {', '.join(KINDS)}")
    return generate(rng, subject, on)
