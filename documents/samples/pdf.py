"""What comes on paper: reports and letters as PDF, and a letter scanned to TIFF."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from random import Random
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw, ImageFont
from reportlab.graphics.shapes import Circle, Drawing, Rect
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)  # fmt: skip

from documents.samples.images import encode, fitted, font
from documents.samples.text import (
    CLINICIANS,
    PANELS,
    Result,
    Sample,
    Subject,
    at_time,
    dated_name,
    latin,
    measure,
    measure_panel,
    write_letter,
)

CONTENT_TYPE = "application/pdf"
WIDTH, HEIGHT = A4
MARGIN = 18 * mm
EVERY_CELL, FIRST_ROW = ((0, 0), (-1, -1)), ((0, 0), (-1, 0))
ACCENTS = ("#1f5a7a", "#2a6b4f", "#6a3d6f", "#7a4a1f")
INK, PALE, LINE, ALERT = (HexColor(each) for each in ("#1d2530", "#f2f5f8", "#c9d2db", "#b3261e"))
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=9, leading=12, textColor=INK)
STRONG = ParagraphStyle("strong", BODY, fontName="Helvetica-Bold")
FLAGGED = ParagraphStyle("flagged", STRONG, textColor=ALERT)
PROSE = ParagraphStyle("prose", BODY, fontSize=10.5, leading=15.5, spaceAfter=9)
RIGHT = ParagraphStyle("right", BODY, alignment=TA_RIGHT)


@dataclass(frozen=True)
class Letterhead:
    """What stands at the head and foot of each page."""

    clinic: str
    title: str
    reference: str
    accent: Color

    def draw(self, canvas: Canvas, _document: SimpleDocTemplate) -> None:
        top = HEIGHT - 24 * mm
        canvas.setFillColor(self.accent)
        canvas.rect(0, top, WIDTH, 24 * mm, stroke=0, fill=1)
        canvas.setFillColor(HexColor("#ffffff"))
        canvas.circle(MARGIN + 5 * mm, top + 12 * mm, 5.5 * mm, stroke=0, fill=1)
        canvas.setFillColor(self.accent)
        canvas.rect(MARGIN + 4 * mm, top + 8.5 * mm, 2 * mm, 7 * mm, stroke=0, fill=1)
        canvas.rect(MARGIN + 1.5 * mm, top + 11 * mm, 7 * mm, 2 * mm, stroke=0, fill=1)
        canvas.setFillColor(HexColor("#ffffff"))
        size = 17.0
        while stringWidth(self.clinic, "Helvetica-Bold", size) > 105 * mm and size > 7:  # noqa: PLR2004
            size -= 0.5
        canvas.setFont("Helvetica-Bold", size)
        canvas.drawString(MARGIN + 14 * mm, top + 10 * mm, self.clinic)
        canvas.setFont("Helvetica", 10)
        canvas.drawRightString(WIDTH - MARGIN, top + 10 * mm, self.title)


def _numbered(reference: str) -> Callable[..., Canvas]:
    """A canvas class whose pages end in "Page x of y": y is known only when all are laid out."""

    class NumberedCanvas(Canvas):  # type: ignore[misc, unused-ignore]
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options)
            self._laid_out: list[dict[str, object]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self._laid_out.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._laid_out, 1):
                self.__dict__.update(page)
                self.setFont("Helvetica", 8)
                self.setFillColor(HexColor("#5b6672"))
                self.drawString(MARGIN, 10 * mm, reference)
                self.drawRightString(
                    WIDTH - MARGIN, 10 * mm, f"Page {number} of {len(self._laid_out)}"
                )
                super().showPage()
            super().save()

    return NumberedCanvas


def _build(story: list[Flowable], head: Letterhead) -> bytes:
    """The file; `invariant` keeps the clock out of it."""
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=32 * mm,
        bottomMargin=20 * mm, title=f"{head.title} {head.reference}", author=head.clinic,
        invariant=1,
    )  # fmt: skip
    document.build(
        story,
        onFirstPage=head.draw,
        onLaterPages=head.draw,
        canvasmaker=_numbered(f"{head.clinic} · {head.reference}"),
    )
    return buffer.getvalue()


def _patient_block(subject: Subject, facts: dict[str, str]) -> Table:
    """Two columns of labelled facts on a pale ground, the patient's first."""
    shown = {
        "Patient": latin(subject.name, f"No. {subject.external_id}"),
        "Date of birth": f"{subject.date_of_birth:%d.%m.%Y}",
        "Patient no.": subject.external_id,
        **facts,
    }
    cells = [
        [Paragraph(label, BODY), Paragraph(escape(text), STRONG)] for label, text in shown.items()
    ]
    half = (len(cells) + 1) // 2
    right = cells[half:] + [["", ""]] * (2 * half - len(cells))
    rows = [[*one, *other] for one, other in zip(cells[:half], right, strict=True)]
    block = Table(rows, colWidths=[26 * mm, 61 * mm, 28 * mm, 59 * mm])
    block.setStyle(TableStyle([
        ("BACKGROUND", *EVERY_CELL, PALE), ("BOX", *EVERY_CELL, 0.5, LINE),
        ("VALIGN", *EVERY_CELL, "TOP"), ("TOPPADDING", *EVERY_CELL, 3),
        ("BOTTOMPADDING", *EVERY_CELL, 3),
    ]))  # fmt: skip
    return block


