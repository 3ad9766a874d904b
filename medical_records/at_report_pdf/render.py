"""From a sheet to a PDF: tagged for screen readers (PDF/UA-1) and the same bytes each time.

Nothing of a sheet becomes markup: `layout.typ` is given all of it as one JSON string. The bytes
depend on the sheet, the layout, typst and the fonts alone; their versions are pinned, and a test
holds the digest of a sample. The fonts and their scripts: fonts.py.
"""

from pathlib import Path

from medical_records.at_report_pdf.content import content_of
from medical_records.at_report_pdf.fonts import fonts
from medical_records.at_report_pdf.refusals import MISSING_GLYPH, unprintable
from medical_records.at_report_pdf.sheet import ReportSheet

FOLDER = Path(__file__).parent
TEMPLATE = FOLDER / "layout.typ"


def render_at_report(sheet: ReportSheet) -> bytes:
    """Return the report as a PDF.

    Equal sheets give equal bytes, in any process, place or year. Raises `UnprintableTextError`
    for characters that the fonts do not have.
    """
    import typst  # with the first report: most processes print none, and it takes 7 MB

    try:
        return typst.compile(
            TEMPLATE,
            root=FOLDER,  # nothing outside can be read, whatever the process's folder is
            font_paths=fonts(),
            ignore_system_fonts=True,
            sys_inputs={"sheet": content_of(sheet)},
            pdf_standards="ua-1",
        )
    except typst.TypstError as error:
        if MISSING_GLYPH not in str(error):
            raise
        raise unprintable(sheet) from error
