"""Facts: what other apps tell of patients, in lists, filters and the admin, for staff."""

import pytest
from django.db.models import Case, CharField, Value, When
from django.urls import reverse
from django_tenants.utils import tenant_context

from patients.models import Patient
from patients.registry import PatientFact, RegistryError, patient_facts, register_fact
from tests.conftest import member

URL = "/api/v1/patients"


@pytest.fixture
def with_logins(people, alpha):
    """Anna is Pat."""
    with tenant_context(alpha):
        Patient.objects.filter(pk=people["anna"].pk).update(user=member("pat").user)
    return people


def states(client, query=""):
    rows = client.get(f"{URL}{query}").json()["results"]
    return {row["first_name"]: row.get("invite_state") for row in rows}


def test_they_are_shown_to_staff_and_not_to_patients(with_logins, client_of):
    assert states(client_of("ada")) == {"Anna": "accepted", "Ben": "none", "Cara": "none"}
    path = f"{URL}/{with_logins['anna'].pk}"
    assert client_of("priya").get(path).json()["invite_state"] == "accepted"
    assert "invite_state" not in client_of("pat").get(path).json()
    assert states(client_of("pat")) == {"Anna": None}


def test_a_new_and_a_changed_patient_have_them(with_logins, client_of):
    body = {"first_name": "New", "last_name": "Person"}
    made = client_of("ada").post(URL, body, content_type="application/json")
    assert made.json()["invite_state"] == "none"
    path = f"{URL}/{with_logins['anna'].pk}"
    changed = client_of("ada").patch(path, {"address": "x"}, content_type="application/json")
    assert changed.json()["invite_state"] == "accepted"


def test_who_gives_a_patient_away_still_gets_an_answer(people, client_of):
    path = f"{URL}/{people['anna'].pk}"
    body = {"clinician_id": str(member("paul").pk)}
    answer = client_of("priya").patch(path, body, content_type="application/json")
    assert (answer.status_code, answer.json()["invite_state"]) == (200, "none")
    assert client_of("priya").get(path).status_code == 404


def test_lists_are_filtered_by_them(with_logins, client_of):
    ada = client_of("ada")
    assert list(states(ada, "?invite_state=accepted")) == ["Anna"]
    assert list(states(ada, "?invite_state=none")) == ["Ben", "Cara"]
    refused = ada.get(f"{URL}?invite_state=perhaps")
    assert [e["field"] for e in refused.json()["errors"]] == ["invite_state"]


def test_the_admin_shows_and_filters_them(with_logins, client_of):
    path = reverse("admin:patients_patient_changelist")
    page = client_of("ada").get(path)
    assert "Has a login" in page.content.decode()
    found = client_of("ada").get(path, {"invite_state": "accepted"})
    assert [row.first_name for row in found.context["cl"].result_list] == ["Anna"]
    assert len(page.context["cl"].result_list) == 3


def test_a_name_is_given_once():
    fact = next(patient_facts())
    with pytest.raises(RegistryError, match=fact.name):
        register_fact(
            PatientFact(
                name=fact.name,
                label="again",
                choices=(("a", "A"),),
                expression=lambda: Case(When(pk=None, then=Value("a")), output_field=CharField()),
            )
        )
