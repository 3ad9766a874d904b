"""Names inside an archive: whatever documents are called, every unpacker takes them."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from documents.archive_names import MAX_BYTES, EntryNames, safe_name

LONG = "Blutbild " * 30
FORBIDDEN = set('<>:"/\\|?*') | {chr(code) for code in (*range(32), *range(127, 160))}
DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{name}{digit}" for name in ("com", "lpt") for digit in "0123456789¹²³"
}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("scan.pdf", "scan.pdf"),
        ("Анализ крови.pdf", "Анализ крови.pdf"),
        ("检验 🩺.pdf", "检验 🩺.pdf"),
        ("Zoe\u0308.pdf", "Zoë.pdf"),
        ("../../etc/passwd", "_.._.._etc_passwd"),
        ("..\\..\\boot.ini", "_.._.._boot.ini"),
        ("C:\\scan.pdf", "C__scan.pdf"),
        ("/scan.pdf", "_scan.pdf"),
        ("a\x00b\nc\x7f.pdf", "a_b_c_.pdf"),
        ("a\u2028b.pdf", "a_b.pdf"),
        ("fdp.\u202eexe", "fdp.exe"),
        ('what? "a" <b>|*.pdf', "what_ _a_ _b___.pdf"),
        ("scan.pdf. . ", "scan.pdf"),
        (" scan.pdf", "scan.pdf"),
        (".htaccess", "_.htaccess"),
        ("", "document"),
        (" . ", "document"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("Aux .tar.gz", "_Aux .tar.gz"),
        ("lpt¹.pdf", "_lpt¹.pdf"),
        ("COM0", "_COM0"),
        ("console.txt", "console.txt"),
        ("com10.txt", "com10.txt"),
        (f"{LONG}.pdf", f"{LONG[:176]}.pdf"),
        ("检" * 90 + ".jpeg", "检" * 58 + ".jpeg"),
        ("a" * 300, "a" * 180),
        ("a." + "b" * 300, "a." + "b" * 178),
    ],
)  # fmt: skip
def test_what_a_name_becomes(raw, expected):
    assert safe_name(raw) == expected
    assert safe_name(expected) == expected


def check_part(part):
    assert part == unicodedata.normalize("NFC", part)
    assert 0 < len(part.encode()) <= MAX_BYTES + 1  # of the underscore before a device's name
    assert not FORBIDDEN & set(part)
    assert part[0] not in " ."
    assert part[-1] not in " ."
    assert part.partition(".")[0].rstrip().casefold() not in DEVICES


@given(st.text(max_size=300))
def test_any_name_becomes_a_safe_one(raw):
    check_part(safe_name(raw))


STEMS = st.sampled_from(["a", "A", "ä", "a\u0308", "ﬁ", "fi", "ß", "SS", "con", "a (2)", "检" * 90])
NAMES = st.builds("{}{}".format, STEMS, st.sampled_from(["", ".pdf", ".PDF", ". ", ".p"]))
FOLDERS = st.sampled_from(["", "Visits", "visits"])


@given(st.lists(st.tuples(FOLDERS, NAMES | st.text(max_size=5)), max_size=40))
def test_no_two_meet_on_any_system(wanted):
    names = EntryNames("manifest.json")
    places = [names.place(folder, raw) for folder, raw in wanted]
    assert len({place.upper().casefold() for place in places} - {"manifest.json"}) == len(places)
    assert len({unicodedata.normalize("NFKC", p).lower() for p in places}) == len(places)
    for place, (folder, _) in zip(places, wanted, strict=True):
        assert place.startswith(f"{folder}/" if folder else "")
        check_part(place.removeprefix(f"{folder}/"))


def test_clashes_are_numbered_before_the_extension():
    names = EntryNames("manifest.json")
    wanted = [
        "a.pdf",
        "a.pdf",
        "A.PDF",
        "a (2).pdf",
        "Manifest.json",
        "b",
        "b",
        "x.tar.gz",
        "x.tar.gz",
    ]
    assert [names.place("", raw) for raw in wanted] == [
        "a.pdf",
        "a (2).pdf",
        "A (3).PDF",
        "a (2) (2).pdf",
        "Manifest (2).json",
        "b",
        "b (2)",
        "x.tar.gz",
        "x.tar (2).gz",
    ]
    assert names.place("Visits/1", "a.pdf") == "Visits/1/a.pdf"


def test_a_long_name_keeps_its_number_and_extension():
    names = EntryNames()
    first, second = (names.place("", f"{LONG}.pdf") for _ in range(2))
    assert first == f"{LONG[:176]}.pdf"
    assert second == f"{LONG[:172].strip()} (2).pdf"
