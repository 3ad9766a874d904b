"""ICD-10-CM codes: told from what people type, and found by code and by words."""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given, strategies as st

from medical_records.values import icd10
from medical_records.values.icd10 import Icd10Code, icd10_code, search_icd10

DIABETES = Icd10Code("E11.9", "Type 2 diabetes mellitus without complications", billable=True)


def codes(text, limit=20):
    return [found.code for found in search_icd10(text, limit)]


@pytest.mark.parametrize(
    "text", ["E11.9", "e11.9", "E119", "e119", " E11.9 ", "e11 9", "E 11 . 9", "\tE119\n"]
)
def test_a_code_is_told_however_it_is_written(text):
    assert icd10_code(text) == DIABETES


KNOWN = {
    "E11": ("Type 2 diabetes mellitus", False),
    "I10": ("Essential (primary) hypertension", True),
    "B99": ("Other and unspecified infectious diseases", False),
    "S82.001A": (
        "Unspecified fracture of right patella, initial encounter for closed fracture",
        True,
    ),
    "S82.001": ("Unspecified fracture of right patella", False),
    "X37.1XXA": ("Tornado, initial encounter", True),
    "M1A.0": ("Idiopathic chronic gout", False),
    "U07.1": ("COVID-19", True),
}


@pytest.mark.parametrize("code", KNOWN)
def test_headings_and_codes_are_told_apart(code):
    assert icd10_code(code) == Icd10Code(code, *KNOWN[code])
    assert icd10_code(code.replace(".", "").lower()) == Icd10Code(code, *KNOWN[code])


NO_CODES = {
    "nothing": "", "blank": "  ", "a-chapter": "4", "a-letter": "E", "a-block": "E08-E13",
    "no-such": "E11.99999", "unknown": "X99.99999", "dot-first": ".E119", "dot-early": "E1.19",
    "two-dots": "E11..9", "dot-last": "E11.", "word": "diabetes", "nul": "E11.9\0", "nul-inside": "E11\0.9",
    "half-a-character": "E11.\ud800", "other-digits": "E١١.٩", "full-width": "Ｅ１１", "dash": "E11-9",
    "regex": "E1[1].9", "any": "E...", "star": "E.*", "sql": "E11.9' OR '1'='1", "long": "E11.9" * 20_000,
    "spaces": "E11.9" + " " * 100_000, "x-missing": "X371A",
}  # fmt: skip


@pytest.mark.parametrize("text", NO_CODES.values(), ids=NO_CODES)
def test_what_is_no_code_is_none(text):
    assert icd10_code(text) is None


def test_a_code_finds_itself_and_then_what_begins_so():
    assert codes("E11", 4) == ["E11", "E11.0", "E11.1", "E11.2"]
    assert codes("e11.0") == codes("E110") == codes("e 11 0") == ["E11.0", "E11.00", "E11.01"]
    assert codes("E11.9") == ["E11.9"]
    assert codes("s82.001a") == ["S82.001A"]
    assert codes("a", 3) == ["A00", "A01", "A02"]


def test_all_words_must_be_there_in_any_order_by_their_beginning():
    found = search_icd10("kidney diabetes 2 type chron", 20)
    assert found[0] == Icd10Code(
        "E11.22", "Type 2 diabetes mellitus with diabetic chronic kidney disease", billable=True
    )
    for word in ("kidney", "diabetes", "2", "type", "chronic"):
        assert all(word in one.description.lower() for one in found), word
    assert codes("kidney diabetes 2 type chron banana") == []


def test_the_very_words_and_short_descriptions_come_first():
    assert codes("gout", 2) == ["M10", "M1A"]
    found = search_icd10("ear", 2000)
    whole = ["ear" in icd10._words(one.description) for one in found]
    assert (whole[0], whole[-1]) == (True, False)
    assert whole == sorted(whole, reverse=True)
    earthquake = next(one for one in found if one.code == "X34")
    assert len(earthquake.description) < len(found[0].description), "shorter, but another word"
    lengths = [len(one.description) for one in search_icd10("asthma", 20)]
    assert lengths == sorted(lengths)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("meniere's disease", "H81.0"),
        ("MÉNIÈRE", "H81.0"),
        ("Me\u0301nie\u0300re’s", "H81.0"),
        ("menieres", "H81.0"),
        ("sjogren", "M35.0"),
        ("SJÖGREN", "M35.0"),
        ("crohns disease", "K50.9"),
        ("Crohn's", "K50"),
        ("COVID-19", "U07.1"),
        ("covid 19", "U07.1"),
    ],
)
def test_case_accents_and_apostrophes_do_not_matter(text, first):
    assert first in codes(text, 10)


def test_a_text_that_is_a_code_and_a_word_finds_both():
    found = search_icd10("c5", 1000)
    assert found[0].code == "C50"
    by_word = [one for one in found if not one.code.startswith("C5")]
    assert by_word
    assert all("c5" in one.description.lower() for one in by_word)
    assert len({one.code for one in found}) == len(found)
    start = [one.code.startswith("C5") for one in found]
    assert start == sorted(start, reverse=True)


