"""A patient is erased: all of them, nobody else, and not while anything must be kept."""

import io
import json
import re
import threading
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.fields import uuid7
from backups.one_patient import erasing, erasing_job
from backups.one_patient.duties import PatientKeptError
from backups.one_patient.erasing import begin_erasure
from backups.one_patient.graph import covered
from backups.one_patient.receipts import erased_since
from documents.errors import DocumentStateError
from documents.keys import archive_key, preview_key, staging_key
from documents.models import (
    ArchiveFile,
    DirectUpload,
    Document,
    Erasure,
    ErasureObject,
    Preview,
)
from documents.services.holds import hold_document, release_document
from documents.services.ownership import stored_objects
from documents.storage import StoreError, object_store
from jobs.models import Job, SourceLink
from jobs.services.running import run_job
from medical_records.models import Addendum, LabResult, MedicalRecord
from patients.models import Patient
from tests.backups.test_patient_export import bytes_of, export, make_full, rows_of, take_in
from tests.conftest import member
from tests.documents.conftest import committed  # noqa: F401  a fixture
from tests.documents.helpers import assert_problem, upload
from tests.documents.storage.conftest import make_bucket, moto, rclone  # noqa: F401  fixtures
from tests.documents.verify.conftest import empty_store
from tests.isolation.conftest import put_text
from tests.s3_server import BUCKET, KEYS, storage

OLD = timezone.now() - timedelta(days=8 * 366)
MARK = "Okafor"


@pytest.fixture(params=["folder", "moto", "rclone"])
def stored(request, settings, in_alpha):
    if request.param != "folder":
        address = request.getfixturevalue(request.param)
        settings.STORAGES = {**settings.STORAGES, "documents": storage(address)}
        empty_store("alpha")
    if request.param == "moto":
        s3 = client(address)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield request.param
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
        return
    yield request.param


def client(address):
    return boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id=KEYS[0],
        aws_secret_access_key=KEYS[1],
    )


def make_old(world):
    """Let time pass: everything of the patient is so old that no duty keeps it."""
    for document in Document.objects.filter(legal_hold=True):
        release_document(membership=member("ada"), document=document, reason="Settled")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in covered():
            model = table.model._meta
            for name in ("created_at", "uploaded_at", "visit_date", "started_at", "performed_at"):
                if name in {field.name for field in model.fields}:
                    cursor.execute(f'UPDATE "{model.db_table}" SET {name} = %s', [OLD])  # noqa: S608
        cursor.execute("UPDATE medical_records_atreport SET assessed_on = %s", [OLD.date()])
        cursor.execute("UPDATE invites_invite SET expires_at = %s", [timezone.now()])
        cursor.execute("SET LOCAL session_replication_role = origin")
    return world


@pytest.fixture
def old(in_alpha):
    return make_old(make_full())


def erase(world, *arguments):
    out, code = io.StringIO(), 0
    try:
        call_command(
            *("erase_patient", "--tenant", "alpha", "--patient", str(world.patient.pk), "--json"),
            *arguments,
            stdout=out,
        )
    except SystemExit as error:
        code = error.code
    return code, json.loads(out.getvalue())


APPLY = ("--apply", "--reason", "Asked for it")


def everywhere(text):
    """Return the tables of the clinic in any of whose columns a text stands."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(
                "SELECT 1 FROM information_schema.tables"
                " WHERE table_schema = 'alpha' AND table_name = %s",
                [table],
            )
            if cursor.fetchone():
                cursor.execute(
                    f'SELECT 1 FROM alpha."{table}" t WHERE t::text ILIKE %s LIMIT 1',  # noqa: S608
                    [f"%{text}%"],
                )
                if cursor.fetchone():
                    found.add(table)
    return found


def keys_of(world):
    return set(Document.objects.filter(patient=world.patient).values_list("s3_key", flat=True))


def preview_of(document):
    key = preview_key(
        tenant="alpha",
        document_id=document.pk,
        preview_id=uuid7(),
        page=1,
        edge=200,
        mime="image/png",
    )
    Preview.objects.create(document=document, edge=200, state="made", version=1, s3_key=key)
    put_text(key)
    return key


def kept_copy_of(document, job):
    """What a restructuring has kept; it is no object of a row's, and goes before the rows do."""
    key = archive_key("patients", f"kept-{document.pk}.bin")
    put_text(key)
    SourceLink.objects.create(
        job=job,
        source="restructure_bucket",
        source_id=str(document.pk),
        target_id=document.pk,
        target_type="documents.document",
        facts={"backup": key, "old_key": ""},
    )
    return key


