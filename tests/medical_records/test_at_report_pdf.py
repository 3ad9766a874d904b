"""What the PDF of an AT report says, and what it refuses to say."""

import json
import re

import pypdfium2 as pdfium
import pytest
import typst
from hypothesis import example, given, settings, strategies as st

from medical_records.at_report_pdf import ReportItem, ReportSheet, render_at_report
from medical_records.at_report_pdf.refusals import UnprintableTextError
from medical_records.at_report_pdf.render import FOLDER
from tests.medical_records.at_report_samples import SHEET, read, sheet, squeezed, text_of


class TestSheet:
    def test_is_equal_after_years_in_a_json_column(self):
        assert ReportSheet.from_json(json.loads(json.dumps(SHEET.to_json()))) == SHEET
        bare = sheet(date_of_birth=None, items=())
        assert ReportSheet.from_json(json.loads(json.dumps(bare.to_json()))) == bare

    def test_an_item_may_lack_what_was_left_empty(self):
        assert ReportItem.from_json({"item": "Rail", "quantity": 3, "cost": None}) == ReportItem(
            item="Rail", quantity=3
        )

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"layout": 2}, "A sheet for layout 2, not 1"),
            ({"colour": "red"}, "ReportSheet does not know colour"),
            ({"items": [{"item": "a", "quantity": 1, "size": 2}]}, "ReportItem does not know size"),
        ],
    )
    def test_refuses_what_it_would_print_differently(self, change, says):
        assert ReportSheet.from_json(SHEET.to_json()) == SHEET
        with pytest.raises(ValueError, match=f"^{says}$"):
            ReportSheet.from_json({**SHEET.to_json(), **change})


class TestContent:
    def test_says_everything_in_reading_order(self):
        assert text_of() == (
            "Alpha Clinic\nAssistive technology report\nFinalised on 5 March 2026 by Ada Lindqvist\n"
            "Patient\nChidi Okafor\nDate of birth\n3 February 1961\n"
            "External ID\nNDIS-430 112 998\nAssessed on\n3 March 2026\nAuthor\nPriya Natarajan\n"
            "Findings\nManual wheelchair indoors.\nReach ≤ 30 cm.\n☑ pressure care ☐ bed rail\n"
            "Goals\nTo the library once a week.\n"
            "Recommended items\nItem Quantity Supplier Cost Rationale\n"
            "Power wheelchair 1 Mobility House 12,450.50 Indoors and outside.\n"
            "Trialled for two weeks.\nTransfer board 2 – – –\n"
            "Signature\nPriya Natarajan\nAuthor of the report\nDate\n"
            "Report 0192f0c1-7b7e-7c1e-9a51-3f5f0a6c2d11 Page 1 of 1"
        )

    def test_says_what_there_is_not(self):
        text = text_of(goals=" \n", items=(), date_of_birth=None, external_id="")
        assert (
            "Goals\nNo goals were recorded.\nRecommended items\nNo items are recommended." in text
        )
        assert "Date of birth\n–\nExternal ID\n–\n" in text

    def test_of_an_empty_sheet_is_a_page_too(self):
        empty = dict.fromkeys(("clinic_name", "patient_name", "author_name", "findings"), "")
        assert "Patient\n–\n" in text_of(**empty)

    def test_numbers_pages_and_repeats_the_table_s_head(self):
        items = tuple(
            ReportItem(item=f"Rail {n}", quantity=n, rationale="Why? " * 30) for n in range(1, 61)
        )
        pages = read(render_at_report(sheet(items=items)))
        assert len(pages) > 3
        for number, page in enumerate(pages, start=1):
            assert page.endswith(f"Report {SHEET.report_id} Page {number} of {len(pages)}")
            assert ("Alpha Clinic Chidi Okafor" in page) == (number > 1)
            rows = re.findall(r"^Rail (\d+) (\d+) – – Why\?", page, re.MULTILINE)
            assert ("Item Quantity Supplier Cost Rationale" in page) == bool(rows)
            assert page.count("Why?") == 30 * len(rows)  # no row is on two pages
        shown = re.findall(r"^Rail (\d+) \1 ", "\n".join(pages), re.MULTILINE)
        assert shown == [str(n) for n in range(1, 61)]

    def test_a_row_longer_than_a_page_goes_on(self):
        long = "\n".join(f"Reason {n}." for n in range(120))
        pages = read(
            render_at_report(sheet(items=(ReportItem(item="Rail", quantity=1, rationale=long),)))
        )
        found = [re.findall(r"Reason (\d+)\.", page) for page in pages]
        assert [number for page in found for number in page] == [str(n) for n in range(120)]
        assert sum(bool(page) for page in found) > 1