def test_no_more_are_returned_than_asked_for():
    assert [len(codes("fracture", limit)) for limit in (1, 20, 500)] == [1, 20, 500]
    assert (codes("fracture", 0), codes("fracture", -1), codes("S", 0)) == ([], [], [])
    assert codes("fracture", 20) == codes("fracture", 500)[:20]
    assert len(codes("S", 30)) == 30
    whole = [one for one in search_icd10("anal", 500) if "anal" in icd10._words(one.description)]
    limit = len(whole) + 20  # the rest are words that begin so
    assert len(codes("anal", limit)) == limit < len(codes("anal", 500))


HOSTILE = {
    "nothing": "", "blank": " \n", "marks": ".*+?[](){}|\\^$", "nul": "\0", "half-a-character": "\ud800",
    "long": "diabetes " * 11_000, "one-long-word": "a" * 100_000, "many-marks": "(" * 100_000,
    "accents": "e" + "\u0301" * 100_000, "another-script": "糖尿病", "emoji": "😀", "sql": "'; DROP TABLE x; --",
    "diabetes-and-another-script": "diabetes 糖尿病", "last": "\U0010ffff", "underscores": "___",
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_searches_find_nothing_and_cost_nothing(text):
    icd10_code("E11")
    began = time.process_time()
    assert search_icd10(text) == []
    assert time.process_time() - began < 0.1


def test_hostile_marks_around_words_are_only_marks():
    assert codes("(gout).*", 2) == codes("gout", 2) == ["M10", "M1A"]
    assert codes("gout\0", 2) == codes("gout\ud800", 2) == ["M10", "M1A"]


@given(
    st.text(st.characters(), max_size=30) | st.text("abcde 0123456789.'", max_size=30),
    st.integers(-2, 40),
)
def test_whatever_is_searched_is_answered_the_same_way(text, limit):
    found = search_icd10(text, limit)
    assert len(found) <= max(limit, 0)
    assert len({one.code for one in found}) == len(found)
    assert search_icd10(text, limit) == found
    assert (
        icd10_code(text) is None
        or icd10_code(text).code.replace(".", "") == "".join(text.replace(".", "").split()).upper()
    )


def test_a_search_takes_milliseconds():
    """Against what a look at every description would take, on whatever machine this is."""
    index = icd10._index()
    began = time.process_time()
    by_looking = [one for one in index.codes if "diabetes" in icd10._words(one.description)]
    looking = time.process_time() - began
    assert by_looking
    for text in ("diabetes", "type 2 diab", "fracture of", "s", "initial encounter", "of the a i"):
        began = time.process_time()
        search_icd10(text)
        assert time.process_time() - began < looking / 5, text


def test_what_is_found_by_words_is_what_a_look_at_every_description_finds():
    index = icd10._index()
    for wanted in ({"fracture", "hip"}, {"diab"}, {"i", "o"}, {"burn", "thumb", "seq"}):
        by_looking = [
            one.code
            for one in index.codes
            if all(
                any(w.startswith(part) for w in icd10._words(one.description)) for part in wanted
            )
        ]
        found = codes(" ".join(wanted), 100_000)
        assert sorted(found) == sorted(by_looking)
        assert len(found) > 1


def test_threads_that_come_first_at_once_read_once(monkeypatch):
    read, times = icd10.read_codes, []

    def counted():
        times.append(1)
        return read()

    monkeypatch.setattr(icd10, "read_codes", counted)
    icd10._read.cache_clear()
    together = Barrier(8)

    def ask(number):
        together.wait()
        return icd10_code("E11.9"), codes("gout", 2)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert answers == [(DIABETES, ["M10", "M1A"])] * 8
    assert times == [1]


WEIGH = """
import sys
import psutil
from medical_records.values.icd10 import icd10_code, search_icd10
before = psutil.Process().memory_info().rss
assert "simple_icd_10_cm" not in sys.modules
assert icd10_code("E11.9") and search_icd10("gout")
assert "simple_icd_10_cm" not in sys.modules
print((psutil.Process().memory_info().rss - before) // 2**20)
"""
THE_PACKAGE = """
import json, simple_icd_10_cm as package
print(json.dumps([
    [code, package.get_description(code), package.is_leaf(code)]
    for code in package.get_all_codes(with_dots=True) if package.is_category_or_subcategory(code)
]))
"""


def run(program):
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120,
        cwd=Path(icd10.__file__).parents[2],
    )  # fmt: skip
    return done.stdout


def test_reading_weighs_tens_of_megabytes():
    assert 5 < int(run(WEIGH)) < 100


def test_ours_are_the_codes_of_the_package():
    theirs = {code: (description, leaf) for code, description, leaf in json.loads(run(THE_PACKAGE))}
    ours = {one.code: (one.description, one.billable) for one in icd10._index().codes}
    assert len(theirs) > 90_000
    assert ours == theirs


def test_the_release_is_the_one_that_the_module_names():
    """An upgrade of the package brings other codes: then say so in the module."""
    data = Path(find_spec("simple_icd_10_cm").origin).parent / "data"
    assert {path.name for path in data.iterdir() if path.suffix in {".txt", ".xml"}} == {
        "code-list-April-2026.txt",
        "icd10c-tabular-April-1-2026.xml",
    }
    assert "fiscal year 2026 with its update of April 2026" in " ".join(icd10.__doc__.split())
