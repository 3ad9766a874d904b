"""Imports that members begin over the API and in the admin: 202, preview, kept files, sweeping."""

import io
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django_tenants.utils import tenant_context

from documents.keys import system_key
from documents.storage import object_store
from documents.storage.base import ObjectMissingError, StoreError
from jobs.models import Job
from jobs.services.control import begin
from jobs.services.running import run_job
from patients.imports.sources import store_source, sweep_import_files
from patients.models import Patient
from patients.services import csv_import, import_jobs
from tests.conftest import member

URL = "/api/v1/patients/import-csv"
PREVIEW = "/api/v1/patients/import-preview"
PAGE = "/admin/patients/patient/import-csv/"
HEAD = "first_name,last_name,email,external_id\n"


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr(import_jobs, "MAX_ROWS", 2)
    monkeypatch.setattr(import_jobs, "PREVIEWED", 2)


def send(client, text, url=URL, **fields):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(url, {"file": SimpleUploadedFile("people.csv", content), **fields})


def text_of(number, start=0):
    return HEAD + "".join(f"A{n},B,,{n}\n" for n in range(start, start + number))


def kept():
    return sorted(info.key for info in object_store().keys(system_key("temp", "imports/x")[:-1]))


def finish(pk):
    return run_job(Job.objects.get(pk=pk))


def names():
    return list(Patient.objects.order_by("id").values_list("first_name", flat=True))


def test_a_large_file_becomes_a_job(client_of, alpha):
    answer = send(client_of("ada"), text_of(3))
    body = answer.json()
    assert (answer.status_code, body["rows"]) == (202, 3)
    assert body["status_url"] == f"/api/v1/jobs/{body['job']}"
    assert client_of("ada").get(body["status_url"]).json()["state"] == "running"
    with tenant_context(alpha):
        job = Job.objects.get()
        assert (job.requested_by_id, job.background, names()) == (member("ada").user_id, True, [])
        done = finish(body["job"])
        assert (done.state, names()) == ("succeeded", ["A0", "A1", "A2"])
        event = Patient.objects.first().events.get()
        assert event.pgh_context["user"] == str(member("ada").user_id)
    counts = client_of("ada").get(body["status_url"]).json()["counts"]
    assert counts == {"total": 3, "done": 3, "skipped": 0, "failed": 0}


def test_a_small_file_is_a_job_where_duplicates_are_to_be_skipped(client_of, alpha):
    assert send(client_of("ada"), text_of(2)).status_code == 201
    assert send(client_of("ada"), text_of(2)).status_code == 409
    answer = send(client_of("ada"), text_of(2), on_duplicate="skip")
    assert answer.status_code == 202
    with tenant_context(alpha):
        assert finish(answer.json()["job"]).counts == {"already_there": 2}


def test_a_dry_run_of_a_large_file_writes_nothing(client_of, alpha):
    answer = send(client_of("ada"), text_of(3), dry_run="true")
    with tenant_context(alpha):
        done = finish(answer.json()["job"])
        assert (done.dry_run, done.done, names()) == (True, 3, [])


def test_sending_the_same_again_goes_on_with_the_same_job(client_of, alpha):
    first = send(client_of("ada"), text_of(3)).json()
    assert send(client_of("ada"), text_of(3)).json() == first
    assert send(client_of("ada"), text_of(4)).json()["job"] != first["job"]
    assert send(client_of("priya"), text_of(3)).json()["job"] != first["job"]
    with tenant_context(alpha):
        assert len(kept()) == 3
        assert finish(first["job"]).state == "succeeded"
    again = send(client_of("ada"), text_of(3), on_duplicate="skip").json()
    assert again["job"] != first["job"]


def test_what_is_told_reaches_the_job(client_of, alpha):
    text = "Name^Rufname^born\n" + "Müller^Zoë^03/04/2015\n" * 3
    answer = send(
        client_of("ada"),
        text.encode("cp850"),
        encoding="cp850",
        delimiter="^",
        date_order="MDY",
        mapping='{"Name": "last_name", "Rufname": "first_name"}',
    )
    with tenant_context(alpha):
        finish(answer.json()["job"])
        patient = Patient.objects.get()
        assert (patient.full_name, str(patient.date_of_birth)) == ("Zoë Müller", "2015-03-04")


