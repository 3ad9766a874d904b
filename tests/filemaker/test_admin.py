"""Staff see what waits and what failed, and say whose the unmatched records are."""

from urllib.parse import quote

import pytest
from django.test import override_settings

from accounts.audit.models import AccessLog
from accounts.errors import ConflictError, NotFoundError, NotPermittedError
from filemaker.models import FileMakerRecord
from filemaker.services.records import assign_patient
from filemaker.services.starting import import_open_records
from jobs.errors import JobParametersError
from jobs.models import Job
from jobs.services.running import run_job
from patients.models import Patient
from tests.conftest import member
from tests.filemaker.helpers import available, make_patients, records, run, source_id, states
from tests.forms import form_of

LIST = "/admin/filemaker/filemakerrecord/"


@pytest.fixture(autouse=True)
def _inside(in_alpha, fm):
    pass


@pytest.fixture
def ada(client_of):
    return client_of("ada")


@pytest.fixture
def sent(monkeypatch):
    """The jobs that were sent to the workers."""
    found = []
    monkeypatch.setattr("jobs.services.background.send_job", found.append)
    return found


def listed(fm):
    """Every record is listed; the first contact only has a patient."""
    (patient,) = make_patients(fm, 1)
    run(metadata_only=True)
    return patient


def unmatched(fm, number=1):
    row = next(row for row in fm.docs if row.fields["id_Contact"] == fm.contacts[number])
    return records()[source_id(row)]


def page_of(record):
    return f"{LIST}{record.pk}/change/"


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def test_the_list_is_filtered_by_state(fm, ada):
    listed(fm)
    for state, number in (("pending", 5), ("unmatched", 15), ("imported", 0)):
        shown = ada.get(LIST, {"state__exact": state}).context["cl"].result_list
        assert {row.state for row in shown} == ({state} if number else set())
        assert len(shown) == number


def test_a_search_by_the_contact_finds_its_records(fm, ada):
    listed(fm)
    contact = fm.contacts[2]
    shown = ada.get(LIST, {"q": contact[:13].lower()}).context["cl"].result_list
    assert {row.contact_id for row in shown} == {contact}
    assert len(shown) == 5


def test_whose_it_is_is_chosen_in_the_form_and_the_next_run_takes_it_up(fm, ada):
    patient = listed(fm)
    record = unmatched(fm)
    form = form_of(ada.get(page_of(record)))
    answer = ada.post(page_of(record), {**form, "patient": str(patient.pk)}, follow=True)
    assert answer.status_code == 200
    record.refresh_from_db()
    assert (record.state, record.patient, record.assigned_by) == (
        "pending",
        patient,
        member("ada").user,
    )
    assert available() == {}
    run(only_failed=True)
    found = available()
    assert {name: one.patient for name, one in found.items()} == {record.source_id: patient}
    assert states()[record.source_id] == "imported"


def test_the_choice_outlives_another_listing_and_a_patient_who_comes_later(fm):
    patient = listed(fm)
    record = unmatched(fm)
    assign_patient(membership=member("ada"), record=record, patient=patient)
    Patient.objects.create(first_name="By", last_name="Id", filemaker_id=record.contact_id)
    run(metadata_only=True)
    run(only_failed=True)
    assert available()[record.source_id].patient == patient


def test_a_choice_can_be_taken_back(fm):
    patient = listed(fm)
    record = unmatched(fm)
    assign_patient(membership=member("ada"), record=record, patient=patient)
    assign_patient(membership=member("ada"), record=record, patient=None)
    record.refresh_from_db()
    assert (record.state, record.patient, record.assigned_by_id) == ("unmatched", None, None)
    run(only_failed=True)
    assert available() == {}


def test_what_is_imported_has_nothing_to_choose_any_more(fm, ada):
    patient = listed(fm)
    run()
    row = next(row for row in fm.docs if row.fields["id_Contact"] == fm.contacts[0])
    record = records()[source_id(row)]
    assert "patient" not in form_of(ada.get(page_of(record)))
    other = Patient.objects.create(first_name="Some", last_name="Other")
    with pytest.raises(ConflictError) as refused:
        assign_patient(membership=member("ada"), record=record, patient=other)
    assert refused.value.code == "record_settled"
    ada.post(page_of(record), {"patient": str(other.pk)})
    assert available()[record.source_id].patient == patient


@pytest.mark.parametrize("name", ["priya", "pat", "gina", "rex", "dev"])
def test_only_administrators_choose(fm, name):
    patient = listed(fm)
    record = unmatched(fm)
    with pytest.raises((NotPermittedError, NotFoundError)):
        assign_patient(membership=member(name), record=record, patient=patient)
    with pytest.raises(NotPermittedError):
        import_open_records(membership=member(name), areas=["documents"])
    record.refresh_from_db()
    assert (record.state, record.patient, Job.objects.filter(background=True).count()) == (
        "unmatched",
        None,
        0,
    )
    assign_patient(membership=member("ada"), record=record, patient=patient)


