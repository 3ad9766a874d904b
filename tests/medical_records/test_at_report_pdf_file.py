"""The PDF of an AT report as a file: the same bytes each time, readable by screen readers."""

import ctypes
import hashlib
import importlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from pypdfium2 import raw

from documents.errors import DocumentRefusedError
from documents.registry import policy_for_slug
from documents.verification import verify_file
from medical_records.at_report_pdf import ReportSheet, render_at_report
from tests.medical_records.at_report_samples import SHEET, sheet

BASE = Path(__file__).resolve().parents[2]
# Stored reports are compared with what is rendered anew. Whoever changes this digest (by another
# layout, typst or font) must keep the old layout for the sheets that name it: see sheet.LAYOUT.
DIGEST = "e0044b7ec3dd5c2cad5e9fbbf829c310dac46fcb1771586dc0e1d5ec63a39678"
FRESH = """
import hashlib, json, sys, tempfile, os
from medical_records.at_report_pdf import ReportSheet, render_at_report
sheet = ReportSheet.from_json(json.load(sys.stdin))
print(hashlib.sha256(render_at_report(sheet)).hexdigest(), os.listdir(tempfile.gettempdir()))
"""
FAMILIES = """
import json, typst
from medical_records.at_report_pdf.fonts import fonts
print(json.dumps([typst.Fonts().families(), fonts().families()]))
"""


def streams(body: bytes) -> bytes:
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", body, re.DOTALL)
    return b"\n".join(zlib.decompress(one) for one in found if one[:1] == b"\x78")


def fresh(env: dict[str, str], cwd: Path, data: ReportSheet = SHEET) -> tuple[str, str]:
    """Render in a new process; return the digest and what is left in its folder for temporaries."""
    own = {**os.environ, "PYTHONPATH": str(BASE), "TMPDIR": str(cwd), **env}
    done = subprocess.run(
        [sys.executable, "-c", FRESH],
        input=json.dumps(data.to_json()), env=own, cwd=cwd, capture_output=True, text=True, check=True,
    )  # fmt: skip
    digest, left = done.stdout.strip().split(" ", 1)
    return digest, left


