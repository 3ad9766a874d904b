"""Sample documents: each opens with its own format's library and says what it should."""

import csv
import datetime as dt
import json
import math
import re
import time
import unicodedata
from io import BytesIO, StringIO
from random import Random
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import magic
import openpyxl
import pillow_heif
import pydicom
import pytest
from PIL import ExifTags, Image

from documents.samples import KINDS, Subject, make_sample
from documents.samples.text import PANELS, latin, measure

ON = dt.date(2024, 3, 11)
SUBJECT = Subject(
    "Zoë Łukasik & Töchter", dt.date(1961, 7, 4), "Lindenhof <Podiatry> & Gait", "LH-20417"
)
ELSEWHERE = Subject(
    "山田 花子",
    dt.date(2015, 1, 31),
    "Клиника «Север», отделение подологии и ортезирования",
    "Ñ/7\\x",
)
SEEDS = range(4)


def made(kind, seed=0, subject=SUBJECT, on=ON):
    return make_sample(kind, rng=Random(seed), subject=subject, on=on)


def picture(kind, seed=0):
    image = Image.open(BytesIO(made(kind, seed).body))
    image.load()
    return image


def parsed(body):
    return ET.fromstring(body)  # noqa: S314 - our own document


@pytest.mark.parametrize("kind", KINDS)
def test_the_arguments_alone_decide_the_bytes(kind, monkeypatch):
    first = made(kind)
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    monkeypatch.setattr(
        time, "localtime", lambda *_: time.struct_time((2033, 5, 18, 3, 33, 20, 2, 138, 0))
    )
    assert made(kind) == first
    assert made(kind, seed=1).body != first.body
    assert made(kind, subject=ELSEWHERE).body != first.body


@pytest.mark.parametrize("subject", [SUBJECT, ELSEWHERE], ids=["latin", "other scripts"])
@pytest.mark.parametrize("kind", KINDS)
def test_name_type_and_size(kind, subject):
    for seed in SEEDS:
        sample = made(kind, seed, subject)
        assert 0 < len(sample.body) < 400_000
        assert not re.search(r'[/\\:*?"<>|]', sample.filename)
        assert not any(unicodedata.category(char).startswith("C") for char in sample.filename)
        assert sample.filename == unicodedata.normalize("NFC", sample.filename)
        assert len(sample.filename.encode()) < 200
        assert re.search(r"\w\.\w{3,4}$", sample.filename)
        assert magic.from_buffer(sample.body, mime=True) == sample.content_type


def test_variety():
    samples = [made(kind, seed) for kind in KINDS for seed in range(6)]
    assert len(KINDS) >= 14
    assert len({each.content_type for each in samples}) >= 11
    assert any(not each.filename.isascii() for each in samples)


def test_unknown_kind_names_the_known():
    with pytest.raises(ValueError, match="lab_report, referral_letter"):
        made("papyrus")


@pytest.mark.parametrize(("kind", "pages"), [("lab_report", {1, 2}), ("referral_letter", {1})])
def test_pdf(kind, pages):
    for seed in range(8):
        body = made(kind, seed).body
        assert body.startswith(b"%PDF-1.")
        assert body.rstrip().endswith(b"%%EOF")
        assert (
            int(re.search(rb"/Type /Pages\b|/Count (\d+)", body[body.index(b"/Count") :]).group(1))
            in pages
        )
        assert re.search(rb"/Title \(\S+ \w+ [LR]240311-\d+\)", body)
        assert b"20240311" not in body.split(b"/CreationDate")[1][:40]
        start = int(body.rsplit(b"startxref", 1)[1].split()[0])
        assert body[start : start + 4] == b"xref"


def test_clinical_photo():
    located = set()
    for seed in range(8):
        body = made("clinical_photo", seed).body
        image = picture("clinical_photo", seed)
        exif = image.getexif()
        assert (image.format, image.size, len(body) < 200_000) == ("JPEG", (1200, 900), True)
        assert body.endswith(b"\xff\xd9")
        assert exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal].startswith(
            "2024:03:11 "
        )
        located.add(bool(exif.get_ifd(ExifTags.IFD.GPSInfo)))
    assert located == {True, False}


@pytest.mark.parametrize(
    ("kind", "form", "size"),
    [
        ("insurance_card", "JPEG", (1200, 900)),
        ("wound_photo", "WEBP", (1200, 900)),
        ("electrocardiogram", "PNG", (1536, 930)),
        ("trend_chart", "PNG", (1000, 580)),
        ("pressure_map", "GIF", (460, 500)),
    ],
)
def test_picture(kind, form, size):
    image = picture(kind)
    assert (image.format, image.size) == (form, size)
    assert len(image.convert("RGB").getcolors(size[0] * size[1])) > 3


@pytest.mark.parametrize(
    ("kind", "ending"),
    [
        ("electrocardiogram", b"IEND\xaeB`\x82"),
        ("pressure_map", b";"),
        ("insurance_card", b"\xff\xd9"),
    ],
)
def test_picture_is_complete(kind, ending):
    assert made(kind).body.endswith(ending)


def test_insole_photo():
    for seed in SEEDS:
        file = pillow_heif.open_heif(made("insole_photo", seed).body)
        assert (len(file), file.size) == (1, (720, 540))
        exif = Image.Exif()
        exif.load(file.info["exif"])
        assert exif[ExifTags.Base.DateTime].startswith("2024:03:11 ")


def test_scanned_letter():
    scan = picture("scanned_letter")
    assert (scan.n_frames, scan.mode, scan.info["compression"]) == (2, "1", "group4")
    for page in range(2):
        scan.seek(page)
        black = scan.convert("L").histogram()[0]
        assert scan.size == (1240, 1754)
        assert 0.005 < black / (1240 * 1754) < 0.2


