"""Everything of a patient goes out as one ZIP, and comes in again: the same rows, the same bytes."""

import hashlib
import io
import json
import tracemalloc
import zipfile
from functools import partial

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test.utils import isolate_apps
from django_tenants.utils import tenant_context

from accounts.audit.models import AccessLog
from backups.one_patient import graph
from backups.one_patient.exporting import write_export
from backups.one_patient.graph import covered
from backups.one_patient.rows import IMPORTED, LEFT_OUT, as_json
from documents.models import ArchiveFile, DirectUpload, Document
from documents.policies import documents_visible_to
from documents.services.direct_uploads import abort_upload
from documents.services.holds import hold_document
from documents.services.reading import stored_bytes
from documents.services.trash import trash_document
from documents.storage import object_store
from jobs.models import Job
from jobs.services.running import run_job
from medical_records.models import MedicalRecord
from medical_records.services.diagnoses import NewDiagnosis
from medical_records.services.records import add_addendum, create_record, finalize_record
from patients.models import Patient
from tests.conftest import member
from tests.documents.helpers import assert_problem, sha
from tests.documents.verify.conftest import empty_store, stored  # noqa: F401  fixtures
from tests.isolation.conftest import VISITED, attach, build_world
from tests.isolation.test_routes import finalize_more


@pytest.fixture
def full(in_alpha):
    """A patient with one of everything; a document in the trash, one under a hold."""
    return make_full()


def make_full(*, with_report=False):
    world = build_world()
    for announced in DirectUpload.objects.all():  # what is under way is waited for
        abort_upload(membership=member("ada"), upload=announced)
    if with_report:
        finalize_more(world)
    ada = member("ada")
    record = create_record(
        membership=ada,
        patient=world.patient,
        visit_date=VISITED,
        chief_complaint="Cough",
        diagnosis="Cold",
        diagnoses=[NewDiagnosis(icd_code="J00", diagnosis_type="primary")],
    )
    record = finalize_record(membership=ada, record=record)
    add_addendum(membership=ada, record=record, text="Better, says Zoë 漢字.")
    attach(record, by=ada, name="Befund ü.txt")
    trash_document(membership=ada, document=world.spare)
    hold_document(membership=ada, document=world.document, reason="A claim")
    Patient.objects.filter(pk=world.patient.pk).update(notes="Secret note")
    return world


def export(world, path, *arguments):
    out = io.StringIO()
    call_command(
        *("export_patient", "--tenant", "alpha", "--patient", str(world.patient.pk)),
        *("--to", str(path), "--json", *arguments),
        stdout=out,
    )
    return json.loads(out.getvalue())


def take_in(path, *arguments, tenant="alpha"):
    out, code = io.StringIO(), 0
    try:
        call_command(
            "import_patient_export", str(path), "--tenant", tenant, "--json", *arguments, stdout=out
        )
    except SystemExit as error:
        code = error.code
    return code, json.loads(out.getvalue())


def rows_of(patient_id, *, people=True):
    """Each row of a patient as an export would give it; documents by what they hold."""
    found = {}
    for table in covered():
        if IMPORTED[table.label] == "as rows":
            rows = [as_json(row) for row in table.of(patient_id)]
            if not people:
                rows = [{k: v for k, v in row.items() if k not in PEOPLE} for row in rows]
            found[table.label] = rows
    documents = Document.objects.filter(patient_id=patient_id, state__in=("available", "trashed"))
    found["documents"] = sorted(
        [
            (
                *(one.original_filename, one.sha256, one.file_size, one.state, one.category),
                *(str(one.object_id), one.legal_hold, one.retention, str(one.uploaded_at)),
            )
            for one in documents
        ]
    )
    return found


PEOPLE = {
    *("clinician_id", "user_id", "doctor_id", "author_id", "finalized_by_id", "performer_id"),
    *("uploaded_by_id", "trashed_by_id", "held_by_id", "released_by_id"),
}


