"""Searching: what is found, that both sides fold alike, and that every way in keeps the index."""

import re
import unicodedata

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context
from hypothesis import HealthCheck, given, settings, strategies as st

from accounts import search
from accounts.folding import fold, grams_of
from accounts.search import MAX_WORDS, wanted_by
from patients.models import Patient
from tests.accounts.catalogue import rows, value
from tests.conftest import member

URL = "/api/v1/patients"


@pytest.fixture
def crowd(alpha):
    """Patients with names that are hard to write."""
    made = (
        ("Zoë", "Straße", "zoe@mail.test", "+61412345678", "A-100"),
        ("İpek", "Đặng Thị", "", "+61299990001", ""),
        ("Søren", "Ångström", "", "", "0412999"),
        ("Ærin", "ﬁsher", "", "", "50%_x\\y"),
        ("ΣΟΦΊΑ", "Иванова", "", "+442079460018", ""),
    )
    with tenant_context(alpha):
        for first, last, email, phone, number in made:
            Patient.objects.create(
                first_name=first, last_name=last, email=email, phone=phone, external_id=number
            )
        yield


FOUND = {
    "accents-are-left-out": ("zoe", ["Zoë"]),
    "accents-are-written": ("ZOË", ["Zoë"]),
    "decomposed": (unicodedata.normalize("NFD", "zoë"), ["Zoë"]),
    "sharp-s": ("strasse", ["Zoë"]),
    "sharp-s-itself": ("STRAßE", ["Zoë"]),
    "capital-sharp-s": ("STRAẞE", ["Zoë"]),
    "dotted-capital-i": ("ipek", ["İpek"]),
    "vietnamese": ("dang thi", ["İpek"]),
    "vietnamese-written": ("Đặng", ["İpek"]),
    "stroke": ("soren angstrom", ["Søren"]),
    "ligature-ae": ("aerin", ["Ærin"]),
    "ligature-fi": ("fish", ["Ærin"]),
    "greek-final-sigma": ("σοφια", ["ΣΟΦΊΑ"]),
    "cyrillic": ("ИВАН", ["ΣΟΦΊΑ"]),
    "one-letter": ("z", ["Zoë"]),
    "two-letters": ("oë", ["Zoë"]),
    "words-in-any-order": ("strasse zoe a-100", ["Zoë"]),
    "across-two-fields": ("zoëstraße", []),
    "mobile-as-dialled": ("0412 345 678", ["Zoë"]),
    "mobile-in-one": ("0412345678", ["Zoë"]),
    "mobile-international": ("+61 412 345 678", ["Zoë"]),
    "mobile-from-abroad": ("0061412345678", ["Zoë"]),
    "mobile-with-trunk": ("+61 (0)412 345 678", ["Zoë"]),
    "landline": ("(02) 9999-0001", ["İpek"]),
    "landline-short": ("9999 0001", ["İpek"]),
    "name-and-phone": ("zoe 0412345678", ["Zoë"]),
    "name-and-wrong-phone": ("zoe 0412345679", []),
    "number-with-a-zero": ("0412999", ["Søren"]),
    "percent": ("%", ["Ærin"]),
    "underscore": ("%_x", ["Ærin"]),
    "wildcards-are-no-wildcards": ("z_ë", []),
    "backslash": ("x\\y", ["Ærin"]),
    "regex": ("^z.*", []),
    "quote": ("'; DROP TABLE patients_patient; --", []),
    "braces": ("{0} %s %(a)s", []),
}
EVERYBODY = ["İpek", "Søren", "Ærin", "Zoë", "ΣΟΦΊΑ"]


@pytest.mark.parametrize("common", [0, 2], ids=["read-in-order", "by-the-index"])
@pytest.mark.parametrize(("text", "expected"), FOUND.values(), ids=FOUND)
def test_what_is_found(crowd, monkeypatch, text, expected, common):
    """Whatever the sample says, the same is found."""
    monkeypatch.setattr(search, "_is_common", lambda *_: common == 0)
    found = Patient.objects.search(text).order_by("id")
    assert list(found.values_list("first_name", flat=True)) == expected
    assert ("search_text" in str(found.query), "string_to_array" in str(found.query)) == (
        True,
        common != 0,
    )


