"""Medical records in the admin: written through the form that the page shows."""

import pytest
from django_tenants.utils import tenant_context

from medical_records.models import Addendum, Diagnosis, MedicalRecord
from medical_records.services.diagnoses import NewDiagnosis
from medical_records.services.records import create_record, finalize_record
from tests.conftest import member
from tests.forms import form_of

LIST = "/admin/medical_records/medicalrecord/"
VISIT = {"visit_date_0": "2026-11-02", "visit_date_1": "12:30"}
FILLED = {
    **VISIT,
    "chief_complaint": "Sore throat",
    "vital_signs-temperature": "38.6",
    "vital_signs-systolic": "118",
    "prescriptions-0-medication": "Phenoxymethylpenicillin",
    "prescriptions-0-dose": "500",
    "prescriptions-0-unit": "mg",
    "prescriptions-0-route": "oral",
    "prescriptions-0-frequency": "twice a day",
    "prescriptions-0-duration.value": "10",
    "prescriptions-0-duration.unit": "day",
    "prescriptions-1-medication": "Paracetamol",
    "prescriptions-1-dose": "0.5",
    "prescriptions-1-unit": "g",
    "prescriptions-1-route": "oral",
    "prescriptions-1-frequency": "as needed",
    "lab_results-0-test": "Potassium",
    "lab_results-0-value": "4,1",
    "lab_results-0-unit": "mmol/L",
    "lab_results-1-test": "Throat swab",
    "lab_results-1-value": "streptococci",
    "diagnoses-0-icd_code": "j0300",
    "diagnoses-0-diagnosis_type": "primary",
    "diagnoses-1-diagnosis_name": "Tired for weeks",
    "diagnoses-1-diagnosis_type": "secondary",
    "diagnoses-1-notes": "watch",
    "diagnoses-TOTAL_FORMS": "2",
    "follow_up_required": "on",
    "follow_up_date": "2026-11-12",
}


@pytest.fixture
def ada(client_of, alpha):
    return client_of("ada")


def said(answer):
    """Return the messages of the page that an answer leads to."""
    return [str(message) for message in answer.context["messages"]]


def add(client, people, **change):
    shown = form_of(client.get(f"{LIST}add/"))
    body = {**shown, "patient": str(people["anna"].pk), **FILLED, **change}
    return client.post(f"{LIST}add/", body, follow=True)


def path_of(record):
    return f"{LIST}{record.pk}/change/"


def save(client, record, **change):
    body = {**form_of(client.get(path_of(record))), **change}
    return client.post(path_of(record), body, follow=True)


@pytest.fixture
def draft(alpha, people):
    with tenant_context(alpha):
        return create_record(
            membership=member("priya"),
            patient=people["anna"],
            visit_date="2026-11-02T01:30:00Z",
            chief_complaint="Cough",
            diagnoses=[NewDiagnosis(icd_code="E11.9", diagnosis_type="primary")],
        )


def kept(alpha, record):
    with tenant_context(alpha):
        return MedicalRecord.objects.get(pk=record.pk)


def coded(alpha):
    with tenant_context(alpha):
        return list(
            Diagnosis.objects.order_by("diagnosis_type", "pk").values_list(
                "icd_code", "diagnosis_name", "notes"
            )
        )


def test_a_record_is_written_through_the_form(ada, alpha, people):
    answer = add(ada, people)
    assert answer.redirect_chain, answer.context["errors"]
    with tenant_context(alpha):
        record = MedicalRecord.objects.get()
    assert record.vital_signs == {
        "systolic": {"value": 118, "unit": "mmHg"},
        "temperature": {"value": 38.6, "unit": "°C"},
    }
    assert [(row["medication"], row["dose"]) for row in record.prescriptions] == [
        ("Phenoxymethylpenicillin", 500),
        ("Paracetamol", 0.5),
    ]
    assert record.prescriptions[0]["duration"] == {"value": 10, "unit": "day"}
    assert record.lab_results == [
        {"test": "Potassium", "value": 4.1, "unit": "mmol/L"},
        {"test": "Throat swab", "value": "streptococci"},
    ]
    assert coded(alpha) == [
        ("J03.00", "Acute streptococcal tonsillitis, unspecified", ""),
        ("", "Tired for weeks", "watch"),
    ]
    assert (record.doctor_id, str(record.follow_up_date), record.status) == (
        member("ada").pk,
        "2026-11-12",
        "draft",
    )
    assert record.visit_date.isoformat() == "2026-11-02T01:30:00+00:00"