def test_radiograph():
    depths = set()
    for seed in range(8):
        read = pydicom.dcmread(BytesIO(made("radiograph", seed).body))
        assert read.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
        assert read.file_meta.MediaStorageSOPInstanceUID == read.SOPInstanceUID
        assert (str(read.PatientName), read.PatientID) == ("Töchter^Zoë Łukasik &", "LH-20417")
        assert (read.PatientBirthDate, read.StudyDate) == ("19610704", "20240311")
        assert len(read.PixelData) == read.Rows * read.Columns * read.BitsAllocated // 8
        uids = [read.StudyInstanceUID, read.SeriesInstanceUID, read.SOPInstanceUID]
        assert len(set(uids)) == 3
        assert all(
            uid.is_valid and uid.startswith("2.25.") and int(uid[5:]) < 2**128 for uid in uids
        )
        if read.BitsStored == 12:
            assert max(read.PixelData[1::2]) < 16
        depths.add((read.BitsAllocated, read.BitsStored, read.HighBit, read.Rows))
    assert depths == {(8, 8, 7, 512), (16, 12, 11, 384)}


def test_letter_docx():
    body = made("letter_docx").body
    with ZipFile(BytesIO(body)) as package:
        assert package.testzip() is None
        assert package.namelist()[0] == "[Content_Types].xml"
        assert {each.date_time for each in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        parts = {name: parsed(package.read(name)) for name in package.namelist()}
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    text = "\n".join(each.text for each in parts["word/document.xml"].iter(f"{space}t"))
    assert SUBJECT.name in text
    assert SUBJECT.clinic in text
    used = {each.get(f"{space}val") for each in parts["word/document.xml"].iter(f"{space}pStyle")}
    assert used == {each.get(f"{space}styleId") for each in parts["word/styles.xml"]} - {None}
    for override in parts["[Content_Types].xml"]:
        assert override.get("Extension") or override.get("PartName")[1:] in parts


def test_results_workbook():
    book = openpyxl.load_workbook(BytesIO(made("results_workbook").body))
    assert book.sheetnames == ["Results", "Trend"]
    head, *rows = book["Results"].iter_rows(values_only=True)
    assert head == ("Test", "Result", "Unit", "Reference", "Flag")
    assert len(rows) >= 8
    assert all(isinstance(row[1], (int, float)) for row in rows)
    assert book["Trend"].max_row == 7
    assert book["Trend"]["A7"].value.date() == ON
    stamps = {str(book.properties.created), str(book.properties.modified)}
    assert stamps == {"2024-03-11 09:00:00"}


def test_lab_export():
    rows = list(csv.DictReader(StringIO(made("lab_export").body.decode(), newline="")))
    dates = [row["collected_on"] for row in rows]
    assert len(rows) >= 12
    assert dates == sorted(dates)
    assert dates[-1] == "2024-03-11"
    assert {row["patient_no"] for row in rows} == {"LH-20417"}
    assert {row["flag"] for row in rows} <= {"", "L", "H"}
    assert all(float(row["result"]) >= 0 for row in rows)


def test_consultation():
    root = parsed(made("consultation").body)
    names = {"v3": "urn:hl7-org:v3"}
    assert root.tag == "{urn:hl7-org:v3}ClinicalDocument"
    assert root.findtext(".//v3:patient/v3:name", namespaces=names) == SUBJECT.name
    assert root.find(".//v3:patient/v3:birthTime", names).get("value") == "19610704"
    assert root.find("v3:effectiveTime", names).get("value").startswith("20240311")
    assert len(root.findall(".//v3:section", names)) == 4


def test_progress_note():
    text = made("progress_note").body.decode()
    assert SUBJECT.name in text
    assert [line[:3] for line in text.splitlines()[3:7]] == ["S: ", "O: ", "A: ", "P: "]


def test_observations():
    bundle = json.loads(made("observations").body)
    resources = [entry["resource"] for entry in bundle["entry"]]
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    assert len({each["id"] for each in resources}) == len(resources) >= 4
    for each in resources:
        value, limits = each["valueQuantity"]["value"], each["referenceRange"][0]
        code = each["interpretation"][0]["coding"][0]["code"]
        assert (code == "L") == ("low" in limits and value < limits["low"]["value"])
        assert each["valueQuantity"]["code"].isascii()
        assert each["subject"]["display"] == SUBJECT.name


@pytest.mark.parametrize(
    "analyte", [test for panel in PANELS.values() for test in panel], ids=lambda test: test.name
)
def test_values_are_believable(analyte):
    rng = Random(5)
    results = [measure(rng, analyte) for _ in range(300)]
    flagged = [each for each in results if each.flag]
    assert 0.08 < len(flagged) / len(results) < 0.35
    assert all(
        0 <= each.value <= analyte.high * 2.4 and math.isfinite(each.value) for each in results
    )
    assert analyte.low == 0 or min(each.value for each in results) >= round(
        analyte.low * 0.6, analyte.digits
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë Müller", "Zoë Müller"),
        ("Łukasz Đorđević", "Lukasz Dordevic"),
        ("Ő", "O"),
        ("花子", "No. 1"),
        ("Анна", "No. 1"),
    ],
)
def test_latin(text, shown):
    assert latin(unicodedata.normalize("NFD", text), "No. 1") == shown


def test_age_counts_birthdays():
    assert SUBJECT.age(dt.date(2024, 7, 3)) == 62
    assert SUBJECT.age(dt.date(2024, 7, 4)) == 63
    assert SUBJECT.age(dt.date(1950, 1, 1)) == 0
