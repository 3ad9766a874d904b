"""A sheet of an AT report, and what a PDF says, read back with another engine (PDFium)."""

from dataclasses import replace
from datetime import date

import pypdfium2 as pdfium

from medical_records.at_report_pdf import ReportItem, ReportSheet, render_at_report

SHEET = ReportSheet(
    report_id="0192f0c1-7b7e-7c1e-9a51-3f5f0a6c2d11",
    clinic_name="Alpha Clinic",
    patient_name="Chidi Okafor",
    date_of_birth=date(1961, 2, 3),
    external_id="NDIS-430 112 998",
    assessed_on=date(2026, 3, 3),
    author_name="Priya Natarajan",
    finalized_on=date(2026, 3, 5),
    finalized_by="Ada Lindqvist",
    findings="Manual wheelchair indoors.\nReach ≤ 30 cm.\n\n☑ pressure care ☐ bed rail",
    goals="To the library once a week.",
    items=(
        ReportItem(
            item="Power wheelchair",
            quantity=1,
            supplier="Mobility House",
            cost=12450.5,
            rationale="Indoors and outside.\nTrialled for two weeks.",
        ),
        ReportItem(item="Transfer board", quantity=2),
    ),
)


def sheet(**changes) -> ReportSheet:
    return replace(SHEET, **changes)


def read(body: bytes) -> list[str]:
    """Return each page's text; the cuts of long words are taken out."""
    return [
        page.get_textpage().get_text_range().replace("\u200b", "").replace("\r\n", "\n")
        for page in pdfium.PdfDocument(body)
    ]


def text_of(**changes) -> str:
    return "\n".join(read(render_at_report(sheet(**changes))))


def squeezed(text: str) -> str:
    return "".join(text.split())