def test_saving_what_is_shown_changes_nothing(ada, alpha, people):
    add(ada, people)
    with tenant_context(alpha):
        before, rows = MedicalRecord.objects.get(), list(Diagnosis.objects.values())
    answer = save(ada, before)
    assert answer.redirect_chain
    with tenant_context(alpha):
        assert MedicalRecord.objects.values().get() == {
            key: value for key, value in before.__dict__.items() if key != "_state"
        }
        assert list(Diagnosis.objects.values()) == rows


BAD = {  # what is typed, the words that stand at the field
    "vital sign": ({"vital_signs-temperature": "386"}, "vital_signs", "temperature: "),
    "no number": ({"vital_signs-pulse": "fast"}, "vital_signs", "pulse: "),
    "thousand": ({"prescriptions-1-dose": "1,000"}, "prescriptions", "row 2, dose: "),
    "not a number": ({"prescriptions-0-dose": "nan"}, "prescriptions", "row 1, dose: "),
    "endless": ({"prescriptions-0-dose": "1e999"}, "prescriptions", "row 1, dose: "),
    "no route": ({"prescriptions-1-route": ""}, "prescriptions", "row 2, route: "),
    "potassium": ({"lab_results-0-value": "41"}, "lab_results", "row 1, value: "),
    "nameless": ({"lab_results-1-test": ""}, "lab_results", "row 2, test: "),
    "follow-up": ({"follow_up_date": "2026-11-01"}, "follow_up_date", "before the visit"),
    "no complaint's characters": ({"chief_complaint": "a\0b"}, "chief_complaint", "ull character"),
    "no day": ({"visit_date_0": ""}, "visit_date", "required"),
    "end of time": ({"visit_date_0": "9999-12-31"}, "visit_date", "1900 and 2200"),
}


@pytest.mark.parametrize(("change", "field", "words"), BAD.values(), ids=BAD)
def test_a_bad_value_is_shown_at_its_field_and_nothing_typed_is_lost(
    ada,
    alpha,
    people,
    change,
    field,
    words,
):
    answer = add(ada, people, **change)
    assert (answer.status_code, answer.redirect_chain) == (200, [])
    errors = answer.context["adminform"].form.errors
    assert set(errors) == {field}, errors
    assert words in " ".join(errors[field])
    page = answer.content.decode()
    assert all(
        error in page.replace("&quot;", '"').replace("&#x27;", "'") for error in errors[field]
    )
    shown = form_of(answer)
    typed = {key: value for key, value in {**FILLED, **change}.items() if "\0" not in value}
    assert {key: shown.get(key) for key in typed if not key.endswith("TOTAL_FORMS")} == {
        key: value.replace("4,1", "4.1")
        for key, value in typed.items()
        if not key.endswith("TOTAL_FORMS")
    }
    with tenant_context(alpha):
        assert not MedicalRecord.objects.exists()
    assert add(ada, people).redirect_chain


BAD_DIAGNOSES = {
    "unknown": ({"diagnoses-1-icd_code": "X99.99999"}, 1, "icd_code", "no ICD-10 code"),
    "nameless": ({"diagnoses-1-diagnosis_name": ""}, 1, "diagnosis_name", "blank"),
    "two primaries": (
        {"diagnoses-1-diagnosis_type": "primary"},
        1,
        "diagnosis_type",
        "one primary",
    ),
    "twice": ({"diagnoses-1-icd_code": "J03.00"}, 1, "icd_code", "there already"),
}