@pytest.mark.parametrize(
    ("name", "status"), [("ada", 200), ("priya", 403), ("pat", 302), ("bea", 302), (None, 302)]
)
def test_the_pages_are_for_administrators_of_this_clinic(fm, client_of, name, status):
    listed(fm)
    client = client_of(name, host="alpha")
    assert client.get(LIST).status_code == status
    assert client.get(page_of(unmatched(fm))).status_code == status


def test_another_clinic_sees_none_of_them(fm, client_of):
    listed(fm)
    page, bea = page_of(unmatched(fm)), client_of("bea")
    assert list(bea.get(LIST).context["cl"].result_list) == []
    assert bea.get(page).status_code == 302
    assert client_of("ada").get(page).status_code == 200


def test_looking_is_logged_and_nothing_can_be_added_or_deleted(fm, ada):
    listed(fm)
    record = unmatched(fm)
    ada.get(page_of(record))
    entry = AccessLog.objects.filter(object_type="filemaker.filemakerrecord").latest("pk")
    assert [str(pk) for pk in entry.object_ids] == [str(record.pk)]
    assert ada.get(f"{LIST}add/").status_code == 403
    assert ada.post(f"{LIST}{record.pk}/delete/", {"post": "yes"}).status_code == 403
    assert FileMakerRecord.objects.count() == 20


def test_who_chose_whom_is_in_the_history(fm, ada):
    patient = listed(fm)
    record = unmatched(fm)
    form = form_of(ada.get(page_of(record)))
    ada.post(page_of(record), {**form, "patient": str(patient.pk)})
    shown = ada.get(f"{LIST}{record.pk}/history/").content.decode()
    assert "Ada" in shown
    assert "assigned" in shown


def act(client, *chosen):
    body = {"action": "import_open", "_selected_action": [str(one.pk) for one in chosen]}
    return client.post(LIST, body, follow=True)


def test_what_is_open_is_imported_at_once_as_a_job(fm, ada, sent):
    patient = listed(fm)
    record = unmatched(fm)
    assign_patient(membership=member("ada"), record=record, patient=patient)
    answer = act(ada, record)
    (job,) = sent
    assert (job.kind, job.background, job.requested_by) == (
        "filemaker_documents",
        True,
        member("ada").user,
    )
    assert said(answer) == [f"Started in the background: {job}."]
    run_job(job, concurrency=1)
    assert list(available()) == [record.source_id]
    again = act(ada, record)
    assert len(sent) == 2  # the others are without a patient still
    assert "Started" in said(again)[0]


@pytest.mark.parametrize("state", ["interrupted", "failed", "paused"])
def test_asked_again_a_job_that_stands_still_goes_on(fm, ada, sent, state):
    patient = listed(fm)
    record = unmatched(fm)
    assign_patient(membership=member("ada"), record=record, patient=patient)
    (job,) = import_open_records(membership=member("ada"), areas=["documents"])
    Job.objects.filter(pk=job.pk).update(state=state)
    (again,) = import_open_records(membership=member("ada"), areas=["documents"])
    assert (again.pk, again.state) == (job.pk, "running")
    run_job(again, concurrency=1)
    assert list(available()) == [record.source_id]


def test_with_nothing_open_no_job_is_started(fm, ada, sent):
    make_patients(fm)
    run()
    answer = act(ada, FileMakerRecord.objects.first())
    assert said(answer) == ["Started in the background: nothing, as nothing is open."]
    assert sent == []


def test_missing_settings_are_named_and_no_job_is_made(fm, ada, sent, monkeypatch):
    listed(fm)
    before = Job.objects.count()
    monkeypatch.delenv("FILEMAKER_PASSWORD")
    answer = act(ada, unmatched(fm))
    assert "FILEMAKER_PASSWORD" in said(answer)[0]
    assert (Job.objects.count(), sent) == (before, [])
    with pytest.raises(JobParametersError):
        import_open_records(membership=member("ada"), areas=["documents"])


def test_the_job_uses_the_field_map_of_the_last_import(fm, sent):
    fm.rows["Papers"] = fm.rows.pop("API_Docs")
    fm.rows["API_Docs"] = []
    run(metadata_only=True, field_map={"documents": {"layout": "Papers"}})
    (job,) = import_open_records(membership=member("ada"), areas=["documents"])
    assert job.parameters["field_map"] == {"documents": {"layout": "Papers"}}


def test_an_id_of_hostile_characters_is_only_text(fm, ada):
    with override_settings(DEBUG=False):
        fm.docs[0].fields["id_Contact"] = "<script>alert(1)</script>"
        run(metadata_only=True)
        page = ada.get(LIST, {"q": "<script>"}).content.decode()
    assert "<script>alert(1)" not in page
    assert quote(fm.docs[0].id) in page