def test_nothing_is_left_and_nothing_else_is_gone(stored):
    world = make_old(make_full(with_report=stored == "folder"))
    pk, keys = world.patient.pk, keys_of(world)
    others = upload(other_world(), owner=other_world().lab, who="ada")
    LogEntry.objects.create(
        user_id=member("ada").user_id,
        content_type=ContentType.objects.get_for_model(Patient),
        object_id=str(pk),
        object_repr="Pat Okafor",
        action_flag=CHANGE,
    )
    zipped = export_into_the_store(world)
    keys |= {zipped.s3_key, world.archive.s3_key, preview_of(world.document)}
    keys |= {staging_key(one.document_id) for one in DirectUpload.objects.all()}
    copy = kept_copy_of(world.document, world.job)
    LabResult.objects.create(patient=world.patient, test_name="Okafor's, removed since").delete()
    if stored == "moto":  # an earlier version, as a move of the bucket leaves it
        object_store().remove(world.document.s3_key)
    assert {"patients_patient", "patients_patientevent", "django_admin_log"} <= everywhere(MARK)
    before = {model: model.objects.count() for model in (Patient, Document, LabResult)}
    number = Document.objects.filter(patient=pk).count()
    code, report = erase(world, *APPLY)
    assert (code, report["state"]) == (0, "succeeded"), report
    assert everywhere(MARK) == set()
    # Ids stay where they say who looked at what, and in the receipt; nothing of the person does.
    left = everywhere(str(pk)) - {"audit_accesslog"}
    assert left <= {"documents_erasure", "documents_erasureevent", "documents_archivefile"}
    assert before[Patient] - Patient.objects.count() == 1
    assert before[Document] - Document.objects.count() == number
    assert before[LabResult] - LabResult.objects.count() == 1
    there = {info.key for info in object_store().keys("alpha/")}
    assert there & keys == set()
    assert copy not in there
    assert others.s3_key in there
    if stored == "moto":
        s3 = client(object_store().endpoint_url)
        pages = s3.list_object_versions(Bucket=BUCKET, Prefix="alpha/")
        versions = [*pages.get("Versions", ()), *pages.get("DeleteMarkers", ())]
        assert {one["Key"] for one in versions} & keys == set()
        assert others.s3_key in {one["Key"] for one in versions}
    receipt = Erasure.objects.get()
    assert (receipt.patient_uuid, receipt.state, receipt.reason) == (pk, "erased", "Asked for it")
    assert (receipt.erased_by_id, receipt.counts["objects"]) == (None, len(keys))
    assert receipt.counts["rows"]["documents.document"] == number
    assert receipt.keys_sha256 == erasing._sha256(sorted(keys))
    assert not ErasureObject.objects.exists()
    zipped.refresh_from_db()
    assert (zipped.state, zipped.s3_key) == ("removed", None)
    assert not [one for one in stored_objects() if one.is_orphan]
    assert member("pat").is_active is False
    with pytest.raises(CommandError, match="no such patient"):
        erase(world, *APPLY)


def other_world():
    from types import SimpleNamespace

    patient = Patient.objects.filter(last_name="Other").first() or Patient.objects.create(
        first_name="Olga", last_name="Other"
    )
    lab = LabResult.objects.filter(patient=patient).first() or LabResult.objects.create(
        patient=patient, test_name="Other"
    )
    return SimpleNamespace(patient=patient, lab=lab, blood=lab)


def export_into_the_store(world):
    from backups.one_patient.ordering import order_export

    archive = order_export(membership=member("ada"), patient_id=world.patient.pk)
    assert run_job(archive.job).state == "succeeded"
    archive.refresh_from_db()
    return archive


def test_without_apply_it_only_shows_what_would_go(old):
    rows, there = rows_of(old.patient.pk), bytes_of(old.patient.pk)
    code, report = erase(old)
    assert (code, report["dry_run"]) == (0, True)
    assert report["report"]["rows"]["patients.patient"] == 1
    assert (rows_of(old.patient.pk), bytes_of(old.patient.pk)) == (rows, there)
    assert not Erasure.objects.exists()


