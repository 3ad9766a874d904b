"""Archiving and back, consent to research, and who may change them."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from patients.models import Patient
from patients.services.patients import archive_patient, restore_patient
from tests.accounts.catalogue import rows, value
from tests.conftest import member

URL = "/api/v1/patients"


def send(client, method, path, body=None):
    return client.generic(method, path, json.dumps(body or {}), content_type="application/json")


@pytest.mark.parametrize("before", ["active", "inactive", "deceased"])
def test_restoring_gives_the_status_back_that_was(people, client_of, alpha, before):
    ada, path = client_of("ada"), f"{URL}/{people['anna'].pk}"
    send(ada, "PATCH", path, {"status": before})
    assert send(ada, "POST", f"{path}/archive").json()["status"] == "archived"
    send(ada, "PATCH", path, {"address": "Changed while archived"})
    assert send(ada, "POST", f"{path}/archive").json()["status"] == "archived"
    restored = send(ada, "POST", f"{path}/restore")
    assert (restored.status_code, restored.json()["status"]) == (200, before)
    assert restored["ETag"] == ada.get(path)["ETag"]
    with tenant_context(alpha):
        found = rows(
            "SELECT status FROM patients_patientevent WHERE pgh_obj_id = %s ORDER BY pgh_id",
            [str(people["anna"].pk)],
        )
    assert [status for (status,) in found][-3:] == ["archived", "archived", before]


def test_who_was_archived_from_the_first_becomes_active(people, client_of, alpha):
    with tenant_context(alpha):
        old = Patient.objects.create(first_name="Old", last_name="Import", status="archived")
    assert send(client_of("ada"), "POST", f"{URL}/{old.pk}/restore").json()["status"] == "active"


def test_only_the_archived_are_restored(people, client_of):
    path = f"{URL}/{people['anna'].pk}"
    refused = send(client_of("ada"), "POST", f"{path}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_archived")
    send(client_of("ada"), "POST", f"{path}/archive")
    assert send(client_of("ada"), "POST", f"{path}/restore").status_code == 200


def test_patients_neither_archive_nor_restore(people, client_of, alpha):
    with tenant_context(alpha):
        Patient.objects.filter(pk=people["anna"].pk).update(user=member("pat").user)
    path = f"{URL}/{people['anna'].pk}"
    assert send(client_of("pat"), "POST", f"{path}/archive").json()["code"] == "not_permitted"
    send(client_of("priya"), "POST", f"{path}/archive")
    assert send(client_of("pat"), "POST", f"{path}/restore").json()["code"] == "not_permitted"
    assert send(client_of("priya"), "POST", f"{path}/restore").json()["status"] == "active"


FILTERS = {
    "everybody-unless-asked": ("", ["Anna", "Ben", "Cara"]),
    "one-status": ("?status=archived", ["Cara"]),
    "two": ("?status=archived&status=inactive", ["Ben", "Cara"]),
    "unassigned": ("?unassigned=true", ["Ben"]),
    "assigned": ("?unassigned=false", ["Anna", "Cara"]),
    "by-birth": ("?sort=date_of_birth", ["Cara", "Anna", "Ben"]),
    "by-birth-turned": ("?sort=-date_of_birth", ["Ben", "Anna", "Cara"]),
    "by-change": ("?sort=-updated", ["Cara", "Ben", "Anna"]),
}


@pytest.mark.parametrize(("query", "expected"), FILTERS.values(), ids=FILTERS)
def test_lists_by_status_and_age(people, client_of, alpha, query, expected):
    with tenant_context(alpha):
        Patient.objects.filter(pk=people["anna"].pk).update(date_of_birth="2000-01-01")
        Patient.objects.filter(pk=people["cara"].pk).update(
            date_of_birth="1990-01-01", status="archived", updated_at=timezone.now()
        )
    answer = client_of("ada").get(f"{URL}{query}")
    assert [row["first_name"] for row in answer.json()["results"]] == expected


@pytest.mark.parametrize("sort", ["date_of_birth", "-date_of_birth", "updated", "-updated"])
def test_pages_in_each_order_show_everybody_once(people, client_of, alpha, sort):
    with tenant_context(alpha):
        for number in range(4):
            Patient.objects.create(first_name=f"N{number}", last_name="N", date_of_birth=None)
        Patient.objects.filter(first_name="N1").update(date_of_birth="2000-01-01")
    client, seen, path = client_of("ada"), [], f"{URL}?page_size=2&sort={sort}"
    while path:
        page = client.get(path).json()
        seen += [row["first_name"] for row in page["results"]]
        path = page["next"]
    assert sorted(seen) == ["Anna", "Ben", "Cara", "N0", "N1", "N2", "N3"]


def test_consent_needs_its_day(people, client_of):
    ada, path = client_of("ada"), f"{URL}/{people['anna'].pk}"
    assert ada.get(path).json()["research_consent"] is False
    refused = send(ada, "PATCH", path, {"research_consent": True})
    assert [(e["field"], e["code"]) for e in refused.json()["errors"]] == [
        ("research_consent_on", "required")
    ]
    tomorrow = str((timezone.now() + timedelta(days=2)).date())
    body = {"research_consent": True, "research_consent_on": tomorrow}
    late = send(ada, "PATCH", path, body)
    assert [(e["field"], e["code"]) for e in late.json()["errors"]] == [
        ("research_consent_on", "out_of_range")
    ]
    given = send(ada, "PATCH", path, {**body, "research_consent_on": "2026-01-02"}).json()
    assert (given["research_consent"], given["research_consent_on"]) == (True, "2026-01-02")
    withdrawn = send(ada, "PATCH", path, {"research_consent": False}).json()
    assert (withdrawn["research_consent"], withdrawn["research_consent_on"]) == (
        False,
        "2026-01-02",
    )


def test_the_database_wants_the_day_too(people, in_alpha):
    anna = Patient.objects.filter(pk=people["anna"].pk)
    with pytest.raises(IntegrityError, match="patient_consent_dated"), transaction.atomic():
        anna.update(research_consent=True)
    assert anna.update(research_consent=True, research_consent_on="2026-01-02") == 1


def test_only_staff_change_consent(people, client_of, alpha):
    with tenant_context(alpha):
        Patient.objects.filter(pk=people["anna"].pk).update(user=member("pat").user)
    path = f"{URL}/{people['anna'].pk}"
    body = {"research_consent": True, "research_consent_on": "2026-01-02"}
    refused = send(client_of("pat"), "PATCH", path, body)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    assert client_of("pat").get(path).json()["research_consent"] is False
    assert send(client_of("priya"), "PATCH", path, body).json()["research_consent"] is True


def test_pseudonyms_are_random_kept_and_told_to_nobody(people, client_of, in_alpha):
    first, second = (people[name].research_id for name in ("anna", "ben"))
    assert (first.version, second.version) == (4, 4)
    assert first != second
    anna = people["anna"]
    archive_patient(membership=member("ada"), patient=anna)
    restore_patient(membership=member("ada"), patient=anna)
    assert Patient.objects.get(pk=anna.pk).research_id == first
    dump = value("SELECT string_agg(e::text, ' ') FROM patients_patientevent e")
    assert "Archer" in dump
    assert str(first) not in dump
    client = client_of("ada")
    pages = (
        f"{URL}/{anna.pk}",
        URL,
        f"/admin/patients/patient/{anna.pk}/change/",
        f"/admin/patients/patient/{anna.pk}/history/",
        "/admin/patients/patient/",
    )
    for page in pages:
        text = client.get(page).content.decode()
        assert "Anna" in text, page
        assert str(first) not in text, page


def test_a_birth_lies_in_the_past(client_of):
    body = {"first_name": "A", "last_name": "B"}
    for day, status in {"2999-01-01": 400, "1850-01-01": 400, "1930-01-01": 201}.items():
        answer = send(client_of("ada"), "POST", URL, {**body, "date_of_birth": day})
        assert answer.status_code == status, day
