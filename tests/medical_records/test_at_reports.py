"""AT reports over the API: draft, finalised, and the PDF that is made then."""

import pytest
from django.db import DatabaseError, transaction
from django_tenants.utils import tenant_context

from accounts.audit.models import AccessLog
from accounts.models import Account
from accounts.services.members import set_membership
from documents.models import Document
from medical_records.models import ATReport
from patients.models import Patient
from tests.conftest import member
from tests.medical_records.helpers import NOBODY, fields, ids, made, send
from tests.medical_records.reports import FULL, URL, draft_of, finalize, stored, text_of


@pytest.fixture
def new(people):
    return {**FULL, "patient_id": str(people["anna"].pk)}


@pytest.fixture
def draft(client_of, people):
    return draft_of(client_of("priya"), people["anna"])


def test_a_drafts_life(client_of, draft):
    priya, path = client_of("priya"), f"{URL}/{draft['id']}"
    assert {key: draft[key] for key in FULL} == FULL
    assert (draft["status"], draft["author_id"]) == ("draft", str(member("priya").pk))
    assert (draft["document_id"], draft["finalized_at"]) == (None, None)
    changed = send(priya, "PATCH", path, {"goals": "To walk.", "author_id": str(member("paul").pk)})
    assert (changed.json()["goals"], changed.json()["author_id"]) == (
        "To walk.",
        str(member("paul").pk),
    )
    assert priya.get(path).json() == changed.json()
    assert priya.get(URL).json()["results"] == [changed.json()]
    early = priya.get(f"{path}/pdf")
    assert (early.status_code, early.json()["code"]) == (409, "not_finalized")
    assert send(priya, "DELETE", path).status_code == 204
    assert ids(priya, URL) == []


ITEM = FULL["items"][0]
BAD = {
    "no-day": ({"assessed_on": None}, "assessed_on"),
    "no-such-day": ({"assessed_on": "2026-02-30"}, "assessed_on"),
    "nul": ({"findings": "a\0b"}, "findings"),
    "half-a-character": ({"goals": "a\ud800"}, "goals"),
    "long-findings": ({"findings": "x" * 20_001}, "findings"),
    "long-goals": ({"goals": "x" * 10_001}, "goals"),
    "items-object": ({"items": {}}, "items"),
    "item-text": ({"items": ["walker"]}, "items.0"),
    "nameless": ({"items": [ITEM, {"quantity": 1}]}, "items.1.item"),
    "quantity": ({"items": [{**ITEM, "quantity": 0}]}, "items.0.quantity"),
    "cost": ({"items": [{**ITEM, "cost": -1}]}, "items.0.cost"),
    "author": ({"author_id": NOBODY}, "author_id"),
    "unknown-patient": ({"patient_id": NOBODY}, "patient_id"),
}


@pytest.mark.parametrize(("change", "field"), BAD.values(), ids=BAD)
def test_a_bad_field_is_named_and_nothing_is_kept(client_of, alpha, new, change, field):
    priya = client_of("priya")
    answer = send(priya, "POST", URL, {**new, **change})
    assert (answer.status_code, fields(answer)) == (400, [field])
    with tenant_context(alpha):
        assert not ATReport.objects.exists()
    report = made(priya, URL, new)
    again = send(priya, "PATCH", f"{URL}/{report['id']}", change)
    assert fields(again) == [field]
    assert priya.get(f"{URL}/{report['id']}").json() == report


@pytest.mark.parametrize(("name", "code"), {"ada": 201, "pat": 400, "rex": 400, "bo": 400}.items())
def test_authors_are_staff_of_this_clinic(client_of, new, name, code):
    answer = send(client_of("priya"), "POST", URL, {**new, "author_id": str(member(name).pk)})
    assert answer.status_code == code
    if code == 400:
        assert fields(answer) == ["author_id"]


def test_an_author_who_has_left_stays_on_the_report(client_of, alpha, people):
    ada, paul = client_of("ada"), str(member("paul").pk)
    draft = draft_of(ada, people["anna"], author_id=paul)
    with tenant_context(alpha):
        set_membership(member=member("paul"), is_active=False)
    changed = send(ada, "PATCH", f"{URL}/{draft['id']}", {"author_id": paul, "goals": "To walk."})
    assert (changed.status_code, changed.json()["author_id"]) == (200, paul)
    assert finalize(ada, draft)["author_id"] == paul