def test_what_must_be_kept_is_named_and_nothing_is_changed(in_alpha):
    world = make_full()
    pk = world.patient.pk
    rows, there = rows_of(pk), bytes_of(pk)
    code, report = erase(world)
    assert code == 1
    named = {(gap["source_id"].split()[0], gap["code"]) for gap in report["gaps"]}
    assert named == {
        ("documents.document", "legal_hold"),
        ("documents.document", "retention"),
        *(
            (f"medical_records.{name}", "retention")
            for name in ("addendum", "atreport", "labresult", "medicalrecord", "procedure", "visit")
        ),
    }
    with pytest.raises(CommandError, match="must be kept"):
        erase(world, *APPLY)
    assert (rows_of(pk), bytes_of(pk)) == (rows, there)
    assert not Erasure.objects.exists()


KEEPING = {
    "a hold": lambda w: hold_document(
        membership=member("ada"), document=w.document, reason="A claim"
    ),
    "a day": lambda w: Document.objects.filter(pk=w.document.pk).update(
        retain_until=timezone.now().date() + timedelta(days=1)
    ),
    "for ever": lambda w: Document.objects.filter(pk=w.document.pk).update(retention="filemaker"),
    "a young document": lambda w: Document.objects.filter(pk=w.document.pk).update(
        uploaded_at=timezone.now()
    ),
    "an upload": lambda w: Document.objects.filter(pk=w.document.pk).update(state="pending"),
    "a young record": lambda w: LabResult.objects.create(patient=w.patient, test_name="TSH"),
    "a ZIP being made": lambda w: ArchiveFile.objects.create(
        patient_uuid=w.patient.pk, job=Job.objects.create(kind="make_archive")
    ),
}


@pytest.mark.parametrize("keep", KEEPING.values(), ids=KEEPING)
def test_each_thing_that_is_kept_keeps_it_all(keep, old):
    keep(old)
    before = rows_of(old.patient.pk)
    with pytest.raises(PatientKeptError) as refused:
        begin_erasure(erased_by=None, patient_id=old.patient.pk, reason="Asked for it")
    assert refused.value.extra["number"] == 1
    assert rows_of(old.patient.pk) == before
    assert not Erasure.objects.exists()


class Killed(BaseException):
    """Not an Exception: nothing may catch it, as nothing catches a SIGKILL."""


def die(*_, **__):
    raise Killed


def after_one(monkeypatch):
    store, gone = type(object_store()), []
    erase_ = store.erase

    def then(self, key):
        if gone:
            raise Killed
        gone.append(key)
        return erase_(self, key)

    monkeypatch.setattr(store, "erase", then)


POINTS = {
    "before the rows": (lambda m: m.setattr(erasing, "_remove_rows", die), False),
    "behind the rows": (lambda m: m.setattr(erasing, "_forget_traces", die), False),
    "before the objects": (lambda m: m.setattr(erasing_job, "remove_object", die), True),
    "between two objects": (after_one, True),
    "between an object and its note": (lambda m: m.setattr(ErasureObject, "delete", die), True),
    "before the receipt": (lambda m: m.setattr(erasing_job, "finish_erasure", die), True),
}


@pytest.mark.parametrize(("arm", "begun"), POINTS.values(), ids=POINTS)
def test_a_death_is_gone_on_with(arm, begun, old, monkeypatch):
    pk, keys = old.patient.pk, keys_of(old)
    with monkeypatch.context() as patch:
        arm(patch)
        with pytest.raises(Killed):
            erase(old, *APPLY)
    assert Patient.objects.filter(pk=pk).exists() is not begun
    if begun:
        assert Erasure.objects.get().state == "erasing"
        assert everywhere(MARK) == set()
    else:
        assert not Erasure.objects.exists()
        assert bytes_of(pk)
    Job.objects.filter(kind="erase_patient").update(state="interrupted")
    code, report = erase(old, *APPLY)
    assert code == 0, report
    assert Erasure.objects.get().state == "erased"
    assert not {info.key for info in object_store().keys("alpha/")} & keys


def test_a_store_that_denies_it_leaves_it_to_be_gone_on_with(old, monkeypatch):
    monkeypatch.setattr("jobs.services.ledger.BASE_WAIT", 0.001)

    def denied(*_):
        raise StoreError("The store answered AccessDenied.")

    with monkeypatch.context() as patch:
        patch.setattr(type(object_store()), "erase", denied)
        code, report = erase(old, *APPLY)
    assert (code, Erasure.objects.get().state) == (1, "erasing")
    assert "rights of `erase`" in report["failures"][0]["remedy"]
    assert erase(old, *APPLY)[0] == 0
    assert Erasure.objects.get().state == "erased"


