"""Medical records over the API: draft, finalised, addenda."""

import json

import pytest
from django.db import DatabaseError, transaction
from django_tenants.utils import tenant_context

from accounts.services.members import set_membership
from medical_records.models import Addendum, Diagnosis, MedicalRecord
from tests.conftest import member
from tests.isolation.conftest import attach

URL = "/api/v1/medical-records"
FULL = {
    "visit_date": "2026-11-02T01:30:00Z",
    "chief_complaint": "Sore throat",
    "diagnosis": "Tonsillitis",
    "diagnoses": [
        {"icd_code": "j0300", "diagnosis_type": "primary"},
        {"diagnosis_name": "Tired for weeks", "notes": "watch"},
    ],
    "treatment_plan": "Rest",
    "prescriptions": [
        {
            "medication": "Phenoxymethylpenicillin",
            "dose": 500,
            "unit": "mg",
            "route": "oral",
            "frequency": "twice a day",
            "duration": {"value": 10, "unit": "day"},
        }
    ],
    "vital_signs": {"temperature": 38.6, "systolic": {"value": 118, "unit": "mmHg"}},
    "lab_results": [{"test": "CRP", "value": 48, "unit": "mg/L", "flag": "H"}],
    "notes": "Back if worse.",
    "follow_up_required": True,
    "follow_up_date": "2026-11-12",
}


def send(client, method, path, body=None):
    text = json.dumps(body or {})
    return client.generic(method, path, text, content_type="application/json")


@pytest.fixture
def new(people):
    return {**FULL, "patient_id": str(people["anna"].pk)}


@pytest.fixture
def draft(client_of, new):
    made = send(client_of("priya"), "POST", URL, new)
    assert made.status_code == 201, made.json()
    return made.json()


def test_a_draft_keeps_what_was_sent(client_of, draft):
    assert draft["status"] == "draft"
    assert draft["doctor_id"] == str(member("priya").pk)
    assert draft["vital_signs"] == {
        "systolic": {"value": 118, "unit": "mmHg"},
        "temperature": {"value": 38.6, "unit": "°C"},
    }
    assert draft["prescriptions"] == FULL["prescriptions"]
    assert [tuple(row.values()) for row in draft["diagnoses"]] == [
        ("J03.00", "Acute streptococcal tonsillitis, unspecified", "primary", ""),
        ("", "Tired for weeks", "secondary", "watch"),
    ]
    shown = client_of("priya").get(f"{URL}/{draft['id']}")
    assert shown.json() == draft
    assert client_of("priya").get(URL).json()["results"] == [draft]


def test_a_change_replaces_the_diagnoses_only_when_they_are_sent(client_of, draft):
    priya, path = client_of("priya"), f"{URL}/{draft['id']}"
    kept = send(priya, "PATCH", path, {"notes": "Better."}).json()
    assert (kept["notes"], kept["diagnoses"]) == ("Better.", draft["diagnoses"])
    gone = send(priya, "PATCH", path, {"diagnoses": []}).json()
    assert gone["diagnoses"] == []


def finalized(client_of, draft):
    answer = send(client_of("priya"), "POST", f"{URL}/{draft['id']}/finalize")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_a_finalised_record_is_never_changed(client_of, draft, alpha):
    path = f"{URL}/{draft['id']}"
    done = finalized(client_of, draft)
    assert done["status"] == "finalized"
    assert done["finalized_at"] is not None
    priya = client_of("priya")
    for method, where, body in (
        ("PATCH", path, {"notes": "x"}),
        ("PUT", path, {**FULL, "patient_id": draft["patient_id"]}),
        ("DELETE", path, None),
        ("POST", f"{path}/finalize", None),
    ):
        refused = send(priya, method, where, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "record_finalized"), method
    assert priya.get(path).json() == done


REFUSED_SQL = {
    "update": lambda r: MedicalRecord.objects.filter(pk=r).update(notes="x"),
    "back to draft": lambda r: MedicalRecord.objects.filter(pk=r).update(
        status="draft", finalized_at=None, finalized_by=None
    ),
    "delete": lambda r: MedicalRecord.objects.filter(pk=r)._raw_delete("default"),
    "diagnosis changed": lambda r: Diagnosis.objects.filter(record=r).update(notes="x"),
    "diagnosis gone": lambda r: Diagnosis.objects.filter(record=r)._raw_delete("default"),
    "diagnosis added": lambda r: Diagnosis.objects.create(record_id=r, diagnosis_name="New"),
}