LITERAL = [
    '#import "layout.typ": *', '#read("layout.typ")', "#panic()", "$x^2$", "*bold* _it_ `raw`", "]", "[[}{",
    "\\ \\u{41} \\n", "// comment", "/* open", "@ref <label>", "= Heading", "- list + 1. enum", "~ -- --- ...",
    "\"quoted\" 'single'", "<b>&amp;", "{{ 7 * 7 }} %s",
]  # fmt: skip


class TestText:
    def test_as_markup_it_could_read_files(self):
        body = typst.compile(b'#read("layout.typ")', root=FOLDER)
        assert "How an AT report looks" in "".join(read(body))

    @pytest.mark.parametrize("text", LITERAL)
    def test_is_never_markup(self, text):
        rows = (ReportItem(item=text, quantity=1, supplier=text, rationale=text),)
        names = {
            "patient_name": text,
            "author_name": text,
            "clinic_name": text,
            "external_id": text,
        }
        found = text_of(findings=text, goals=text, finalized_by=text, items=rows, **names)
        assert f"\nFindings\n{text}\nGoals\n{text}\n" in found
        assert squeezed(found).count(squeezed(text)) == 11  # author, patient: twice
        assert "How an AT report looks" not in found

    def test_all_of_a_long_one_is_there(self):
        words = " ".join(f"w{n}" for n in range(4000))[:20_000]
        found = "".join(
            page.rsplit("Report 0192", 1)[0]
            for page in read(render_at_report(sheet(findings=words)))
        )
        assert squeezed(words) in squeezed(found).replace("AlphaClinicChidiOkafor", "")

    def test_a_word_without_end_stays_on_the_paper(self):
        rows = (
            ReportItem(
                item="W" * 300, quantity=999, supplier="W" * 200, cost=1e6, rationale="i" * 2000
            ),
        )
        document = pdfium.PdfDocument(
            render_at_report(
                sheet(
                    findings="W" * 20_000,
                    goals="ä" * 3000,
                    patient_name="W" * 200,
                    clinic_name="W" * 200,
                    items=rows,
                )
            )
        )
        edges, found = [], ""
        for page in document:
            text = page.get_textpage()
            found += text.get_text_range()
            edges += [text.get_charbox(n) for n in range(text.count_chars())]
        assert min(box[0] for box in edges) > 56  # points; the margin is 20 mm
        assert max(box[2] for box in edges) < 595 - 56
        assert min(box[1] for box in edges) > 20
        assert max(box[3] for box in edges) < 842 - 20
        heads = 2 * 89 * (len(document) - 1)  # shortened names at the top of later pages
        assert found.count("W") == 20_000 + 300 + 200 + 200 + 200 + heads
        assert found.count("ä") == 3000

    def test_spaces_are_as_many_as_were_written(self):
        def place(findings: str) -> float:
            text = pdfium.PdfDocument(render_at_report(sheet(findings=findings)))[0].get_textpage()
            return text.get_charbox(text.get_text_range().index("µ"))[0]

        one, two, four = (place(f"a{gap}µ") for gap in (" ", "  ", "\t"))
        assert two - one == pytest.approx((four - one) / 3, abs=0.1) != 0

    def test_line_ends_of_every_system_are_line_ends(self):
        assert "Findings\na\nb\nc\nd\ne\nf\nGoals" in text_of(
            findings="a\r\nb\rc\vd\u2028e\n\n \n\nf"
        )

    def test_shows_what_is_invisible(self):
        text = text_of(
            patient_name="Okafor\u202eidihC", findings="bell\x07 tab\tend \ud800 \u2066 nul\0"
        )
        assert "Patient\nOkafor[U+202E]idihC\n" in text
        assert "Findings\nbell[U+0007] tab end [U+D800] [U+2066] nul[U+0000]\n" in text