def test_a_workbook_is_taken_small_and_large(client_of, alpha, tmp_path):
    for rows in (2, 3):
        book = openpyxl.Workbook()
        for row in [
            ["first_name", "last_name", "external_id"],
            *([f"X{n}", "B", n] for n in range(rows)),
        ]:
            book.active.append(row)
        book.save(tmp_path / "book.xlsx")
        answer = send(client_of("ada"), (tmp_path / "book.xlsx").read_bytes(), dry_run="1")
        if rows == 2:
            assert (answer.status_code, answer.json()["count"]) == (200, 2)
        else:
            with tenant_context(alpha):
                assert finish(answer.json()["job"]).done == 3


REFUSED = {
    "unknown-column": ("first_name,last_name,blood\n" + "A,B,0\n" * 3, {}, "file", "bad_csv"),
    "pdf": (b"%PDF-1.7" + b"x" * 99, {}, "file", "bad_csv"),
    "manner": (text_of(3), {"on_duplicate": "merge"}, "on_duplicate", "invalid_choice"),
    "encoding": (text_of(3), {"encoding": "klingon"}, "encoding", "bad_csv"),
    "mapping": (text_of(3), {"mapping": "{"}, "mapping", "bad_csv"),
    "order": (text_of(3), {"date_order": "YDM"}, "date_order", "invalid_choice"),
}


