"""What research partners read: the coded part of consenting patients' records, and nobody's name."""

import base64
import json
import re
from datetime import date

import pytest
from django_tenants.utils import tenant_context

from accounts.audit.models import AccessLog
from accounts.clock import today
from accounts.roles import Role
from accounts.services.members import add_member
from medical_records.models import LabResult, MedicalRecord
from medical_records.services.diagnoses import NewDiagnosis
from medical_records.services.records import finalize_record
from patients.models import Patient
from tests.conftest import member
from tests.medical_records.haystack import (
    VISITED,
    build_haystack,
    consenting,
    decoded,
    needle,
    record_of,
    result_of,
)

PATIENTS, RECORDS, RESULTS = (
    f"/api/v1/research/{kind}" for kind in ("patients", "records", "lab-results")
)
LISTS = (PATIENTS, RECORDS, RESULTS)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def rows(client, path, **query):
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def test_exactly_these_keys_come_out(client_of, in_alpha):
    patient = consenting()
    patient.refresh_from_db()
    record = record_of(
        patient,
        diagnoses=[
            NewDiagnosis(icd_code="E11.9", diagnosis_name="Sugar of Con", diagnosis_type="primary")
        ],
        vital_signs={"pulse": 72},
        lab_results=[
            {"test": "Potassium", "value": 4.1, "unit": "mmol/l"},
            {"test": "Con's own test", "value": 3},
        ],
    )
    result = result_of(patient, flag="H")
    rex = client_of("rex")
    (shown,) = rows(rex, PATIENTS)
    years = (today() - date(1984, 6, 15)).days // 365.25
    low = int(years // 5 * 5)
    assert shown == {
        "id": str(patient.research_id),
        "sex": "female",
        "age_band": f"{low}-{low + 4}",
    }
    (kept,) = rows(rex, RECORDS)
    assert kept.pop("id") != str(record.pk)
    potassium = {"loinc": "2823-3", "test": "Potassium", "value": 4.1, "unit": "mmol/L"}
    assert kept == {
        "patient_id": str(patient.research_id),
        "year": 2026,
        "age": 41,
        "diagnoses": [
            {
                "icd_code": "E11.9",
                "name": "Type 2 diabetes mellitus without complications",
                "type": "primary",
            }
        ],
        "vital_signs": {"pulse": {"value": 72, "unit": "/min"}},
        "lab_results": [potassium],
        "follow_up_required": False,
    }
    (found,) = rows(rex, RESULTS)
    assert found.pop("id") != str(result.pk)
    assert found == {
        "patient_id": str(patient.research_id),
        "year": 2026,
        "age": 41,
        **potassium,
        "flag": "H",
    }


@pytest.fixture
def haystack(in_alpha):
    """Return what must not come out of the records of a patient who is full of needles."""
    return build_haystack()


EXACT = ("1984-06-15", "2026-03-02", "2026-03-03", "2026-04-17", "15:04", "0412987654", "98765")


def pages(client, path, **query):
    """Yield every page of a list."""
    while path:
        answer = client.get(path, query)
        assert answer.status_code == 200, answer.content
        yield answer
        path, query = answer.json()["next"], {}


def everything(client):
    """Return all that research answers say, in bodies, headers, and what these hold encoded."""
    found = []
    for path in LISTS:
        for size in (1, 100):
            for answer in pages(client, path, page_size=size):
                text = f"{answer.content.decode()} {dict(answer.headers)}"
                found += [text, decoded(text)]
    return "\n".join(found)


def test_no_needle_no_id_and_no_exact_date_comes_out(client_of, in_alpha, haystack):
    consenting(first_name="Second")
    text = everything(client_of("rex"))
    assert "Potassium" in text
    assert "E11.9" in text
    assert "cursor=" in text
    assert re.search("nadel", text, re.IGNORECASE) is None
    for secret in (*haystack, *(pk.replace("-", "") for pk in haystack), *EXACT):
        assert secret not in text, secret
    known = {str(pk) for pk in Patient.objects.values_list("research_id", flat=True)}
    assert known <= set(UUID.findall(text))


def test_the_needles_could_have_come_out(client_of, in_alpha, haystack):
    """What staff read of the same patient holds them: the search above is no blind one."""
    ada = client_of("ada")
    paths = ("patients", "medical-records", "lab-results", "insurances", "at-reports")
    text = " ".join(ada.get(f"/api/v1/{path}").content.decode() for path in paths)
    for name in ("First", "Complaint", "Coded", "Drug", "Result", "Member", "Findings"):
        assert needle(name) in text
    listed = ada.get("/api/v1/lab-results?page_size=1").json()
    assert any(pk in decoded(listed["next"]) for pk in haystack)


def test_impossible_values_are_left_out(client_of, in_alpha, haystack):
    (kept,) = rows(client_of("rex"), RESULTS)
    assert (kept["test"], kept["value"], kept["unit"]) == ("Potassium", 4.1, "mmol/L")
    MedicalRecord.objects.create(
        patient=Patient.objects.get(last_name=needle("Last")),
        doctor=member("ada"),
        visit_date=VISITED,
        vital_signs={"pulse": {"value": 412987654, "unit": needle("Unit")}},
        status="finalized",
        finalized_at=VISITED,
        finalized_by=member("ada").user,
    )
    signs = [row["vital_signs"] for row in rows(client_of("rex"), RECORDS)]
    assert sorted(signs, key=len) == [{}, {"pulse": {"value": 72, "unit": "/min"}}]


def test_pseudonyms_stay_the_same_and_tell_nothing(client_of, in_alpha):
    patient = consenting()
    first, second = record_of(patient), record_of(patient)
    rex = client_of("rex")
    once, again = rows(rex, RECORDS), rows(rex, RECORDS)
    assert once == again
    assert len({row["id"] for row in once}) == 2
    assert {row["id"] for row in once}.isdisjoint({str(first.pk), str(second.pk)})


def test_without_consent_there_is_nobody(client_of, in_alpha):
    patient = consenting(research_consent=False, research_consent_on=None)
    record_of(patient)
    result_of(patient)
    rex = client_of("rex")
    assert [rows(rex, path) for path in LISTS] == [[], [], []]
    Patient.objects.update(research_consent=True, research_consent_on=date(2026, 1, 2))
    assert [len(rows(rex, path)) for path in LISTS] == [1, 1, 1]
    Patient.objects.update(research_consent=False)
    assert [rows(rex, path) for path in LISTS] == [[], [], []]


def test_drafts_and_unfinished_results_are_absent(client_of, in_alpha):
    patient = consenting()
    draft = record_of(patient, final=False)
    open_result = result_of(patient, status="collected")
    rex = client_of("rex")
    assert (rows(rex, RECORDS), rows(rex, RESULTS)) == ([], [])
    finalize_record(membership=member("ada"), record=draft)
    LabResult.objects.filter(pk=open_result.pk).update(status="resulted")
    assert (len(rows(rex, RECORDS)), len(rows(rex, RESULTS))) == (1, 1)


AGES = {  # born → age on 3 March 2026, by the clinic's clock
    date(1936, 3, 4): 89,
    date(1936, 3, 3): 90,
    date(1921, 1, 1): 90,
    date(2026, 3, 3): 0,
    date(2026, 3, 4): None,
    None: None,
}


@pytest.mark.parametrize(("born", "age"), AGES.items())
def test_ages_over_89_are_one(client_of, in_alpha, born, age):
    record_of(consenting(date_of_birth=born))
    (row,) = rows(client_of("rex"), RECORDS)
    assert (row["year"], row["age"]) == (2026, age)


BANDS = {90: "90+", 104: "90+", 89: "85-89", 4: "0-4", 5: "5-9"}


@pytest.mark.parametrize(("years", "band"), BANDS.items())
def test_age_bands(client_of, in_alpha, years, band):
    day = today()
    consenting(date_of_birth=date(day.year - years, 1, 1))
    assert rows(client_of("rex"), PATIENTS)[0]["age_band"] == band


@pytest.mark.parametrize("name", ["ada", "priya", "pat", "gina", "dev"])
@pytest.mark.parametrize("path", LISTS)
def test_other_roles_are_refused(client_of, in_alpha, name, path):
    consenting()
    answer = client_of(name).get(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert client_of("rex").get(path).status_code == 200


def test_research_partners_see_nothing_else(client_of, in_alpha, haystack):
    rex = client_of("rex")
    for path in ("patients", "medical-records", "lab-results", "files", "at-reports", "insurances"):
        assert rex.get(f"/api/v1/{path}").status_code == 403, path
    patient = Patient.objects.get(last_name=needle("Last"))
    for pk in (patient.pk, patient.research_id):
        assert rex.get(f"/api/v1/patients/{pk}").status_code == 404
        assert client_of("ada").get(f"/api/v1/patients/{pk}").status_code == (
            200 if pk == patient.pk else 404
        )


def test_another_clinics_partner_reads_their_own(client_of, alpha, beta):
    with tenant_context(alpha):
        record_of(consenting())
    add_member(account=beta, email="ruth@beta.test", role=Role.RESEARCH_PARTNER, name="Ruth")
    assert [rows(client_of("ruth"), path) for path in LISTS] == [[], [], []]
    assert client_of("rex", host="beta").get(PATIENTS).status_code == 401
    assert len(rows(client_of("rex"), RECORDS)) == 1


def test_the_access_log_holds_the_real_patients(client_of, in_alpha):
    one, two = consenting(), consenting(first_name="Two")
    for patient in (one, one, two):
        record_of(patient)
    before = AccessLog.objects.count()
    for path in LISTS:
        rows(client_of("rex"), path)
    found = AccessLog.objects.order_by("pk")[before:]
    assert [
        (row.user_id, row.role, row.action, row.object_type, set(row.object_ids), row.detail)
        for row in found
    ] == [
        (
            member("rex").user_id,
            "research_partner",
            "list",
            "patients.patient",
            {one.pk, two.pk},
            {"research": True},
        )
    ] * 2  # there are no results


@pytest.mark.parametrize("path", LISTS)
def test_paging_by_one_finds_all(client_of, in_alpha, path):
    for number in range(3):
        patient = consenting(first_name=f"P{number}")
        for _ in range(2):
            record_of(patient)
            result_of(patient)
    result_of(patient, value="haemolysed")
    rex = client_of("rex")
    whole = rows(rex, path, page_size=100)
    one_by_one = [row for page in pages(rex, path, page_size=1) for row in page.json()["results"]]
    assert len(whole) == (3 if path == PATIENTS else 6)
    assert one_by_one == whole
    assert len({row["id"] for row in whole}) == len(whole)


CURSORS = {
    "nothing": "",
    "no token": "abc",
    "plain": base64.urlsafe_b64encode(json.dumps([0, False, '["x"]']).encode()).decode(),
    "characters": "\u00e4\U0001f600",
}


@pytest.mark.parametrize("cursor", CURSORS.values(), ids=CURSORS)
def test_a_cursor_of_ones_own_is_refused(client_of, in_alpha, cursor):
    consenting(), consenting()
    rex = client_of("rex")
    answer = rex.get(PATIENTS, {"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    first = rex.get(PATIENTS, {"page_size": 1}).json()
    assert rex.get(first["next"]).status_code == 200


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_the_same_with_more_rows(client_of, in_alpha, path, django_assert_num_queries):
    rex = client_of("rex")
    rex.get(path)
    for number in (1, 2, 3):
        patient = consenting()
        record_of(patient, diagnoses=[NewDiagnosis(icd_code="E11.9")])
        result_of(patient)
        if number != 2:
            with django_assert_num_queries(8 if path == RECORDS else 7):
                assert len(rows(rex, path)) == number