def _position_bar(result: Result, accent: Color) -> Drawing:
    """Where the value lies: the reference range is the middle half of the bar."""
    width, height = 30 * mm, 8.0
    bar = Drawing(width, height)
    bar.add(Rect(0, 2.5, width, 3, fillColor=LINE, strokeColor=None))
    bar.add(Rect(width / 4, 2.5, width / 2, 3, fillColor=accent, strokeColor=None))
    analyte = result.analyte
    share = (result.value - analyte.low) / (analyte.high - analyte.low)
    at = width * min(max(0.25 + share / 2, 0.03), 0.97)
    colour = ALERT if result.flag else INK
    bar.add(Circle(at, 4, 2.6, fillColor=colour, strokeColor=HexColor("#ffffff"), strokeWidth=0.6))
    return bar


def _unit(unit: str) -> str:
    base, caret, power = unit.partition("^")
    exponent, slash, rest = power.partition("/")
    return f"{base}<super>{exponent}</super>{slash}{rest}" if caret else unit


def _panel_table(panel: str, results: list[Result], accent: Color) -> KeepTogether:
    heading = ParagraphStyle("heading", STRONG, fontSize=11.5, leading=15, textColor=accent)
    rows: list[list[object]] = [["Test", "Result", "Unit", "Reference", "", "Flag"]]
    for result in results:
        style = FLAGGED if result.flag else STRONG
        rows.append(
            [
                Paragraph(result.analyte.name, BODY),
                Paragraph(result.text, style),
                Paragraph(_unit(result.analyte.unit), BODY),
                Paragraph(result.analyte.reference, BODY),
                _position_bar(result, accent),
                Paragraph(result.flag, style),
            ]
        )
    table = Table(rows, colWidths=[each * mm for each in (56, 22, 24, 27, 33, 12)])
    table.setStyle(TableStyle([
        ("FONT", *FIRST_ROW, "Helvetica-Bold", 8), ("TEXTCOLOR", *FIRST_ROW, accent),
        ("LINEBELOW", *FIRST_ROW, 1, accent), ("LINEBELOW", (0, 1), (-1, -1), 0.3, LINE),
        ("VALIGN", *EVERY_CELL, "MIDDLE"), ("TOPPADDING", *EVERY_CELL, 2.5),
        ("BOTTOMPADDING", *EVERY_CELL, 3.5),
    ]))  # fmt: skip
    return KeepTogether([Paragraph(panel, heading), table, Spacer(1, 5 * mm)])


def _comment(results: list[Result]) -> str:
    outside = [
        f"{each.analyte.name} {'above' if each.flag == 'H' else 'below'} range"
        for each in results
        if each.flag
    ]
    found = "; ".join(outside) if outside else "All results within the reference ranges"
    return f"{found}. Please interpret together with the clinical picture."