HOSTILE = {
    "nul": "zoe\0",
    "half-a-character": "zoe\ud800",
    "a-hundred-kilobytes": "x" * 100_000,
    "unclosed": "([{",
    "control": "\x01zoe\x1fx",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_nobody_can_be_called_finds_nobody(crowd, text):
    assert list(Patient.objects.search(text)) == []
    assert [patient.first_name for patient in Patient.objects.search("zoe")] == ["Zoë"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u0301", "\u200b"])
def test_a_search_for_nothing_finds_everybody(crowd, text):
    assert Patient.objects.search(text).count() == len(EVERYBODY)


def test_of_ten_thousand_words_the_first_ten_count():
    (words,) = wanted_by(" ".join(f"w{number}" for number in range(10_000)), phones=True)
    assert words == [[f"w{number}"] for number in range(MAX_WORDS)]


TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\0"), max_size=30
) | st.text("ßẞİıſﬁÆœØđĐặÅςΣ\u0301\u0327ﷺ½№Ⅷ\u1e9b\u00ad\u2028\x85", max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=TEXTS, last=TEXTS)
def test_python_and_the_database_fold_alike(in_alpha, first, last):
    stored = value(
        "INSERT INTO patients_patient (id, created_at, updated_at, email, phone, address,"
        " first_name, last_name, sex, external_id, filemaker_id, status, notes, research_consent)"
        " VALUES (uuidv7(), now(), now(), '', '', '', %s, %s, '', '', '', 'active', '', false)"
        " RETURNING search_text",
        [first, last],
    )
    assert stored == fold(f"{first}\n{last}\n\n\n")
    for word in fold(first).split()[:MAX_WORDS]:
        assert Patient.objects.search(word).filter(first_name=first).exists()


@given(text=TEXTS)
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(word=st.text("abcß ", min_size=1, max_size=9))
def test_the_grams_of_a_word_are_in_the_index_expression(word):
    runs = {word[at : at + size] for size in (1, 2, 3) for at in range(len(word) - size + 1)}
    assert set(grams_of(word)) <= runs
    assert all(len(gram) == min(3, len(word)) for gram in grams_of(word))


def test_bulk_and_raw_changes_are_found_too(people):
    def names(text):
        return [patient.first_name for patient in Patient.objects.search(text)]

    with connection.cursor() as cursor, tenant_context(member("ada").account):
        Patient.objects.bulk_create([Patient(first_name="Bulky", last_name="Made")])
        assert names("bulky") == ["Bulky"]
        Patient.objects.filter(first_name="Bulky").update(last_name="Ünder")
        assert (names("under"), names("made")) == (["Bulky"], [])
        cursor.execute("UPDATE patients_patient SET email = 'raw@x.test' WHERE last_name = 'Boyd'")
        assert names("raw@") == ["Ben"]


def test_no_text_of_the_search_leaves_the_table(people, client_of, alpha):
    body = client_of("ada").get(f"{URL}/{people['anna'].pk}").json()
    assert body["last_name"] == "Archer"
    assert {"search_text", "birth_order", "research_id"} & set(body) == set()
    with tenant_context(alpha):
        columns = {name for (name,) in rows(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'alpha' AND table_name = 'patients_patientevent'"
        )}  # fmt: skip
    assert "last_name" in columns
    assert {"search_text", "birth_order", "research_id"} & columns == set()


def test_only_the_visible_are_searched(people, client_of):
    def found(name):
        answer = client_of(name).get(URL, {"search": "a"})
        return [row["first_name"] for row in answer.json()["results"]]

    assert found("ada") == ["Anna", "Cara"]
    assert found("priya") == ["Anna"]
    assert found("paul") == ["Cara"]
    assert found("bea") == []


@pytest.mark.parametrize("query", ["?search=an", "?search=p%20q", "?search=0412+345+678"])
def test_a_search_costs_one_query_more_than_a_list(alpha, client_of, query):
    client = client_of("ada")
    client.get(URL)
    for number in range(3):
        with tenant_context(alpha):
            Patient.objects.create(first_name="Anp", last_name=f"Q{number}", phone="+61412345678")
        if number in {0, 2}:
            with CaptureQueriesContext(connection) as captured:
                assert len(client.get(f"{URL}{query}").json()["results"]) == number + 1
            assert len(captured) == 8  # a list's seven, and the sample


def plan_of(text):
    plan = Patient.objects.search(text).order_by("last_name", "first_name", "id")[:31].explain()
    return re.sub(r"\s+", " ", plan)


def test_the_plan_fits_what_is_looked_for(in_alpha):
    """With twenty thousand: the rare by the index of runs, the common in the order of names."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO patients_patient (id, created_at, updated_at, email, phone, address,
                first_name, last_name, sex, external_id, filemaker_id, status, notes,
                research_consent)
            SELECT uuidv7(), now(), now(), 'p' || n || '@gmail.test', '', '', 'Ann',
                   md5(n::text) || CASE WHEN n % 20 = 0 THEN 'zz' ELSE '' END,
                   '', '', '', 'active', '', false FROM generate_series(1, 20000) n"""
        )
        cursor.execute(
            "UPDATE patients_patient SET last_name = 'Zimmer'"
            " WHERE id IN (SELECT id FROM patients_patient ORDER BY email LIMIT 1200)"
        )
        cursor.execute("SELECT gin_clean_pending_list('patient_grams')")  # as autovacuum does
        cursor.execute("ANALYZE patients_patient")
    assert "patient_grams" in plan_of("p19999@")
    assert "patient_grams" in plan_of("qqq")
    for common in ("gmail", "ann", "a", "ann gmail"):
        assert "Index Scan using patient_name" in plan_of(common), common
    assert "patient_grams" in plan_of("zimmer"), "frequent, but all at one place"
    assert Patient.objects.search("zimmer").count() == 1200
