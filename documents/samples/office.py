"""Letters, workbooks, exports and exchange documents: docx, xlsx, csv and CDA."""

import csv
import datetime as dt
import uuid
from collections.abc import Iterable
from io import BytesIO, StringIO
from random import Random
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.chart import LineChart, Reference
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from documents.samples.text import (
    PANELS,
    Result,
    Sample,
    Subject,
    at_time,
    dated_name,
    measure,
    measure_panel,
    write_letter,
)

OOXML = "application/vnd.openxmlformats-officedocument"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def _pack(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip whose bytes depend on its parts only: every entry has the same date and mode."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as package:
        for name, body in parts:
            entry = ZipInfo(name)  # dated 1980-01-01
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 0
            package.writestr(entry, body)
    return buffer.getvalue()


DOCX_TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" '
    f'ContentType="{OOXML}.wordprocessingml.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{OOXML}.wordprocessingml.styles+xml"/>'
    '<Override PartName="/docProps/core.xml" '
    'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
)
DOCX_ROOT_RELS = (
    f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{PACKAGE}/relationships/metadata/core-properties" '
    'Target="docProps/core.xml"/></Relationships>'
)
DOCX_BODY_RELS = (
    f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
)


def _style(name: str, size: int, colour: str, *, bold: bool, after: int) -> str:
    default = ' w:default="1"' if name == "Normal" else ""
    return (
        f'<w:style w:type="paragraph"{default} w:styleId="{name}"><w:name w:val="{name}"/>'
        f'<w:pPr><w:spacing w:after="{after}" w:line="276" w:lineRule="auto"/></w:pPr>'
        f'<w:rPr>{"<w:b/>" if bold else ""}<w:color w:val="{colour}"/><w:sz w:val="{size}"/>'
        f"</w:rPr></w:style>"
    )


DOCX_STYLES = (
    f'<w:styles xmlns:w="{WORD}"><w:docDefaults><w:rPrDefault><w:rPr>'
    '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Calibri"/><w:sz w:val="22"/>'
    "</w:rPr></w:rPrDefault></w:docDefaults>"
    + _style("Normal", 22, "222222", bold=False, after=140)
    + _style("Title", 34, "1F4E79", bold=True, after=240)
    + _style("Subject", 24, "1F4E79", bold=True, after=160)
    + "</w:styles>"
)
DOCX_A4 = (
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1417" w:right="1417" w:bottom="1134" w:left="1417" '
    'w:header="708" w:footer="708" w:gutter="0"/></w:sectPr>'
)


def _paragraph(text: str, style: str = "Normal") -> str:
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
        f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
    )


def _core_properties(title: str, author: str, on: dt.date) -> str:
    stamp = f"{on.isoformat()}T09:00:00Z"
    return (
        f'<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(author)}</dc:creator>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{stamp}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{stamp}</dcterms:modified>'
        "</cp:coreProperties>"
    )


def letter_docx(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """A word processor letter of one A4 page."""
    letter = write_letter(rng, subject, on)
    body = (
        _paragraph(subject.clinic, "Title"),
        _paragraph(f"{on:%d.%m.%Y}"),
        _paragraph(f"To: {letter.to}"),
        _paragraph(f"{subject.name}, born {subject.date_of_birth:%d.%m.%Y}", "Subject"),
        *(_paragraph(each) for each in letter.paragraphs),
        _paragraph("With kind regards"),
        _paragraph(letter.signed),
        DOCX_A4,
    )
    document = f'<w:document xmlns:w="{WORD}"><w:body>{"".join(body)}</w:body></w:document>'
    parts = {
        "[Content_Types].xml": DOCX_TYPES,
        "_rels/.rels": DOCX_ROOT_RELS,
        "word/document.xml": document,
        "word/_rels/document.xml.rels": DOCX_BODY_RELS,
        "word/styles.xml": DOCX_STYLES,
        "docProps/core.xml": _core_properties(letter.regarding, letter.signed, on),
    }
    packed = _pack((name, (DECLARATION + part).encode()) for name, part in parts.items())
    stems = ("Letter to GP", "Überweisung Orthopädie", "Lettre au médecin traitant", "紹介状")
    return Sample(dated_name(rng, stems, on, "docx"), f"{OOXML}.wordprocessingml.document", packed)


def _visits(rng: Random, on: dt.date, count: int) -> list[dt.date]:
    """Dates of earlier visits and of the last one, oldest first."""
    days = [0]
    for _ in range(count - 1):
        days.append(days[-1] + rng.randint(60, 120))
    return [on - dt.timedelta(days=each) for each in reversed(days)]


def _results_sheet(sheet: Worksheet, results: list[Result]) -> None:
    sheet.append(["Test", "Result", "Unit", "Reference", "Flag"])
    for result in results:
        analyte = result.analyte
        sheet.append([analyte.name, result.value, analyte.unit, analyte.reference, result.flag])
        row = sheet.max_row
        sheet.cell(row, 2).number_format = "0." + "0" * analyte.digits if analyte.digits else "0"
        if result.flag:
            sheet.cell(row, 5).fill = PatternFill("solid", fgColor="F8CBAD")
    for cell in sheet[1]:
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="1F4E79")
        cell.alignment = Alignment(vertical="center")
    for letter, width in zip("ABCDE", (30, 11, 12, 16, 8), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"


def _trend_sheet(rng: Random, sheet: Worksheet, on: dt.date) -> None:
    analyte = rng.choice([each for panel in PANELS.values() for each in panel])
    title = f"{analyte.name} ({analyte.unit})"
    sheet.append(["Date", title])
    for visit in _visits(rng, on, 6):
        sheet.append([visit, measure(rng, analyte).value])
        sheet.cell(sheet.max_row, 1).number_format = "yyyy-mm-dd"
    sheet.column_dimensions["A"].width = 13
    sheet.column_dimensions["B"].width = 30
    chart = LineChart()
    chart.title, chart.width, chart.height, chart.legend = title, 16, 8, None
    chart.x_axis.delete = chart.y_axis.delete = False  # else newer readers draw no axes
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=7), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=7))
    sheet.add_chart(chart, "D2")