@pytest.mark.parametrize("case", REFUSED_SQL)
def test_the_database_refuses_too(client_of, draft, alpha, case):
    def run():
        with tenant_context(alpha), transaction.atomic():
            REFUSED_SQL[case](draft["id"])

    before = finalized(client_of, draft)
    with pytest.raises(DatabaseError):
        run()
    assert client_of("priya").get(f"{URL}/{draft['id']}").json() == before


@pytest.mark.parametrize("case", set(REFUSED_SQL) - {"delete", "back to draft"})
def test_a_draft_can_be_changed_in_the_database(draft, alpha, case):
    with tenant_context(alpha), transaction.atomic():
        REFUSED_SQL[case](draft["id"])


def test_addenda_are_added_to_finalised_records_only(client_of, draft, alpha):
    path, priya = f"{URL}/{draft['id']}", client_of("priya")
    early = send(priya, "POST", f"{path}/addenda", {"text": "Swab positive."})
    assert (early.status_code, early.json()["code"]) == (409, "not_finalized")
    finalized(client_of, draft)
    added = send(priya, "POST", f"{path}/addenda", {"text": " Swab positive. "})
    assert (added.status_code, added.json()["text"], added.json()["author"]) == (
        201,
        "Swab positive.",
        "Priya",
    )
    assert priya.get(path).json()["addenda"] == [added.json()]
    empty = send(priya, "POST", f"{path}/addenda", {"text": "  "})
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (400, "text")
    for change in (
        lambda: Addendum.objects.update(text="x"),
        lambda: Addendum.objects.all()._raw_delete("default"),
    ):
        with tenant_context(alpha), pytest.raises(DatabaseError), transaction.atomic():
            change()


NOT_READY = {
    "no-complaint": ({"chief_complaint": ""}, "chief_complaint"),
    "no-diagnosis": ({"diagnosis": "", "diagnoses": []}, "diagnosis"),
    "to-come": (
        {"visit_date": "2099-01-01T00:00:00Z", "follow_up_date": "2099-02-01"},
        "visit_date",
    ),
}


@pytest.mark.parametrize(("change", "field"), NOT_READY.values(), ids=NOT_READY)
def test_only_a_complete_record_is_finalised(client_of, draft, change, field):
    path = f"{URL}/{draft['id']}"
    assert send(client_of("priya"), "PATCH", path, change).status_code == 200
    refused = send(client_of("priya"), "POST", f"{path}/finalize")
    assert (refused.status_code, refused.json()["code"]) == (400, "not_ready")
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert client_of("priya").get(path).json()["status"] == "draft"
    repaired = {key: FULL[key] for key in ("chief_complaint", "visit_date", "follow_up_date")}
    send(client_of("priya"), "PATCH", path, {**repaired, "diagnosis": "Tonsillitis"})
    assert finalized(client_of, draft)["status"] == "finalized"