def test_nothing_else_can_delete_what_is_final(old):
    """The service is the only place that passes the triggers by; who comes otherwise is refused."""
    root = Path(erasing.__file__).parents[2]
    found = [
        path.relative_to(root).as_posix()
        for app in ("accounts", "backups", "config", "documents", "jobs", "medical_records")
        for path in (root / app).rglob("*.py")
        if "migrations" not in path.parts
        and re.search(r"pgtrigger\.ignore|replication_role", path.read_text())
    ]
    assert [one for one in found if not one.startswith("backups/services")] == [
        "backups/one_patient/erasing.py"
    ]
    record = MedicalRecord.objects.filter(status="finalized").first()
    for rows in (
        Document.objects.filter(pk=old.document.pk),
        MedicalRecord.objects.filter(pk=record.pk),
        Addendum.objects.all(),
        record.diagnoses.all(),
        apps.get_model("documents.DocumentEvent").objects.all(),
    ):
        with pytest.raises(InternalError), transaction.atomic():
            rows._raw_delete(rows.db)
    assert erase(old, *APPLY)[0] == 0
    receipt = Erasure.objects.get()
    for statement in ("DELETE FROM documents_erasure", "UPDATE documents_erasure SET reason = ''"):
        with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert receipt.events.count() >= 2  # when it began, and when it was over
    with pytest.raises(InternalError), transaction.atomic():  # the door is closed behind it
        Document.objects.filter(state="available")._raw_delete("default") or boom()


def boom():
    raise InternalError("there was nothing to delete")


def test_what_an_export_holds_comes_back_after_it_and_goes_again(old, tmp_path):
    export(old, tmp_path / "a.zip")
    pk, ids = old.patient.pk, set(Document.objects.values_list("pk", flat=True))
    before, there = rows_of(pk, people=False), bytes_of(pk)
    for _ in range(2):
        assert erase(old, *APPLY)[0] == 0
        assert not Patient.objects.filter(pk=pk).exists()
        Job.objects.filter(kind="import_patient_export").update(state="cancelled")
        code, report = take_in(tmp_path / "a.zip")
        assert code == 0, report
        assert (rows_of(pk, people=False), bytes_of(pk)) == (before, there)
    assert Erasure.objects.count() == 2
    assert ids - set(Document.objects.values_list("pk", flat=True))  # their rows are new ones


def test_where_something_came_from_is_kept_so_that_it_does_not_come_again(old):
    SourceLink.objects.filter(target_id=old.document.pk).update(facts={"owner": "Okafor"})
    erase(old, *APPLY)
    link = SourceLink.objects.get(target_id=old.document.pk)
    assert (link.source, link.facts) == ("legacy-old", {})


def test_over_the_api(old, client_of):
    url = f"/api/v1/patients/{old.patient.pk}/erase"
    body = {"reason": "Asked for it", "confirm": str(old.patient.pk)}

    def ask(client, **changes):
        return client.post(url, {**body, **changes}, content_type="application/json")

    for name, code in {"priya": 403, "paul": 404, "pat": 403, "rex": 404, "bea": 401}.items():
        assert ask(client_of(name, host="alpha")).status_code == code, name
    ada = client_of("ada")
    assert_problem(ask(ada, confirm=str(old.lab.pk)), 400, "invalid", "confirm")
    assert_problem(ask(ada, reason=" "), 400, "blank", "reason")
    hold_document(membership=member("ada"), document=old.document, reason="A claim")
    refused = assert_problem(ask(ada), 409, "patient_kept")
    assert refused["kept"] == [
        {
            "kind": "documents.document",
            "id": str(old.document.pk),
            "reason": "legal_hold",
            "until": None,
        }
    ]
    assert Patient.objects.filter(pk=old.patient.pk).exists()
    release_document(membership=member("ada"), document=old.document, reason="Settled")
    answer = ask(ada)
    assert (answer.status_code, answer.json()["state"]) == (202, "erasing")
    assert_problem(ask(ada), 404, "not_found")
    assert run_job(Job.objects.get(pk=answer.json()["job"])).state == "succeeded"
    assert Erasure.objects.get().erased_by_id == member("ada").user_id