def test_a_report_stays_with_its_patient(client_of, draft, people):
    ada, path = client_of("ada"), f"{URL}/{draft['id']}"
    moved = send(ada, "PATCH", path, {"patient_id": str(people["ben"].pk)})
    assert (moved.status_code, fields(moved)) == (409, ["patient_id"])
    assert ada.get(path).json() == draft


def test_finalising_stores_the_pdf_under_its_key(client_of, draft, alpha):
    priya = client_of("priya")
    done = finalize(priya, draft)
    document_id = done["document_id"]
    assert (done["status"], done["finalized_at"] is None) == ("finalized", False)
    assert priya.get(f"{URL}/{draft['id']}").json() == done
    assert ids(priya, f"{URL}/{draft['id']}/files") == [document_id]
    with tenant_context(alpha):
        (document,) = Document.objects.all()
        assert str(document.pk) == document_id
        assert document.s3_key == (
            f"alpha/patients/at-reports/{draft['patient_id']}/{document_id}_AT_Report_2026-11-02.pdf"
        )
        assert (document.original_filename, document.file_type, document.retention) == (
            "AT_Report_2026-11-02.pdf",
            "application/pdf",
            "at-report",
        )
        body = stored(document_id)
    text = text_of(body)
    for words in ("Alpha Clinic", "Anna Archer", "N-100", "Four-wheeled walker", "Priya"):
        assert words in text


def test_the_pdf_is_the_same_bytes_whatever_the_names_are_by_then(client_of, draft, alpha):
    priya, path = client_of("priya"), f"{URL}/{draft['id']}/pdf"
    done = finalize(priya, draft)
    first = priya.get(path)
    with tenant_context(alpha):
        kept = stored(done["document_id"])
        Patient.objects.filter(pk=draft["patient_id"]).update(last_name="Renamed", external_id="R")
    member("priya").user.__class__.objects.filter(pk=member("priya").user_id).update(name="Other")
    Account.objects.filter(pk=alpha.pk).update(name="Renamed Clinic", time_zone="Africa/Cairo")
    second = priya.get(path)
    assert first.content == second.content == kept
    assert second["Content-Type"] == "application/pdf"
    assert second["Content-Disposition"] == 'attachment; filename="AT_Report_2026-11-02.pdf"'
    assert (second["X-Content-Type-Options"], second["Cache-Control"]) == (
        "nosniff",
        "private, no-store",
    )
    got = priya.get(f"/api/v1/files/{done['document_id']}/download")
    assert b"".join(got.streaming_content) == kept


def test_the_pdf_names_people_as_this_clinic_does(client_of, people, alpha):
    member("priya").__class__.objects.filter(pk=member("priya").pk).update(name="Dr Clinicname")
    priya = client_of("priya")
    finalised = finalize(priya, draft_of(priya, people["anna"]))
    text = text_of(priya.get(f"{URL}/{finalised['id']}/pdf").content)
    assert "Dr Clinicname" in text


def test_reading_the_pdf_is_noted(client_of, draft, alpha):
    priya = client_of("priya")
    document = finalize(priya, draft)["document_id"]
    with tenant_context(alpha):
        before = AccessLog.objects.filter(action="download").count()
    priya.get(f"{URL}/{draft['id']}/pdf")
    with tenant_context(alpha):
        (row,) = AccessLog.objects.filter(action="download").order_by("-pk")[: 1 + before]
        assert ([str(pk) for pk in row.object_ids], row.user_id) == (
            [document],
            member("priya").user_id,
        )


def test_a_finalised_report_is_never_changed(client_of, draft, new):
    priya, path = client_of("priya"), f"{URL}/{draft['id']}"
    done = finalize(priya, draft)
    for method, where, body in (
        ("PATCH", path, {"goals": "x"}),
        ("PUT", path, new),
        ("DELETE", path, None),
        ("POST", f"{path}/finalize", None),
    ):
        refused = send(priya, method, where, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "report_finalized"), method
    assert priya.get(path).json() == done
    assert ids(priya, f"{path}/files") == [done["document_id"]]


def test_its_documents_are_the_systems(client_of, draft, alpha):
    ada, path = client_of("ada"), f"{URL}/{draft['id']}"
    done = finalize(ada, draft)
    file = f"/api/v1/files/{done['document_id']}"
    uploaded = ada.post(f"{path}/files", {"file": b"x"})
    removed = send(ada, "DELETE", file)
    for refused in (uploaded, removed):
        assert (refused.status_code, refused.json()["code"]) == (403, "operation_not_allowed")
    with tenant_context(alpha):
        assert [one.state for one in Document.objects.all()] == ["available"]
    assert ada.get(file).json()["id"] == done["document_id"]


