"""Searching ICD-10-CM codes over the API."""

import pytest

from tests.medical_records.helpers import fields

URL = "/api/v1/icd10"


def test_codes_are_found_by_their_beginning_and_by_words(client_of, alpha):
    priya = client_of("priya")
    found = priya.get(URL, {"search": "e11.9"})
    assert found.json() == [
        {
            "code": "E11.9",
            "description": "Type 2 diabetes mellitus without complications",
            "billable": True,
        }
    ]
    heading = priya.get(URL, {"search": "E11"}).json()
    assert (heading[0]["code"], heading[0]["billable"], len(heading)) == ("E11", False, 20)
    words = priya.get(URL, {"search": "tonsillitis streptococcal"}).json()
    assert "J03.00" in {one["code"] for one in words}
    assert priya.get(URL, {"search": "zzzz nothing"}).json() == []


@pytest.mark.parametrize("text", [None, "", "   ", "x" * 201])
def test_what_to_look_for_is_said_in_a_few_words(client_of, alpha, text):
    priya = client_of("priya")
    answer = priya.get(URL, {} if text is None else {"search": text})
    assert (answer.status_code, fields(answer)) == (400, ["search"])
    assert priya.get(URL, {"search": "x" * 200}).json() == []


@pytest.mark.parametrize("text", ["\0", "'; DROP TABLE x", "%", "\U0001f600", "(", "\\"])
def test_odd_characters_find_nothing(client_of, alpha, text):
    answer = client_of("priya").get(URL, {"search": text})
    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize("name", ["rex", "dev"])
def test_it_is_for_those_who_read_records(client_of, alpha, name):
    answer = client_of(name).get(URL, {"search": "e11"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    for other in ("ada", "priya", "pat"):
        assert len(client_of(other).get(URL, {"search": "e11"}).json()) == 20


def test_it_costs_no_query_of_its_own(client_of, alpha, django_assert_num_queries):
    priya = client_of("priya")
    priya.get("/api/v1/me")
    with django_assert_num_queries(5):
        assert priya.get(URL, {"search": "e11.9"}).status_code == 200