def bytes_of(patient_id):
    found = set()
    for one in Document.objects.filter(patient_id=patient_id, state__in=("available", "trashed")):
        with stored_bytes(one) as chunks:
            digest = hashlib.sha256(b"".join(chunks)).hexdigest()
        assert digest == one.sha256
        found.add((one.original_filename, digest))
    return found


def test_each_table_of_a_patient_is_decided_about():
    """A model with a key to the patient, or to what hangs on one, is exported; this test fails
    until somebody has said what an import does with it."""
    assert {one.label for one in covered()} == set(IMPORTED)
    assert next(one.label for one in covered()) == "patients.patient"
    for label, names in LEFT_OUT.items():
        assert names <= {field.name for field in apps.get_model(label)._meta.fields}


@isolate_apps("patients", attr_name="apps")
def test_a_model_of_tomorrow_is_found(monkeypatch):
    from django.db import models

    class Allergy(models.Model):
        patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")

        class Meta:
            app_label = "patients"

        def __str__(self):
            return "An allergy"

    class Reaction(models.Model):
        allergy = models.ForeignKey(Allergy, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "patients"

        def __str__(self):
            return "A reaction"

    real = [*graph.tenant_models()]
    monkeypatch.setattr(graph, "tenant_models", lambda: [*real, Reaction, Allergy])
    monkeypatch.setattr(graph.apps, "get_model", lambda label: label)
    found = graph._found.__wrapped__()
    assert found["patients.allergy"].paths == ("patient__pk",)
    assert found["patients.reaction"].paths == ("allergy__patient__pk",)
    assert set(found) - set(IMPORTED) == {"patients.allergy", "patients.reaction"}


def test_everything_is_in_it_with_its_hash(stored, in_alpha, tmp_path):  # noqa: F811
    empty_store("alpha")
    world = make_full()
    said = export(world, tmp_path)
    path = tmp_path / f"patient-{world.patient.pk}.zip"
    assert (said["state"], path.stat().st_mode & 0o777) == ("succeeded", 0o600)
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".zip"] == [path.name]
    with zipfile.ZipFile(path) as found:
        assert found.testzip() is None
        manifest = json.loads(found.read("manifest.json"))
        assert (manifest["patient"], manifest["complete"]) == (str(world.patient.pk), True)
        for name, one in manifest["lists"].items():
            assert sha(found.read(name)) == one["sha256"], name
            assert found.read(name).count(b"\n") == one["rows"], name
        for table in covered():
            if IMPORTED[table.label] in {"as documents", "not even exported"}:
                continue
            rows = found.read(f"records/{table.label}.jsonl").decode().splitlines()
            ids = {json.loads(row)["id"] for row in rows}
            assert ids == {str(row.pk) for row in table.of(world.patient.pk)}, table.label
        lines = [json.loads(row) for row in found.read("documents.jsonl").splitlines()]
        given = Document.objects.filter(patient=world.patient, state__in=("available", "trashed"))
        assert {one["id"] for one in lines} == {str(one.pk) for one in given}
        for line in lines:
            body = found.read(line["place"])
            assert (sha(body), len(body)) == (line["sha256"], line["file_size"])
        everything = b"".join(found.read(name) for name in found.namelist())
    assert b"Secret note" in everything
    for secret in (
        Patient.objects.get(pk=world.patient.pk).research_id,
        *(one.s3_key for one in Document.objects.all()),
    ):
        assert str(secret).encode() not in everything
    assert str(world.empty_patient.pk).encode() not in everything
    noted = AccessLog.objects.filter(detail__export=True).get()
    assert (noted.object_ids, noted.object_type) == ([world.patient.pk], "patients.patient")