class TestScripts:
    @pytest.mark.parametrize(
        "name",
        [
            "Nguyễn Thị Ánh", "Ełżbieta Şahin Ōtaké", "Ελένη Παπαδοπούλου", "Наталія Їжак", "王小明", "陳大文",
            "김철수", "田中さくら", "नमस्ते", "สมชาย", "ნინო", "שלום", "عائشة", "½ → ✓ ★ 👍",
        ],
    )  # fmt: skip
    def test_of_a_name(self, name):
        first = text_of(patient_name=name).split("Patient\n")[1].split("\n")[0]
        assert set(squeezed(first)) == set(squeezed(name))

    def test_of_a_paragraph_gives_its_side(self):
        document = pdfium.PdfDocument(render_at_report(sheet(findings="שלום\n\nshalom", goals="x")))
        text = document[0].get_textpage()
        boxes = {
            char: text.get_charbox(n)
            for n in range(text.count_chars())[::-1]
            if (char := text.get_text_range(n, 1)) in "שs"
        }
        assert boxes["ש"][0] > 500

    @pytest.mark.parametrize(
        ("changes", "field", "says"),
        [
            ({"findings": "so 😀 and 😀"}, "findings", "Findings: the PDF cannot show 😀 (U+1F600)."),
            ({"goals": "ok \u0d85\ue000"}, "goals", "Goals: the PDF cannot show අ (U+0D85), U+E000."),
            ({"patient_name": "தமிழ்"}, "patient",
             "The patient's name: the PDF cannot show த (U+0BA4), மி (U+0BAE U+0BBF), ழ் (U+0BB4 U+0BCD)."),
            ({"external_id": "😀"}, "patient", "The patient's external id: the PDF cannot show 😀 (U+1F600)."),
            ({"author_name": "😀"}, "author", "The author's name: the PDF cannot show 😀 (U+1F600)."),
            ({"finalized_by": "😀"}, "finalized_by", "Your name: the PDF cannot show 😀 (U+1F600)."),
            ({"clinic_name": "😀"}, "clinic", "The clinic's name: the PDF cannot show 😀 (U+1F600)."),
            ({"items": (SHEET.items[0], ReportItem(item="a", quantity=1, supplier="😀"))}, "items",
             "Items, row 2, supplier: the PDF cannot show 😀 (U+1F600)."),
            ({"findings": "".join(map(chr, range(0x12000, 0x12100)))}, "findings",
             "Findings: the PDF cannot show 𒀀 (U+12000), 𒀁 (U+12001), 𒀂 (U+12002), 𒀃 (U+12003), 𒀄 (U+12004) and more."),
        ],
    )  # fmt: skip
    def test_that_no_font_has_are_refused_by_name(self, changes, field, says):
        with pytest.raises(UnprintableTextError) as caught:
            render_at_report(sheet(**changes))
        assert (caught.value.field, caught.value.code) == (field, "unprintable_text")
        assert caught.value.detail == f"{says} Write it in other characters."

    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=30))
    @example("A-")  # readers of PDF take a hyphen at a line's end for one that parts a word
    def test_any_text_is_printed_or_refused(self, text):
        try:
            body = render_at_report(sheet(findings=text))
        except UnprintableTextError as error:
            refused = error
            assert refused.field == "findings"
        else:
            assert "Goals\nTo the library" in "".join(read(body))