class TestSameBytes:
    def test_in_any_process_place_and_zone(self, tmp_path):
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        here = {
            "TZ": "Pacific/Kiritimati",
            "LANG": "de_DE.UTF-8",
            "LC_ALL": "C",
            "SOURCE_DATE_EPOCH": "1",
        }
        there = {
            "TZ": "Etc/GMT+12",
            "LANG": "C",
            "LC_ALL": "tr_TR.UTF-8",
            "HOME": "/nowhere",
            "PYTHONHASHSEED": "7",
        }
        found = [fresh(here, tmp_path / "a"), fresh(there, tmp_path / "b")]
        own = hashlib.sha256(render_at_report(SHEET)).hexdigest()
        assert found == [(own, "[]"), (own, "[]")]  # the folder of fonts is gone, too

    def test_whatever_fonts_the_machine_has(self, tmp_path):
        font = importlib.import_module("pymupdf_fonts.Ubuntu_Regular").fontbuffer
        (tmp_path / ".fonts").mkdir()
        (tmp_path / ".fonts" / "ubuntu.ttf").write_bytes(font)
        done = subprocess.run(
            [sys.executable, "-c", FAMILIES], env={**os.environ, "PYTHONPATH": str(BASE), "HOME": str(tmp_path)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        machine, own = json.loads(done.stdout)
        assert "Ubuntu" in machine
        cjk = [
            f"Noto Sans {kind}{part}"
            for kind in ("CJK ", "Mono CJK ")
            for part in ("HK", "JP", "KR", "SC", "TC")
        ]
        others = [
            "FiraGO",
            "Noto Sans",
            "Noto Sans Math",
            "Noto Sans Symbols",
            "Noto Sans Symbols2",
        ]
        assert sorted(own) == sorted([*cjk, *others])

    def test_as_they_were_when_this_was_written(self):
        assert hashlib.sha256(render_at_report(SHEET)).hexdigest() == DIGEST

    def test_from_the_snapshot(self):
        kept = json.loads(json.dumps(SHEET.to_json(), sort_keys=True))
        assert render_at_report(ReportSheet.from_json(kept)) == render_at_report(SHEET)

    @pytest.mark.parametrize("name", [name for name in SHEET.to_json() if name != "layout"])
    def test_not_of_another_sheet(self, name):
        old = getattr(SHEET, name)
        new = date(2020, 1, 1) if isinstance(old, date) else old[:-1]
        assert render_at_report(sheet(**{name: new})) != render_at_report(SHEET)

    def test_when_several_threads_render(self):
        sheets = [sheet(goals=f"Goal {n}") for n in range(6)]
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(render_at_report, sheets))
        assert found == [render_at_report(one) for one in sheets]
        assert len(set(found)) == 6

    def test_know_no_day_but_the_sheet_s(self):
        body = render_at_report(SHEET)
        found = pdfium.PdfDocument(body).get_metadata_dict()
        assert found["CreationDate"] == found["ModDate"] == "D:20260305000000Z"
        days = set(re.findall(rb"20\d\d-\d\d-\d\d|D:20\d{6}", body + streams(body)))
        assert days == {b"2026-03-05", b"D:20260305"}


def tags(document: pdfium.PdfDocument, page: int = 0) -> list[str]:
    """Return the kinds of the elements of a page's structure tree, in reading order."""

    def kind(element) -> str:
        buffer = ctypes.create_string_buffer(100)
        size = raw.FPDF_StructElement_GetType(element, buffer, 100)
        return buffer.raw[: size - 2].decode("utf-16-le")

    def walk(element) -> Iterator[str]:
        yield kind(element)
        for n in range(raw.FPDF_StructElement_CountChildren(element)):
            child = raw.FPDF_StructElement_GetChildAtIndex(element, n)
            if child:
                yield from walk(child)

    tree = raw.FPDF_StructTree_GetForPage(document[page])
    try:
        roots = [
            raw.FPDF_StructTree_GetChildAtIndex(tree, n)
            for n in range(raw.FPDF_StructTree_CountChildren(tree))
        ]
        return [name for root in roots for name in walk(root)]
    finally:
        raw.FPDF_StructTree_Close(tree)


class TestAccessible:
    def test_has_language_title_and_claims_its_standard(self):
        body = render_at_report(SHEET)
        document = pdfium.PdfDocument(body)
        assert document.is_tagged()
        assert (
            document.get_metadata_dict()["Title"]
            == "Assistive technology report, Chidi Okafor, 3 March 2026"
        )
        everything = body + streams(body)
        assert re.search(rb"/Lang\s*\(en-AU\)", everything)
        assert b"/DisplayDocTitle true" in everything
        assert re.search(rb"pdfuaid:part>?=?\"?1", everything)

    def test_is_tagged_in_reading_order(self):
        found = tags(pdfium.PdfDocument(render_at_report(SHEET)))
        row = ["TR", "TD", "TD", "TD", "TD", "TD"]
        head = ["Document", "P", "P", "P", "Div", *(["Div", "P", "P"] * 5)]
        table = ["Table", "THead", "TR", "TH", "TH", "TH", "TH", "TH", "TBody", *row, *row]
        end = ["H1", "Div", "Div", "P", "P", "Div", "P"]
        assert found == [*head, "H1", "P", "P", "H1", "P", "H1", *table, *end]

    def test_every_font_is_inside(self):
        body = render_at_report(sheet(findings="王 ✓ नमस्ते"))
        everything = body + streams(body)
        fonts = set(re.findall(rb"/FontName\s*/[A-Z]{6}\+([\w-]+)", everything))
        assert {b"FiraGO-Regular", b"FiraGO-Bold", b"NotoSansCJKsc-Regular"} <= fonts
        assert len(re.findall(rb"/FontFile[23]? ", everything)) == len(fonts)


class TestUpload:
    def test_accepts_it(self):
        body = render_at_report(SHEET)
        assert self.check(body) == ("application/pdf", ".pdf")

    def test_refuses_it_with_something_behind(self):
        extra = io.BytesIO()
        with zipfile.ZipFile(extra, "w") as archive:
            archive.writestr("a", "b")
        with pytest.raises(DocumentRefusedError) as caught:
            self.check(render_at_report(SHEET) + extra.getvalue())
        assert caught.value.code == "polyglot"

    def check(self, body: bytes) -> tuple[str, str]:
        found = verify_file(
            io.BytesIO(body),
            filename="AT_Report.pdf",
            size=len(body),
            declared_type="application/pdf",
            policy=policy_for_slug("at-reports"),
        )
        return found.file_type, found.extension