def test_what_is_missing_is_named(full, tmp_path):
    object_store().remove(full.document.s3_key)
    with pytest.raises(SystemExit):
        export(full, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as found:
        assert "INCOMPLETE - read documents.jsonl.txt" in found.namelist()
        lines = [json.loads(row) for row in found.read("documents.jsonl").splitlines()]
        assert not json.loads(found.read("manifest.json"))["complete"]
    assert {one["id"]: one["problem"] for one in lines if one["problem"]} == {
        str(full.document.pk): "missing"
    }
    with tenant_context_of("beta"):
        code, report = take_in(tmp_path / "a.zip", tenant="beta")
    assert code == 1
    assert [one["code"] for one in report["failures"]] == ["not_in_the_export"]


def tenant_context_of(name):
    from accounts.models import Account

    return tenant_context(Account.objects.get(schema_name=name))


def test_another_clinic_takes_it_in_and_twice_changes_nothing(in_alpha, tmp_path, beta):
    full = make_full(with_report=True)
    export(full, tmp_path / "a.zip")
    pk = full.patient.pk
    before, there = rows_of(pk, people=False), bytes_of(pk)
    guardians = before.pop("patients.guardian")
    with tenant_context(beta):
        code, report = take_in(tmp_path / "a.zip", "--dry-run", tenant="beta")
        assert (code, report["state"]) == (0, "succeeded")
        assert not Patient.objects.filter(pk=pk).exists()
        code, report = take_in(tmp_path / "a.zip", tenant="beta")
        assert (code, report["state"]) == (0, "succeeded"), report
        after = rows_of(pk, people=False)
        assert (len(guardians), after.pop("patients.guardian")) == (1, [])
        assert after == before
        assert bytes_of(pk) == there
        record = MedicalRecord.objects.filter(patient=pk, status="finalized").first()
        assert record.doctor == member("bea")  # nobody else could be it here
        assert Patient.objects.get(pk=pk).user_id is None
        again = (
            rows_of(pk),
            Document.objects.count(),
            {i.key for i in object_store().keys("beta/")},
        )
        code, report = take_in(tmp_path / "a.zip", tenant="beta")
        assert (code, report["codes"].get("imported")) == (0, None)
        assert again == (
            rows_of(pk),
            Document.objects.count(),
            {i.key for i in object_store().keys("beta/")},
        )
    assert rows_of(pk, people=False)["documents"] == before["documents"]  # alpha's are alpha's


def test_where_the_patient_is_nothing_changes(full, tmp_path):
    export(full, tmp_path / "a.zip")
    before = rows_of(full.patient.pk)
    code, report = take_in(tmp_path / "a.zip")
    assert (code, set(report["codes"])) == (0, {"rows_there", "already_there"})
    assert rows_of(full.patient.pk) == before


def rewritten(path, target, change):
    """The same ZIP, but for what `change` makes of each part (None: left out)."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            body = change(info.filename, old.read(info))
            if body is not None:
                new.writestr(info.filename, body)
    return target


def honest(path, target, label, change):
    """A ZIP whose hashes are right, with other rows: what somebody with bad intent can make."""
    name = f"records/{label}.jsonl"
    with zipfile.ZipFile(path) as old:
        rows = [json.loads(row) for row in old.read(name).splitlines()]
        body = b"".join(json.dumps(change(row)).encode() + b"\n" for row in rows)
        manifest = json.loads(old.read("manifest.json"))
    manifest["lists"][name]["sha256"] = sha(body)
    changed = {name: body, "manifest.json": json.dumps(manifest).encode()}
    return rewritten(path, target, changed.get)


DAMAGES = {
    "a byte of a file": lambda n, b: b + b"x" if n.startswith("documents/") else b,
    "a file": lambda n, b: None if n.startswith("documents/") else b,
    "a row": lambda n, b: b.replace(b"Okafor", b"Okafur") if "patients.patient" in n else b,
    "a list": lambda n, b: None if n == "people.jsonl" else b,
    "the list of documents": lambda n, b: b[:-2] + b"\n" if n == "documents.jsonl" else b,
    "the manifest": lambda n, b: None if n == "manifest.json" else b,
    "the manifest's text": lambda n, b: b[:-20] if n == "manifest.json" else b,
    "another version": lambda n, b: b.replace(b'"version": 1', b'"version": 2'),
}


def test_what_is_damaged_is_refused_before_anything_is_written(full, tmp_path, beta):
    whole = tmp_path / "a.zip"
    export(full, whole)
    made = {name: rewritten(whole, tmp_path / name, change) for name, change in DAMAGES.items()}
    made["the end"] = tmp_path / "the end"
    made["the end"].write_bytes(whole.read_bytes()[:-30])
    made["one more"] = tmp_path / "one more"
    made["one more"].write_bytes(whole.read_bytes())
    with zipfile.ZipFile(made["one more"], "a") as more:
        more.writestr("../evil.txt", b"x")
    made["packed"] = tmp_path / "packed"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(made["packed"], "w") as packed:
        for info in old.infolist():
            packed.writestr(info.filename, old.read(info), zipfile.ZIP_DEFLATED)
    with tenant_context(beta):
        for name, path in made.items():
            code, report = take_in(path, tenant="beta")
            assert (code, report["state"]) == (1, "failed"), name
            assert report["stop"]["code"] in {"damaged", "version"}, (name, report)
            assert not Patient.objects.exists(), name
            assert not Document.objects.exists(), name
        assert take_in(whole, tenant="beta")[0] == 0


INTENTS = {
    "another's visit": (
        "medical_records.procedure",
        lambda w, r: {**r, "visit_id": str(w.other.pk)},
    ),
    "another patient": ("patients.patient", lambda w, r: {**r, "id": str(w.uninvited.pk)}),
    "another's record": (
        "medical_records.addendum",
        lambda w, r: {**r, "record_id": str(w.lab.pk)},
    ),
    "a row of somebody else": ("medical_records.visit", lambda w, r: {**r, "id": str(w.other.pk)}),
    "a column of its own": ("medical_records.visit", lambda w, r: {**r, "search_text": "x"}),
    "no date": ("medical_records.labresult", lambda w, r: {**r, "created_at": "Secret"}),
    "no choice": ("medical_records.visit", lambda w, r: {**r, "status": "Secret"}),
}


def test_what_would_reach_into_other_patients_is_refused(full, tmp_path, beta):
    export(full, tmp_path / "a.zip")
    with tenant_context(beta):
        bens = Patient.objects.create(first_name="Ben", last_name="Away")
        full.uninvited = bens
        full.other = apps.get_model("medical_records.Visit").objects.create(
            patient=bens, started_at=VISITED
        )
        for number, (name, (label, change)) in enumerate(INTENTS.items()):
            path = tmp_path / f"{number}.zip"
            honest(tmp_path / "a.zip", path, label, partial(change, full))
            code, report = take_in(path, tenant="beta")
            assert code == 1, name
            assert Patient.objects.get() == bens, name
            assert not Document.objects.exists(), name
            (rows,) = [one for one in report["failures"] if one["source_id"] == "records"]
            assert "Secret" not in json.dumps(report), name
            assert rows["code"] in {"export_refused", "row_refused"}, name


class Killed(BaseException):
    """Not an Exception: nothing may catch it, as nothing catches a SIGKILL."""


@pytest.mark.parametrize("point", ["in the rows", "in a file", "before the hold is back"])
def test_an_import_that_dies_is_gone_on_with(point, full, tmp_path, beta, monkeypatch):
    export(full, tmp_path / "a.zip")
    before = rows_of(full.patient.pk, people=False)["documents"]
    targets = {
        "in the rows": "backups.one_patient.importing._finalize",
        "in a file": "documents.services.importing.show_all",
        "before the hold is back": "backups.one_patient.job_kinds.as_it_was",
    }

    def die(*_, **__):
        raise Killed

    with tenant_context(beta):
        with monkeypatch.context() as patch:
            patch.setattr(targets[point], die)
            with pytest.raises(Killed):
                take_in(tmp_path / "a.zip", tenant="beta")
        if point == "in the rows":
            assert not Patient.objects.exists()
        Job.objects.update(state="interrupted")
        code, report = take_in(tmp_path / "a.zip", tenant="beta")
        assert (code, Job.objects.count()) == (0, 1), report
        assert rows_of(full.patient.pk, people=False)["documents"] == before


def test_over_the_api_only_administrators_get_one(full, client_of):
    url = f"/api/v1/patients/{full.patient.pk}/export"
    for name, code in {"priya": 403, "paul": 404, "pat": 403, "dev": 404, "bea": 401}.items():
        assert client_of(name, host="alpha").post(url).status_code == code, name
    ada = client_of("ada")
    answer = ada.post(url)
    assert (answer.status_code, answer.json()["kind"]) == (202, "patient_export")
    archive = ArchiveFile.objects.get(pk=answer.json()["id"])
    assert ada.post(url).json()["id"] == str(archive.pk)
    assert run_job(archive.job).state == "succeeded"
    told = ada.get(answer["Location"]).json()
    got = b"".join(ada.get(told["download"]).streaming_content)
    assert sha(got) == told["sha256"]
    assert json.loads(zipfile.ZipFile(io.BytesIO(got)).read("manifest.json"))["complete"]
    assert_problem(client_of("priya").get(told["download"]), 404, "not_found")
    was = member("ada")
    was.role = "provider"
    was.save()
    assert_problem(ada.get(told["download"]), 404, "not_found")


def test_bad_arguments(full, tmp_path):
    (tmp_path / "there.zip").touch()
    for arguments, field in (
        (("--to", str(tmp_path / "there.zip")), "to"),
        (("--to", str(tmp_path / "no" / "folder.zip")), "to"),
        (("--patient", "Pat", "--to", str(tmp_path)), "patient"),
        (("--patient", str(full.lab.pk), "--to", str(tmp_path)), "patient"),
    ):
        with pytest.raises(CommandError, match=f"^{field}: "):
            call_command(
                *("export_patient", "--tenant", "alpha", "--patient", str(full.patient.pk)),
                *arguments,
            )
    with pytest.raises(CommandError, match=r"^export: "):
        call_command("import_patient_export", str(tmp_path / "none.zip"), "--tenant", "alpha")
    with pytest.raises(CommandError, match=r"^importer: "):
        call_command(
            *("import_patient_export", str(tmp_path / "there.zip"), "--tenant", "alpha"),
            *("--as", "priya@alpha.test"),
        )


def test_memory_stays_flat_with_many_files_and_large_ones(full, settings, tmp_path):
    """A thousand small files more, or one of 32 MB, cost no more than a kilobyte each."""

    def peak():
        tracemalloc.start()
        with (tmp_path / "out.zip").open("w+b") as out:
            contents = write_export(full.patient.pk, out)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert contents.is_complete
        return most, len(contents.document_ids)

    peak()
    before, number = peak()
    multiply(full.document, 1_000)
    after, more = peak()
    assert more == number + 1_000
    assert after - before < 1_000 * 2_048 + 2 * 1024**2


def multiply(document, number):
    """Rows of as many documents more, whose objects are links to one file."""
    from pathlib import Path

    from accounts.fields import uuid7

    place = Path(object_store().location)
    rows = []
    for _ in range(number):
        row = Document.objects.get(pk=document.pk) if not rows else rows[0]
        copy = Document(**{f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields})
        copy.pk = uuid7()
        copy.s3_key = document.s3_key.replace(str(document.pk), str(copy.pk))
        (place / copy.s3_key).hardlink_to(place / document.s3_key)
        rows.append(copy)
    Document.objects.bulk_create(rows)
    assert documents_visible_to(member("ada")).count() > number