def test_in_the_admin_the_name_is_typed(old, client_of):
    ada = client_of("ada")
    page = reverse("admin:patients_patient_erase", args=[old.patient.pk])
    seen = ada.get(page).context["seen"]
    body = {"_seen": seen, "reason": "Asked for it"}
    ada.post(page, {**body, "confirm": "Pat"})
    assert Patient.objects.filter(pk=old.patient.pk).exists()
    answer = ada.post(page, {**body, "confirm": "Pat Okafor"})
    receipt = Erasure.objects.get()
    assert answer["Location"] == f"/admin/documents/erasure/{receipt.pk}/change/"
    shown = ada.get(answer["Location"]).content.decode()
    assert "Asked for it" in shown
    assert MARK not in shown
    assert client_of("priya").get(page).status_code in {302, 403}


def test_in_the_admin_an_export_leads_to_its_page(old, client_of):
    ada = client_of("ada")
    page = reverse("admin:patients_patient_export_all", args=[old.patient.pk])
    seen = ada.get(page).context["seen"]
    answer = ada.post(page, {"_seen": seen})
    archive = ArchiveFile.objects.get(kind="patient_export")
    assert answer["Location"] == f"/admin/documents/archivefile/{archive.pk}/change/"
    assert client_of("priya").get(page).status_code in {302, 403}


@pytest.mark.parametrize("first", ["hold", "erase"])
def test_the_row_lock_decides_between_a_hold_and_an_erasure(first, committed):  # noqa: F811
    """Twice at once, the hold first or the erasure first: never half of each."""
    found = {}
    with tenant_context(committed):
        patient = Patient.objects.create(first_name="Pat", last_name=MARK)
        document = upload(other_world(), owner=patient, slug="patients", who="ada")
        Document.objects.filter(pk=document.pk).update(uploaded_at=OLD, retention="temp")

        def hold():
            held = {"membership": member("ada"), "document": document, "reason": "A claim"}
            found["hold"] = outcome(lambda: hold_document(**held))

        def erase_():
            asked = {"erased_by": None, "patient_id": patient.pk, "reason": "Asked for it"}
            found["erase"] = outcome(lambda: begin_erasure(**asked))

        one, two = (hold, erase_) if first == "hold" else (erase_, hold)
        other = threading.Thread(target=in_a_thread, args=(committed, two))
        with transaction.atomic():
            one()
            other.start()
            wait_until_waiting(other)
        other.join()
        kept = Document.objects.filter(pk=document.pk, legal_hold=True).exists()
    assert kept is (first == "hold")
    assert found[first] is None
    refused = PatientKeptError if first == "hold" else DocumentStateError
    assert isinstance(found["erase" if first == "hold" else "hold"], refused)


def outcome(call):
    try:
        call()
    except (PatientKeptError, DocumentStateError) as error:
        return error
    return None


def in_a_thread(account, call):
    try:
        with tenant_context(account):
            call()
    finally:
        connection.close()


def wait_until_waiting(other):
    """Return when the other waits for one of our locks; the server says so."""
    while other.is_alive():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees one moment
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return


def test_bad_arguments(old):
    for arguments, said in (
        (("--patient", "Pat"), "patient: "),
        (("--patient", str(old.lab.pk)), "patient: "),
        (("--apply",), "reason: "),
        (("--apply", "--reason", "x" * 301), "reason: "),
    ):
        with pytest.raises(CommandError, match=said):
            erase(old, *arguments)
    assert Patient.objects.filter(pk=old.patient.pk).exists()


def test_the_other_clinics_patient_is_unknown(old, beta):
    with tenant_context(beta), pytest.raises(CommandError, match="no such patient"):
        call_command("erase_patient", "--tenant", "beta", "--patient", str(old.patient.pk))
    assert Patient.objects.filter(pk=old.patient.pk).exists()


def test_a_restored_clinic_is_told_whom_its_first_self_has_erased_since(old, beta):
    """Beta stands for the restored clinic: the patient is in it, as in a backup of before."""
    before = timezone.now()
    pk = old.patient.pk
    with tenant_context(beta):
        Patient.objects.create(pk=pk, first_name="Pat", last_name=MARK)
    asked = {"was": "alpha", "now": "beta"}
    assert erased_since(**asked, taken_at=before) == []
    assert erase(old, *APPLY)[0] == 0
    assert erased_since(**asked, taken_at=before) == [pk]
    assert erased_since(**asked, taken_at=timezone.now()) == []  # the backup was made after it
    assert erased_since(was="gone", now="beta", taken_at=before) == []
    assert erased_since(was="beta", now="beta", taken_at=before) == []