@pytest.mark.parametrize(("text", "fields", "field", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_said_at_once_and_nothing_is_kept(
    client_of, alpha, text, fields, field, code
):
    answer = send(client_of("ada"), text, **fields)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (400, field, code)
    with tenant_context(alpha):
        assert (Job.objects.count(), kept(), names()) == (0, [], [])


@pytest.mark.logs_errors
def test_a_store_that_is_away_is_said(client_of, alpha, monkeypatch):
    def away(*_, **__):
        raise StoreError("away")

    monkeypatch.setattr("patients.services.import_jobs.store_source", away)
    client = client_of("ada")
    client.raise_request_exception = False
    answer = send(client, text_of(3))
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    with tenant_context(alpha):
        assert Job.objects.count() == 0


@pytest.mark.parametrize("name", ["pat", "gina", "rex", "dev"])
def test_only_staff_begin_jobs(client_of, alpha, name):
    assert send(client_of(name), text_of(3)).status_code == 403
    with tenant_context(alpha):
        assert (Job.objects.count(), kept()) == (0, [])


def test_the_job_of_another_clinic_does_not_exist_here(client_of, alpha, beta):
    mine = send(client_of("ada"), text_of(3)).json()
    theirs = send(client_of("bea"), text_of(3)).json()
    assert client_of("bea").get(mine["status_url"]).status_code == 404
    with tenant_context(beta):
        assert [key.split("/")[0] for key in kept()] == ["beta"]
        finish(theirs["job"])
        assert names() == ["A0", "A1", "A2"]
    with tenant_context(alpha):
        assert names() == []


# --- The admin's page ---------------------------------------------------------------------------


def hidden(answer, name):
    return re.search(rf'name="{name}" value="([^"]+)"', answer.content.decode())[1]


def messages(answer):
    return [str(message) for message in answer.context["messages"]]


def test_a_large_file_is_previewed_and_becomes_a_job(client_of, alpha):
    client = client_of("ada")
    preview = send(client, HEAD + "Zoë,Ox,wrong,1\nSam,Oh,,2\nKim,Ng,,3\n", url=PAGE)
    text = preview.content.decode()
    for part in (
        "3 rows",
        "Zoë · Ox · wrong · 1",
        "email: Enter a valid",
        "Sam · Oh",
        "Read as utf-8",
    ):
        assert part in text, part
    assert "Kim" not in text
    assert "last_name → last_name" in text
    with tenant_context(alpha):
        assert (Job.objects.count(), names(), len(kept())) == (0, [], 1)
    done = client.post(PAGE, {"_job": hidden(preview, "_job")}, follow=True)
    assert messages(done) == ["3 rows are being imported."]
    again = client.post(PAGE, {"_job": hidden(preview, "_job")})
    with tenant_context(alpha):
        job = Job.objects.get()
        assert again["Location"] == f"/admin/jobs/job/{job.pk}/change/"
        assert finish(job.pk).done == 2
        assert names() == ["Sam", "Kim"]


def test_the_preview_says_who_is_there_already(client_of, alpha):
    with tenant_context(alpha):
        Patient.objects.create(first_name="A0", last_name="B", external_id="0")
        Patient.objects.create(first_name="A1", last_name="B", external_id="1", sex="male")
    text = "first_name,last_name,external_id,sex\nA0,B,0,f\nA1,B,1,m\n"
    for manner, found in {
        "skip": ["Is there already"] * 2,
        "update": ["Will be updated", "Is there already"],
    }.items():
        answer = send(client_of("ada"), text, url=PAGE, on_duplicate=manner)
        assert [line["code"] for line in answer.context["lines"]] == found
    with tenant_context(alpha):
        assert Patient.objects.get(external_id="0").sex == ""


def test_a_guess_of_the_encoding_is_pointed_out(client_of):
    guessed = send(client_of("ada"), "first_name,last_name\nZoë,B\n".encode("cp1252"), url=PAGE)
    assert "The encoding is a guess" in guessed.content.decode()
    sure = send(client_of("ada"), "first_name,last_name\nZoë,B\n", url=PAGE)
    assert "The encoding is a guess" not in sure.content.decode()


def test_what_was_told_of_a_small_file_is_remembered(client_of, alpha):
    client = client_of("ada")
    text = "Name,Rufname,born\nMüller,Zoë,03/04/2015\n".encode("cp850")
    mapping = '{"Name": "last_name", "Rufname": "first_name"}'
    told = {"encoding": "cp850", "date_order": "MDY", "mapping": mapping}
    preview = send(client, text, url=PAGE, **told)
    client.post(PAGE, {"_csv": hidden(preview, "_csv"), "_told": hidden(preview, "_told")})
    with tenant_context(alpha):
        patient = Patient.objects.get()
    assert (patient.full_name, str(patient.date_of_birth)) == ("Zoë Müller", "2015-03-04")


def test_a_confirmation_is_its_persons_own_and_not_for_ever(client_of, alpha):
    preview = send(client_of("ada"), text_of(3), url=PAGE)
    value = hidden(preview, "_job")
    refused = client_of("priya").post(PAGE, {"_job": value}, follow=True)
    assert messages(refused) == ["Your role does not allow this."]
    damaged = client_of("ada").post(PAGE, {"_job": value[:-1]}, follow=True)
    assert messages(damaged) == ["The file has been damaged on its way. Choose it again."]
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        late = client_of("ada").post(PAGE, {"_job": value}, follow=True)
    assert messages(late) == ["That was too long ago. Choose the file again."]
    with tenant_context(alpha):
        assert Job.objects.count() == 0
    assert client_of("ada").post(PAGE, {"_job": value}).status_code == 302
    with tenant_context(alpha):
        assert Job.objects.count() == 1


# --- Clearing up ------------------------------------------------------------------------------


def test_a_kept_file_goes_when_its_job_is_over_and_not_before(client_of, alpha):
    pk = send(client_of("ada"), text_of(3)).json()["job"]
    with tenant_context(alpha):
        job = Job.objects.get(pk=pk)
        for state in ("new", "running", "paused", "interrupted", "failed"):
            Job.objects.filter(pk=pk).update(state=state)
            assert (sweep_import_files(), len(kept())) == (0, 1), state
        Job.objects.filter(pk=pk).update(state="new")
        begin(job)
        Job.objects.filter(pk=pk).update(state="interrupted")
        assert finish(pk).state == "succeeded"
        assert (sweep_import_files(), kept(), sweep_import_files()) == (1, [], 0)


def test_what_nobody_took_up_goes_after_an_hour_and_everything_after_a_week(
    client_of, in_alpha, tmp_path
):
    path = tmp_path / "x"
    path.write_text(text_of(1))
    with path.open("rb") as file:
        orphan = store_source(file)
    assert (sweep_import_files(), kept()) == (0, [orphan])
    made = datetime.fromtimestamp((UUID(orphan.rsplit("/", 1)[1]).int >> 80) / 1000, tz=UTC)
    assert abs(timezone.now() - made) < timedelta(minutes=5)
    with time_machine.travel(made + timedelta(minutes=61), tick=False):
        assert (sweep_import_files(), kept()) == (1, [])
    with path.open("rb") as file:
        key = store_source(file)
    Job.objects.create(kind="import_patients", parameters={"object": key}, state="failed")
    with time_machine.travel(made + timedelta(days=6), tick=False):
        assert (sweep_import_files(), kept()) == (0, [key])
    with time_machine.travel(made + timedelta(days=8), tick=False):
        assert (sweep_import_files(), kept()) == (1, [])


@pytest.mark.parametrize("place", ["other/{}", "imports/{}", "imports/{}.csv", "imports/x/note"])
def test_the_sweep_touches_nothing_else_and_is_not_stopped_by_it(in_alpha, place):
    other = system_key("temp", "other/x").removesuffix("other/x") + place.format("foreign name")
    ours = store_source(io.BytesIO(b"first_name\nAnna\n"))
    object_store().put(
        other,
        io.BytesIO(b"x"),
        size=1,
        content_type="text/plain",
        sha256=sha256(b"x").hexdigest(),
        tags={},
    )
    with time_machine.travel(timezone.now() + timedelta(days=30), tick=False):
        assert sweep_import_files() == 1
    assert object_store().stat(other).size == 1
    with pytest.raises(ObjectMissingError):
        object_store().stat(ours)


def test_a_job_whose_file_is_gone_says_so(client_of, alpha):
    pk = send(client_of("ada"), text_of(3)).json()["job"]
    with tenant_context(alpha):
        object_store().remove(kept()[0])
        job = finish(pk)
        assert (job.state, job.stop_code, names()) == ("failed", "file_gone", [])


def test_the_small_way_keeps_its_own_limit(monkeypatch):
    monkeypatch.setattr(csv_import, "MAX_ROWS", 1)
    with pytest.raises(csv_import.TooManyRowsError):
        csv_import.parse_csv(text_of(2).encode())


def test_a_preview_says_how_a_file_is_understood_and_writes_nothing(client_of, alpha):
    assert send(client_of("ada"), HEAD + "A,B,,1\n").status_code == 201
    text = "Vorname;Nachname;E-Mail;Patienten-Nr;Fax\nÄnne;B;x@mail.example;7;1\nC;D;bad;8;2\n"
    body = send(client_of("ada"), text.encode("cp1252"), url=PREVIEW).json()
    assert (body["rows"], body["encoding"], body["guessed"]) == (2, "cp1252", True)
    assert body["columns"][0] == {"title": "Vorname", "field": "first_name"}
    assert body["unknown"] == ["Fax"]
    first, second = body["results"]
    assert (first["line"], first["name"], first["outcome"]) == (2, "Änne B", "imported")
    assert (second["outcome"], second["errors"][0]["field"]) == ("refused", "email")
    with tenant_context(alpha):
        assert names() == ["A"]
        assert kept() == []
        assert not Job.objects.exists()


def test_a_preview_knows_who_is_there_and_shows_the_first_rows_of_a_large_file(client_of):
    assert send(client_of("ada"), text_of(2)).status_code == 201
    skipped = send(client_of("ada"), text_of(4), url=PREVIEW, on_duplicate="skip").json()
    assert skipped["rows"] == 4
    assert [row["outcome"] for row in skipped["results"]] == ["already_there"] * 2
    reported = send(client_of("ada"), text_of(2), url=PREVIEW).json()
    assert [row["outcome"] for row in reported["results"]] == ["refused"] * 2
    assert reported["results"][0]["errors"][0]["code"] == "duplicate_patient"


def test_a_preview_names_the_titles_where_the_names_are_missing(client_of):
    answer = send(client_of("ada"), "Name,Rufname\nB,A\n", url=PREVIEW)
    assert (answer.status_code, answer.json()["titles"]) == (400, ["Name", "Rufname"])
    told = '{"Name": "last_name"}'
    mended = send(client_of("ada"), "Name,Rufname\nB,A\n", url=PREVIEW, mapping=told).json()
    assert mended["results"][0]["name"] == "A B"
