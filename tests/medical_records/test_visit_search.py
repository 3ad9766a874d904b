"""Visits are found by what is said of them: their reason, their place, their day."""

import pytest

from tests.medical_records.helpers import fields, ids, made

URL = "/api/v1/visits"
VISITS = {
    # half past midnight of the 3rd in Sydney
    "night": ("2026-11-02T13:30:00Z", "Sore throat", "12 Hill Street"),
    "lunch": ("2026-11-02T01:30:00Z", "Café follow-up", ""),  # 12:30 of the 2nd
    "winter": ("2025-07-20T23:05:00Z", "Rash", "Room 7"),  # 9:05 of the 21st
}
FOUND = {
    "a part of the reason": ("throa", ["night"]),
    "case and accents": ("CAFE", ["lunch"]),
    "the place": ("hill", ["night"]),
    "every word": ("throat hill", ["night"]),
    "words that no visit has together": ("throat rash", []),
    "a sign that is no letter": ("100%", []),
    "the year": ("2025", ["winter"]),
    "the month": ("Nov", ["night", "lunch"]),
    "the whole month": ("july", ["winter"]),
    "the day, by the clinic's clock": ("3 November 2026", ["night"]),
    "the day as it is shown": ("2 Nov 2026, 12:30 pm · café", ["lunch"]),
    "the time of the morning": ("9:05 am", ["winter"]),
    "the time by 24 hours": ("0:30", ["night"]),
    "a date that sorts": ("2026-11-03", ["night"]),
    "a date, day first": ("3/11/2026", ["night"]),
    "a date, month first": ("11/3/2026", ["night"]),
    "a date with points": ("21.07.2025", ["winter"]),
    "no date": ("31/31/2025", []),
    "no time": ("99:99", []),
    "no year": ("99999", []),
    "a number in other letters": ("² café", ["lunch"]),
    "signs alone say nothing": (" · , ", ["night", "lunch", "winter"]),
}


@pytest.fixture
def visits(client_of, people):
    ada = client_of("ada")
    return {
        made(
            ada,
            URL,
            {
                "patient_id": str(people["anna"].pk),
                "started_at": start,
                "reason": reason,
                "location": place,
            },
        )["id"]: name
        for name, (start, reason, place) in VISITS.items()
    }


def test_a_visit_is_found_by_its_words_and_its_day(client_of, visits):
    ada = client_of("ada")
    found = {
        case: [visits[one] for one in ids(ada, URL, search=text)]
        for case, (text, _) in FOUND.items()
    }
    assert found == {case: names for case, (_, names) in FOUND.items()}


def test_months_have_the_names_of_the_clinics_language(client_of, alpha, visits):
    alpha.locale = "de-AT"
    alpha.save()
    assert [visits[one] for one in ids(client_of("ada"), URL, search="21. Juli")] == ["winter"]
    alpha.locale = "xx"  # nobody's: as it is by default
    alpha.save()
    assert [visits[one] for one in ids(client_of("ada"), URL, search="July")] == ["winter"]


def test_a_search_stays_with_what_one_may_see(client_of, people, visits):
    ada = client_of("ada")
    made(
        ada,
        URL,
        {
            "patient_id": str(people["cara"].pk),
            "started_at": "2026-11-02T01:30:00Z",
            "reason": "Rash",
        },
    )
    assert len(ids(ada, URL, search="rash")) == 2
    assert [visits[one] for one in ids(client_of("priya"), URL, search="rash")] == ["winter"]
    assert len(ids(ada, URL, search="rash", patient=people["cara"].pk)) == 1


def test_what_is_too_long_is_refused(client_of):
    refused = client_of("ada").get(URL, {"search": "x" * 101})
    assert (refused.status_code, fields(refused)) == (400, ["search"])