@pytest.mark.parametrize(
    ("change", "row", "field", "words"), BAD_DIAGNOSES.values(), ids=BAD_DIAGNOSES
)
def test_a_bad_diagnosis_is_shown_in_its_row(
    ada,
    alpha,
    people,
    change,
    row,
    field,
    words,
):
    answer = add(ada, people, **change)
    assert (answer.status_code, answer.redirect_chain) == (200, [])
    formset = answer.context["inline_admin_formsets"][0].formset
    assert [set(errors) for errors in formset.errors] == [
        {field} if number == row else set() for number in range(2)
    ]
    assert words in formset.errors[row][field][0]
    shown = form_of(answer)
    for key, value in {**FILLED, **change}.items():
        if key.startswith("diagnoses-") and not key.endswith("_FORMS"):
            assert shown[key] == value
    with tenant_context(alpha):
        assert not MedicalRecord.objects.exists()


def test_diagnoses_are_changed_and_removed(ada, alpha, draft):
    before = kept(alpha, draft)
    answer = save(
        ada,
        draft,
        **{
            "diagnoses-0-notes": "known since 2020",
            "diagnoses-1-icd_code": "I10",
            "diagnoses-1-diagnosis_type": "secondary",
        },
    )
    assert answer.redirect_chain
    assert coded(alpha) == [
        ("E11.9", "Type 2 diabetes mellitus without complications", "known since 2020"),
        ("I10", "Essential (primary) hypertension", ""),
    ]
    assert kept(alpha, draft).updated_at > before.updated_at, "whoever has read it must notice"
    save(ada, draft, **{"diagnoses-0-DELETE": "on"})
    assert [row[0] for row in coded(alpha)] == ["I10"]


def test_a_form_that_is_stale_by_diagnoses_alone_is_refused(ada, client_of, alpha, draft):
    old = form_of(ada.get(path_of(draft)))
    save(client_of("priya"), draft, **{"diagnoses-0-notes": "known since 2020"})
    answer = ada.post(path_of(draft), {**old, "diagnoses-0-DELETE": "on"}, follow=True)
    assert answer.redirect_chain == []
    assert "Somebody has changed this since you opened it" in answer.content.decode()
    assert [row[2] for row in coded(alpha)] == ["known since 2020"]


def action(record, name):
    return f"{LIST}{record.pk}/{name}/"


def find_action(client, record, name):
    """Return the address of a button on the record's page, or None."""
    text = client.get(path_of(record)).content.decode()
    found = f'href="{action(record, name)}'
    return action(record, name) if found in text else None


def test_finalising_asks_first(ada, alpha, draft):
    where = find_action(ada, draft, "finalize")
    asked = ada.get(where, follow=True)
    assert (asked.status_code, kept(alpha, draft).status) == (200, "draft")
    assert "never changed" in asked.content.decode()
    done = ada.post(where, form_of(asked), follow=True)
    assert (said(done), kept(alpha, draft).status) == (["The record is finalised."], "finalized")
    assert find_action(ada, draft, "finalize") is None
    assert find_action(ada, draft, "addendum") is not None


@pytest.mark.parametrize("seen", ["stale", "missing"])
def test_what_has_changed_since_is_not_finalised(ada, alpha, draft, seen):
    where = action(draft, "finalize")
    body = form_of(ada.get(where, follow=True))
    save(ada, draft, chief_complaint="Other")
    answer = ada.post(where, body if seen == "stale" else {}, follow=True)
    assert said(answer) == [
        "Somebody has changed this since you were asked. Look at it, and try again."
    ]
    assert kept(alpha, draft).status == "draft"
    ada.post(where, form_of(ada.get(where, follow=True)), follow=True)
    assert kept(alpha, draft).status == "finalized"


def test_an_unready_record_is_not_finalised(ada, alpha, draft):
    save(ada, draft, chief_complaint="")
    where = action(draft, "finalize")
    answer = ada.post(where, form_of(ada.get(where, follow=True)), follow=True)
    assert said(answer) == ["Write the chief complaint first."]
    assert kept(alpha, draft).status == "draft"


