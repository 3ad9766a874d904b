"""Says which characters of which text have no glyph, once typst has said that some have none."""

import json
from collections.abc import Iterator

from accounts.errors import ProblemError
from medical_records.at_report_pdf.fonts import FAMILIES, fonts
from medical_records.at_report_pdf.sheet import ReportSheet
from medical_records.at_report_pdf.text import clusters, printable

MISSING_GLYPH = "could not be displayed"  # in typst's words
SHOWN = 5  # characters named in the message
PROBE = b"""
#set document(title: [Probe])
#set text(font: json(bytes(sys.inputs.fonts)), fallback: false)
#sys.inputs.text
"""


class UnprintableTextError(ProblemError):
    """A text has characters that no font of the report has; `field` says which text."""

    code = "unprintable_text"


def unprintable(sheet: ReportSheet) -> UnprintableTextError:
    """Find the first text of a sheet that cannot be printed, and what in it."""
    for field, place, text in _texts(sheet):
        found = _without_glyph(clusters(printable(text)))
        if found:
            named = ", ".join(_named(one) for one in found[:SHOWN])
            more = " and more" if len(found) > SHOWN else ""
            return UnprintableTextError(
                f"{place}: the PDF cannot show {named}{more}. Write it in other characters.",
                field=field,
            )
    return UnprintableTextError("The PDF cannot show all characters of this report.")


def _texts(sheet: ReportSheet) -> Iterator[tuple[str, str, str]]:
    yield "findings", "Findings", sheet.findings
    yield "goals", "Goals", sheet.goals
    for number, item in enumerate(sheet.items, start=1):
        for name in ("item", "supplier", "rationale"):
            yield "items", f"Items, row {number}, {name}", getattr(item, name)
    yield "patient", "The patient's name", sheet.patient_name
    yield "patient", "The patient's external id", sheet.external_id
    yield "author", "The author's name", sheet.author_name
    yield "finalized_by", "Your name", sheet.finalized_by
    yield "clinic", "The clinic's name", sheet.clinic_name


def _without_glyph(found: list[str]) -> list[str]:
    """Return the first few that have none, by halving: a try costs milliseconds."""
    if not found or _has_glyphs("\n".join(found)):
        return []
    if len(found) == 1:
        return found
    half = len(found) // 2
    left = _without_glyph(found[:half])
    return left if len(left) > SHOWN else left + _without_glyph(found[half:])


def _has_glyphs(text: str) -> bool:
    import typst

    inputs = {"fonts": json.dumps(FAMILIES), "text": text}
    try:
        typst.compile(PROBE, font_paths=fonts(), sys_inputs=inputs, pdf_standards="ua-1")
    except typst.TypstError as error:
        if MISSING_GLYPH not in str(error):
            raise
        return False
    return True


def _named(cluster: str) -> str:
    """Name a character; what is not to be seen is named by its number only."""
    numbers = " ".join(f"U+{ord(one):04X}" for one in cluster)
    return f"{cluster} ({numbers})" if cluster.isprintable() else numbers