REFUSED_SQL = {
    "update": lambda pk: ATReport.objects.filter(pk=pk).update(goals="x"),
    "sheet": lambda pk: ATReport.objects.filter(pk=pk).update(sheet={}),
    "back to draft": lambda pk: ATReport.objects.filter(pk=pk).update(
        status="draft", finalized_at=None, finalized_by=None
    ),
    "delete": lambda pk: ATReport.objects.filter(pk=pk)._raw_delete("default"),
}


@pytest.mark.parametrize("case", REFUSED_SQL)
def test_the_database_refuses_too(client_of, draft, alpha, case):
    done = finalize(client_of("priya"), draft)
    with (
        tenant_context(alpha),
        pytest.raises(DatabaseError, match="finalized"),
        transaction.atomic(),
    ):
        REFUSED_SQL[case](draft["id"])
    assert client_of("priya").get(f"{URL}/{draft['id']}").json() == done


@pytest.mark.parametrize("case", REFUSED_SQL)
def test_a_draft_can_be_changed_in_the_database(draft, alpha, case):
    with tenant_context(alpha), transaction.atomic():
        REFUSED_SQL[case](draft["id"])
        assert ATReport.objects.filter(status="finalized").count() == 0


NOT_READY = {
    "no-findings": ({"findings": "  "}, "findings", "not_ready"),
    "to-come": ({"assessed_on": "2099-01-01"}, "assessed_on", "not_ready"),
    "unprintable": ({"findings": "\U0001f9ff\U000e0041"}, "findings", "unprintable_text"),
}


@pytest.mark.parametrize(("change", "field", "code"), NOT_READY.values(), ids=NOT_READY)
def test_only_what_can_be_printed_is_finalised(client_of, draft, alpha, change, field, code):
    priya, path = client_of("priya"), f"{URL}/{draft['id']}"
    changed = send(priya, "PATCH", path, change)
    assert changed.status_code == 200
    refused = send(priya, "POST", f"{path}/finalize")
    assert (refused.status_code, refused.json()["code"], fields(refused)) == (400, code, [field])
    assert priya.get(path).json() == changed.json()
    with tenant_context(alpha):
        assert not Document.objects.exists()
    send(priya, "PATCH", path, FULL)
    assert finalize(priya, draft)["document_id"] is not None


def test_patients_see_what_is_finalised(client_of, draft, alpha):
    pat, path = client_of("pat"), f"{URL}/{draft['id']}"
    with tenant_context(alpha):
        Patient.objects.filter(pk=draft["patient_id"]).update(user=member("pat").user)
    assert (pat.get(path).status_code, pat.get(f"{path}/pdf").status_code) == (404, 404)
    assert ids(pat, URL) == []
    done = finalize(client_of("priya"), draft)
    assert (pat.get(path).json(), ids(pat, URL)) == (done, [draft["id"]])
    with tenant_context(alpha):
        assert pat.get(f"{path}/pdf").content == stored(done["document_id"])
    for method, where in (("PATCH", path), ("DELETE", path), ("POST", f"{path}/send")):
        assert send(pat, method, where, {}).json()["code"] == "not_permitted", method
    assert client_of("paul").get(f"{path}/pdf").status_code == 404


def test_the_list_is_filtered(client_of, draft, people):
    ada = client_of("ada")
    other = draft_of(ada, people["ben"], assessed_on="2026-10-01")
    finalize(ada, other)
    first, second = draft["id"], other["id"]
    assert ids(ada, URL) == [first, second]
    assert ids(ada, URL, status="draft") == [first]
    assert ids(ada, URL, status="finalized") == [second]
    assert ids(ada, URL, author=member("ada").pk) == [second]
    assert ids(ada, URL, patient=people["ben"].pk) == [second]
    assert ids(ada, URL, assessed_after="2026-11-02") == [first]
    assert ids(ada, URL, assessed_before="2026-11-01") == [second]
    bad = ada.get(URL, {"assessed_after": "soon"})
    assert (bad.status_code, fields(bad)) == (400, ["assessed_after"])


def test_a_list_costs_the_same_with_more_rows(client_of, people, django_assert_num_queries):
    ada = client_of("ada")
    ada.get(URL)
    for number, patient in enumerate(people.values(), 1):
        draft = draft_of(ada, patient)
        if number != 2:
            finalize(ada, draft)
            with django_assert_num_queries(7):
                assert len(ids(ada, URL)) == number