BAD = {
    "hot": ({"vital_signs": {"temperature": 371}}, "vital_signs.temperature"),
    "unit": ({"vital_signs": {"pulse": {"value": 70, "unit": "Hz"}}}, "vital_signs.pulse"),
    "swapped": ({"vital_signs": {"systolic": 80, "diastolic": 120}}, "vital_signs.diastolic"),
    "unknown-sign": ({"vital_signs": {"mood": 3}}, "vital_signs"),
    "signs-list": ({"vital_signs": []}, "vital_signs"),
    "dose": ({"prescriptions": [{**FULL["prescriptions"][0], "dose": "500"}]}, "prescriptions.0.dose"),
    "route": ({"prescriptions": [{**FULL["prescriptions"][0], "route": "by post"}]}, "prescriptions.0.route"),
    "potassium": ({"lab_results": [{"test": "Potassium", "value": 41, "unit": "mmol/L"}]}, "lab_results.0.value"),
    "potassium-unit": ({"lab_results": [{"test": "K", "value": 4.1, "unit": "g"}]}, "lab_results.0.unit"),
    "no-icd": ({"diagnoses": [{"icd_code": "X99.99999"}]}, "diagnoses.0.icd_code"),
    "nameless": ({"diagnoses": [{"notes": "?"}]}, "diagnoses.0.diagnosis_name"),
    "two-primaries": (
        {"diagnoses": [{"icd_code": c, "diagnosis_type": "primary"} for c in ("E11", "I10")]},
        "diagnoses.1.diagnosis_type",
    ),
    "twice": ({"diagnoses": [{"icd_code": "E11.9"}, {"icd_code": "e119"}]}, "diagnoses.1.icd_code"),
    "no-rows": ({"diagnoses": "E11.9"}, "diagnoses.non_field_errors"),
    "null-row": ({"diagnoses": [None]}, "diagnoses.0"),
    "fifty-one": ({"diagnoses": [{"diagnosis_name": "x"}] * 51}, "diagnoses.non_field_errors"),
    "no-follow-up-date": ({"follow_up_date": None}, "follow_up_date"),
    "early-follow-up": ({"follow_up_date": "2026-11-01"}, "follow_up_date"),
    "date-without-follow-up": ({"follow_up_required": False}, "follow_up_date"),
    "nul": ({"notes": "a\0b"}, "notes"),
    "nul-inside": ({"lab_results": [{"test": "a\0", "value": 1}]}, "lab_results.0.test"),
    "half-a-character": ({"lab_results": [{"test": "a\ud800", "value": 1}]}, "lab_results.0.test"),
    "end-of-time": ({"visit_date": "9999-12-31T23:59:59Z"}, "visit_date"),
    "no-date": ({"visit_date": None}, "visit_date"),
    "doctor": ({"doctor_id": "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f"}, "doctor_id"),
    "visit": ({"visit_id": "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f"}, "visit_id"),
    "patient": ({"patient_id": "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f"}, "patient_id"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "field"), BAD.values(), ids=BAD)
def test_a_bad_field_is_named_and_nothing_is_kept(client_of, alpha, new, change, field):
    priya = client_of("priya")
    answer = send(priya, "POST", URL, {**new, **change})
    assert answer.status_code == 400, answer.json()
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert priya.get(URL).json()["results"] == []
    with tenant_context(alpha):
        assert not Diagnosis.objects.exists()


def test_patients_see_what_is_finalised(client_of, draft, alpha):
    path, pat = f"{URL}/{draft['id']}", client_of("pat")
    with tenant_context(alpha):
        patient = MedicalRecord.objects.get().patient
        patient.user = member("pat").user
        patient.save()
        document = attach(MedicalRecord.objects.get(), by=member("ada"))
    file = f"/api/v1/files/{document.pk}"
    assert (pat.get(path).status_code, pat.get(f"{path}/files").status_code) == (404, 404)
    assert pat.get(file).status_code == 404
    assert (pat.get(URL).json()["results"], pat.get("/api/v1/files").json()["results"]) == ([], [])
    done = finalized(client_of, draft)
    assert pat.get(path).json() == done
    assert pat.get(URL).json()["results"] == [done]
    assert [row["id"] for row in pat.get(f"{path}/files").json()["results"]] == [str(document.pk)]
    assert pat.get(file).json()["id"] == str(document.pk)


def test_the_list_is_filtered(client_of, new, people):
    priya = client_of("priya")
    first = send(priya, "POST", URL, new).json()["id"]
    other = {
        **new,
        "visit_date": "2026-10-01T00:00:00Z",
        "diagnoses": [{"icd_code": "E11.9"}],
        "follow_up_required": False,
        "follow_up_date": None,
        "doctor_id": str(member("ada").pk),
    }
    second = send(priya, "POST", URL, other).json()["id"]
    send(priya, "POST", f"{URL}/{second}/finalize")

    def found(**query):
        return [row["id"] for row in priya.get(URL, query).json()["results"]]

    assert found() == [first, second]
    assert found(status="draft") == [first]
    assert found(status="finalized") == [second]
    assert found(doctor=member("ada").pk) == [second]
    assert found(patient=people["anna"].pk) == [first, second]
    assert found(patient="01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f") == []
    assert found(visited_after="2026-10-15") == [first]
    assert found(visited_before="2026-10-15") == [second]
    assert found(icd_code="e11") == [second]
    assert found(icd_code="J03.00") == [first]
    assert found(icd_code="e119") == [second]
    assert found(icd_code="E1") == [second]
    assert found(icd_code="%") == []
    assert found(follow_up_required="true") == [first]
    assert found(follow_up_before="2026-11-11") == []
    bad = priya.get(URL, {"visited_after": "soon"})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (400, "visited_after")


