"""What layout.typ is given: a sheet in the words and the order in which it is printed."""

import json
from datetime import date
from typing import Any

from medical_records.at_report_pdf.fonts import FAMILIES
from medical_records.at_report_pdf.sheet import ReportItem, ReportSheet
from medical_records.at_report_pdf.text import one_line, paragraphs, printable

TITLE = "Assistive technology report"
NOTHING = "–"
RUNNING = 90  # characters of a name that the head of a page has room for
MONTHS = (  # English wherever the process runs
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def content_of(sheet: ReportSheet) -> str:
    """Return the JSON that layout.typ reads; equal sheets give equal text."""
    done = sheet.finalized_on
    content: dict[str, Any] = {
        "fonts": FAMILIES,
        "title": TITLE,
        "report_id": one_line(sheet.report_id),
        "clinic": one_line(sheet.clinic_name),
        "patient": one_line(sheet.patient_name),
        "author": one_line(sheet.author_name),
        "running": [_short(one_line(sheet.clinic_name)), _short(one_line(sheet.patient_name))],
        "assessed": _day(sheet.assessed_on),
        "date": {"year": done.year, "month": done.month, "day": done.day},
        "status": f"Finalised on {_day(done)} by {one_line(sheet.finalized_by)}",
        "facts": _facts(sheet),
        "findings": paragraphs(sheet.findings),
        "goals": paragraphs(sheet.goals),
        "items": [_row(item) for item in sheet.items],
    }
    return json.dumps(content)


def _facts(sheet: ReportSheet) -> list[tuple[str, str]]:
    return [
        ("Patient", one_line(sheet.patient_name) or NOTHING),
        ("Date of birth", _day(sheet.date_of_birth)),
        ("External ID", one_line(sheet.external_id) or NOTHING),
        ("Assessed on", _day(sheet.assessed_on)),
        ("Author", one_line(sheet.author_name) or NOTHING),
    ]


def _row(item: ReportItem) -> list[list[str]]:
    """Return a list of lines for each column."""
    cost = NOTHING if item.cost is None else f"{item.cost:,.2f}"
    cells = (item.item, str(item.quantity), item.supplier, cost, item.rationale)
    return [(printable(cell).strip() or NOTHING).split("\n") for cell in cells]


def _short(name: str) -> str:
    return name if len(name) <= RUNNING else f"{name[: RUNNING - 1]}…"


def _day(day: date | None) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}" if day else NOTHING