def results_workbook(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """A workbook of two sheets: results of three panels, and one test over six visits."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Results"
    chosen = rng.sample(list(PANELS), 3)
    _results_sheet(sheet, [each for panel in chosen for each in measure_panel(rng, panel)])
    _trend_sheet(rng, book.create_sheet("Trend"), on)
    properties = book.properties
    properties.creator, properties.title = subject.clinic, f"Results {subject.external_id}"
    properties.created = properties.modified = dt.datetime.combine(on, dt.time(9))
    raw = BytesIO()
    # `Workbook.save` would put the present moment into the properties.
    ExcelWriter(book, ZipFile(raw, "w")).save()
    with ZipFile(raw) as package:
        packed = _pack((each.filename, package.read(each)) for each in package.infolist())
    stems = ("Results overview", "Résultats biologiques", "Verlaufskontrolle Diabetes")
    return Sample(dated_name(rng, stems, on, "xlsx"), f"{OOXML}.spreadsheetml.sheet", packed)


def lab_export(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """CSV with a header and a row for each test of two panels at each of several visits."""
    table = StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(
        ("collected_on", "patient_no", "panel", "test", "loinc", "result", "unit",
         "reference", "flag")
    )  # fmt: skip
    chosen = rng.sample(list(PANELS), 2)
    for visit in _visits(rng, on, rng.randint(3, 6)):
        for panel in chosen:
            for result in measure_panel(rng, panel):
                test = result.analyte
                writer.writerow(
                    (visit, subject.external_id, panel, test.name, test.loinc, result.text,
                     test.unit, test.reference, result.flag)
                )  # fmt: skip
    stems = ("Lab export", "Анализ крови", "Laborexport für Überweisung", "lab_results")
    return Sample(dated_name(rng, stems, on, "csv"), "text/csv", table.getvalue().encode())


def _child(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    element.text = text or None
    return element


def _cda_section(body: ET.Element, code: str, title: str, text: str) -> None:
    section = _child(_child(body, "component"), "section")
    _child(section, "code", code=code, codeSystem="2.16.840.1.113883.6.1", codeSystemName="LOINC")
    _child(section, "title", title)
    _child(_child(section, "text"), "paragraph", text)


def consultation(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """XML in the shape of an HL7 CDA consultation note with four sections."""
    letter, moment = write_letter(rng, subject, on), at_time(rng, on)
    root = ET.Element("ClinicalDocument", {"xmlns": "urn:hl7-org:v3"})
    _child(root, "typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040")
    _child(root, "id", root=str(uuid.UUID(int=rng.getrandbits(128), version=4)))
    _child(root, "code", code="11488-4", codeSystem="2.16.840.1.113883.6.1")
    _child(root, "title", f"Consultation note: {letter.case.diagnosis}")
    _child(root, "effectiveTime", value=f"{moment:%Y%m%d%H%M%S}+0000")
    _child(root, "confidentialityCode", code="N", codeSystem="2.16.840.1.113883.5.25")
    _child(root, "languageCode", code="en")
    role = _child(_child(root, "recordTarget"), "patientRole")
    _child(role, "id", extension=subject.external_id, assigningAuthorityName=subject.clinic)
    patient = _child(role, "patient")
    _child(patient, "name", subject.name)
    _child(patient, "birthTime", value=f"{subject.date_of_birth:%Y%m%d}")
    author = _child(root, "author")
    _child(author, "time", value=f"{moment:%Y%m%d}")
    writer = _child(author, "assignedAuthor")
    _child(writer, "id", nullFlavor="NI")
    _child(_child(writer, "assignedPerson"), "name", letter.signed)
    custodian = _child(_child(root, "custodian"), "assignedCustodian")
    _child(_child(custodian, "representedCustodianOrganization"), "name", subject.clinic)
    body = _child(_child(root, "component"), "structuredBody")
    _cda_section(body, "10164-2", "History of present illness", letter.case.history)
    _cda_section(body, "29545-1", "Physical findings", letter.case.findings)
    _cda_section(body, "29308-4", "Diagnosis", f"{letter.case.code} {letter.case.diagnosis}")
    _cda_section(body, "18776-5", "Plan of care", letter.case.plan)
    ET.indent(root)
    packed = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    stems = ("Consultation note", "Konsultationsbericht – Fußambulanz", "cda-consultation")
    return Sample(dated_name(rng, stems, on, "xml"), "text/xml", packed)