def lab_report(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """An A4 report of two to six panels: one or two pages, out-of-range values in red."""
    chosen = rng.sample(list(PANELS), rng.randint(2, 6))
    reference = f"L{on:%y%m%d}-{rng.randint(1000, 9999)}"
    clinic, accent = latin(subject.clinic, "Clinic laboratory"), HexColor(rng.choice(ACCENTS))
    facts = {
        "Report no.": reference,
        "Collected": f"{at_time(rng, on):%d.%m.%Y %H:%M}",
        "Specimen": "Venous blood" + (", urine" if "Diabetes monitoring" in chosen else ""),
    }
    story: list[Flowable] = [_patient_block(subject, facts), Spacer(1, 6 * mm)]
    results: list[Result] = []
    for panel in chosen:
        measured = measure_panel(rng, panel)
        story.append(_panel_table(panel, measured, accent))
        results += measured
    signed = f"Authorised by {rng.choice(CLINICIANS)}, {on:%d.%m.%Y}"
    closing = [Paragraph("Comment", STRONG), Paragraph(_comment(results), BODY), Spacer(1, 4 * mm)]
    story.append(KeepTogether([*closing, Paragraph(signed, RIGHT)]))
    body = _build(story, Letterhead(clinic, "Laboratory report", reference, accent))
    stems = (chosen[0], "Laboratory report", "Laborbefund Blutbild", "Bilan sanguin – réf. interne")
    return Sample(dated_name(rng, stems, on, "pdf"), CONTENT_TYPE, body)


def referral_letter(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """A letter of one A4 page from one clinician to another."""
    letter = write_letter(rng, subject, on)
    reference = f"R{on:%y%m%d}-{rng.randint(100, 999)}"
    clinic, accent = latin(subject.clinic, "Clinic"), HexColor(rng.choice(ACCENTS))
    facts = {"Referred to": letter.to, "Date": f"{on:%d.%m.%Y}", "Reference": reference}
    heading = ParagraphStyle("regarding", STRONG, fontSize=12, leading=16, spaceAfter=8)
    story: list[Flowable] = [
        _patient_block(subject, facts),
        Spacer(1, 9 * mm),
        Paragraph(escape(f"Regarding: {letter.regarding}"), heading),
        Paragraph("Dear colleague,", PROSE),
        *(Paragraph(escape(each), PROSE) for each in letter.paragraphs),
        Spacer(1, 6 * mm),
        Paragraph("With kind regards", PROSE),
        Spacer(1, 10 * mm),
        Paragraph(escape(letter.signed), STRONG),
    ]
    body = _build(story, Letterhead(clinic, "Referral letter", reference, accent))
    stems = ("Referral letter", "Überweisung", "Carta de derivación", "Направление")
    return Sample(dated_name(rng, stems, on, "pdf"), CONTENT_TYPE, body)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _scanned_page(rng: Random, lines: list[tuple[str, bool]], number: int) -> Image.Image:
    """A page at 150 dpi as a fax or scanner leaves it: askew, black on white, with specks."""
    page = Image.new("L", (1240, 1754), 255)
    draw, y = ImageDraw.Draw(page), 150
    for text, bold in lines:
        draw.text((150, y), text, 0, fitted(text, 980, 24, bold=bold))
        y += 38
    draw.text((620, 1660), f"- {number} -", 0, font(20), anchor="mm")
    for _ in range(40):
        x, y = rng.randrange(1240), rng.randrange(1754)
        draw.rectangle((x, y, x + rng.randrange(3), y + rng.randrange(3)), fill=0)
    askew = page.rotate(rng.uniform(-0.9, 0.9), Image.Resampling.BILINEAR, fillcolor=255)
    return askew.point([0] * 150 + [255] * 106).convert("1", dither=Image.Dither.NONE)


def scanned_letter(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """TIFF of two pages, CCITT group 4: a letter and its enclosure of results."""
    letter = write_letter(rng, subject, on)
    patient = latin(subject.name, f"Patient {subject.external_id}")
    head = [(latin(subject.clinic, "Clinic"), True), (f"{on:%d.%m.%Y}", False), ("", False)]
    about = f"{patient}, born {subject.date_of_birth:%d.%m.%Y}"
    text = [*head, (f"To: {letter.to}", False), ("", False), (about, True), ("", False)]
    for paragraph in (*letter.paragraphs, "With kind regards", letter.signed):
        text += [(line, False) for line in _wrapped(paragraph, font(24), 940)] + [("", False)]
    results = [*head, (f"Enclosure: results of {patient}", True), ("", False)]
    for panel in rng.sample(list(PANELS), 3):
        results.append((panel, True))
        for analyte in PANELS[panel]:
            value = measure(rng, analyte)
            line = f"{analyte.name}: {value.text} {analyte.unit} ({analyte.reference}) {value.flag}"
            results.append((line, False))
    pages = [_scanned_page(rng, lines, at) for at, lines in enumerate((text, results), 1)]
    options = {"compression": "group4", "dpi": (150, 150), "append_images": pages[1:]}
    body = encode(pages[0], "TIFF", save_all=True, **options)
    return Sample(f"scan{rng.randint(1, 9999):04d}.tiff", "image/tiff", body)
