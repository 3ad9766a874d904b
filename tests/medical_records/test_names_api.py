"""The names that records tell beside their ids."""

import pytest

from tests.conftest import member
from tests.medical_records.helpers import made, send

WHEN = "2026-11-02T01:30:00Z"
KINDS = {
    "lab-results": ({"test_name": "HbA1c"}, ""),
    "insurances": ({"company": "Wattle", "member_id": "7"}, ""),
    "visits": ({"started_at": WHEN}, "clinician"),
    "procedures": ({"name": "Suture", "performed_at": WHEN}, "performer"),
    "medical-records": (
        {"visit_date": WHEN, "chief_complaint": "Cough", "diagnosis": "Cold"},
        "doctor",
    ),
}


@pytest.mark.parametrize("slug", KINDS)
def test_a_record_says_whose_it_is_and_who_it_names(slug, client_of, people):
    fields, person = KINDS[slug]
    ada, anna = client_of("ada"), people["anna"]
    url = f"/api/v1/{slug}"
    sent = {**fields, "patient_id": str(anna.pk)}
    if person:
        sent[f"{person}_id"] = str(member("priya").pk)
    new = made(ada, url, sent)
    assert new["patient_name"] == anna.full_name
    (listed,) = ada.get(url).json()["results"]
    assert listed == new == ada.get(f"{url}/{new['id']}").json()
    if person:
        assert new[f"{person}_name"] == member("priya").shown_name != ""


def test_names_are_told_and_never_taken(client_of, people):
    ada = client_of("ada")
    sent = {"patient_id": str(people["anna"].pk), "started_at": WHEN, "clinician_name": "Dr X"}
    new = made(ada, "/api/v1/visits", sent)
    assert (new["clinician_id"], new["clinician_name"]) == (None, "")
    path = f"/api/v1/visits/{new['id']}"
    changed = send(ada, "PATCH", path, {"patient_name": "Somebody Else"})
    assert changed.json()["patient_name"] == people["anna"].full_name