def test_days_are_the_clinics_own(client_of, new):
    priya = client_of("priya")
    late = {**new, "visit_date": "2026-11-02T14:00:00Z"}  # the 3rd in Sydney
    made = send(priya, "POST", URL, late).json()
    assert [
        row["id"] for row in priya.get(URL, {"visited_after": "2026-11-03"}).json()["results"]
    ] == [made["id"]]
    early = send(priya, "POST", URL, {**late, "follow_up_date": "2026-11-02"})
    assert early.json()["errors"][0]["field"] == "follow_up_date"
    assert send(priya, "POST", URL, {**late, "follow_up_date": "2026-11-03"}).status_code == 201


def test_a_draft_is_removed_with_its_diagnoses_unless_it_has_documents(client_of, draft, alpha):
    priya, path = client_of("priya"), f"{URL}/{draft['id']}"
    with tenant_context(alpha):
        document = attach(MedicalRecord.objects.get(), by=member("ada"))
        assert Diagnosis.objects.count() == 2
    refused = send(priya, "DELETE", path)
    assert (refused.status_code, refused.json()["code"]) == (409, "has_documents")
    assert priya.get(path).json() == draft
    assert send(priya, "DELETE", f"/api/v1/files/{document.pk}").status_code == 204
    in_trash = send(priya, "DELETE", path)
    assert (in_trash.status_code, in_trash.json()["code"]) == (409, "has_documents")
    bare = send(priya, "POST", URL, {**FULL, "patient_id": draft["patient_id"]}).json()
    assert send(priya, "DELETE", f"{URL}/{bare['id']}").status_code == 204
    with tenant_context(alpha):
        assert {str(pk) for pk in Diagnosis.objects.values_list("record_id", flat=True)} == {
            draft["id"]
        }


def test_a_record_stays_with_its_patient(client_of, draft, people):
    ada, path = client_of("ada"), f"{URL}/{draft['id']}"
    moved = send(ada, "PATCH", path, {"patient_id": str(people["ben"].pk)})
    assert (moved.status_code, moved.json()["errors"][0]["field"]) == (409, "patient_id")
    assert ada.get(path).json() == draft
    assert send(ada, "PATCH", path, {"patient_id": draft["patient_id"]}).status_code == 200


@pytest.mark.parametrize(
    ("name", "code"), {"paul": 201, "pat": 400, "rex": 400, "dev": 400, "bo": 400}.items()
)
def test_doctors_are_staff_of_this_clinic(client_of, new, name, code):
    answer = send(client_of("priya"), "POST", URL, {**new, "doctor_id": str(member(name).pk)})
    assert answer.status_code == code
    if code == 400:
        assert [error["field"] for error in answer.json()["errors"]] == ["doctor_id"]


def test_a_doctor_who_has_left_stays_on_the_record_and_gets_no_new_ones(client_of, new, alpha):
    ada, theirs = client_of("ada"), {**new, "doctor_id": str(member("paul").pk)}
    old = send(ada, "POST", URL, theirs).json()
    with tenant_context(alpha):
        set_membership(member=member("paul"), is_active=False)
    kept = send(ada, "PUT", f"{URL}/{old['id']}", {**theirs, "notes": "Better."})
    assert (kept.status_code, kept.json()["doctor_id"]) == (200, theirs["doctor_id"])
    done = send(ada, "POST", f"{URL}/{old['id']}/finalize")
    assert (done.status_code, done.json()["doctor_id"]) == (200, theirs["doctor_id"])
    refused = send(ada, "POST", URL, theirs)
    assert [error["field"] for error in refused.json()["errors"]] == ["doctor_id"]


def test_a_list_costs_the_same_with_more_rows(client_of, new, people, django_assert_num_queries):
    ada = client_of("ada")
    ada.get(URL)
    for number, patient in enumerate(people.values(), 1):
        made = send(ada, "POST", URL, {**new, "patient_id": str(patient.pk)}).json()
        send(ada, "POST", f"{URL}/{made['id']}/finalize")
        send(ada, "POST", f"{URL}/{made['id']}/addenda", {"text": "More."})
        if number != 2:
            with django_assert_num_queries(10):
                assert len(ada.get(URL).json()["results"]) == number