@pytest.fixture
def final(alpha, draft):
    with tenant_context(alpha):
        return finalize_record(membership=member("ada"), record=draft)


def test_a_finalised_page_is_for_reading(ada, alpha, final):
    page = ada.get(path_of(final))
    text = page.content.decode()
    assert ("Cough" in text, "E11.9" in text) == (True, True)
    names = {name for name in form_of(page) if not name.startswith(("_", "csrf", "documents-"))}
    assert {name for name in names if "_FORMS" not in name and "TOTAL" not in name} <= {
        "diagnoses-0-id",
        "diagnoses-0-record",
    }
    assert ada.get(f"{LIST}{final.pk}/delete/").status_code == 403


def test_a_crafted_post_changes_nothing_of_a_finalised_record(ada, alpha, final):
    with tenant_context(alpha):
        before, rows = MedicalRecord.objects.values().get(), list(Diagnosis.objects.values())
        (diagnosis,) = Diagnosis.objects.all()
    body = {
        **form_of(ada.get(path_of(final))),
        **FILLED,
        "status": "draft",
        "diagnoses-TOTAL_FORMS": "2",
        "diagnoses-INITIAL_FORMS": "1",
        "diagnoses-0-id": str(diagnosis.pk),
        "diagnoses-0-record": str(final.pk),
        "diagnoses-0-DELETE": "on",
    }
    answer = ada.post(path_of(final), body, follow=True)
    assert answer.status_code == 200
    assert ada.post(f"{LIST}{final.pk}/delete/", {"post": "yes"}).status_code == 403
    with tenant_context(alpha):
        assert MedicalRecord.objects.values().get() == before
        assert list(Diagnosis.objects.values()) == rows


def test_an_addendum_is_added(ada, alpha, final):
    where = find_action(ada, final, "addendum")
    asked = ada.get(where, follow=True)
    empty = ada.post(where, {**form_of(asked), "text": " "}, follow=True)
    assert "This field is required" in empty.content.decode()
    done = ada.post(where, {**form_of(asked), "text": "Swab positive."}, follow=True)
    assert said(done) == ["The addendum is added."]
    assert "Ada: Swab positive." in done.content.decode()
    with tenant_context(alpha):
        assert [(one.text, one.author_id) for one in Addendum.objects.all()] == [
            ("Swab positive.", member("ada").user_id)
        ]


def test_drafts_get_no_addendum(ada, alpha, draft):
    assert find_action(ada, draft, "addendum") is None
    assert ada.get(action(draft, "addendum"), follow=True).status_code == 403
    with tenant_context(alpha):
        assert not Addendum.objects.exists()


def test_several_are_finalised_from_the_list(ada, alpha, draft, people):
    with tenant_context(alpha):
        bare = create_record(
            membership=member("ada"), patient=people["ben"], visit_date="2026-11-02T01:30:00Z"
        )
    body = {"action": "finalize_selected", "_selected_action": [str(draft.pk), str(bare.pk)]}
    answer = ada.post(LIST, body, follow=True)
    assert "1 finalised." in said(answer)
    assert any("Write the chief complaint first." in text for text in said(answer))
    assert (kept(alpha, draft).status, kept(alpha, bare).status) == ("finalized", "draft")


def test_a_provider_who_is_not_theirs_reaches_none_of_it(client_of, alpha, draft):
    paul, priya = client_of("paul"), client_of("priya")
    for where in (action(draft, "finalize"), action(draft, "addendum")):
        assert paul.get(where, follow=True).status_code == 403
        assert paul.post(where, {"text": "x"}, follow=True).status_code == 403
    body = {"action": "finalize_selected", "_selected_action": [str(draft.pk)]}
    paul.post(LIST, body, follow=True)
    assert kept(alpha, draft).status == "draft"
    assert said(priya.post(LIST, body, follow=True)) == ["1 finalised."]


def test_an_id_that_is_none_has_no_action(ada):
    assert ada.get(f"{LIST}nothing/finalize/", follow=True).status_code == 403
