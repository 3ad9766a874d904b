"""A backup and a restore give the same clinic again: each row, each byte, each guard."""

import tempfile
import tracemalloc
import uuid

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.db import DatabaseError, transaction
from django_tenants.utils import schema_context, tenant_context

from accounts.errors import AccountRefusedError
from accounts.models import Account, Domain, Membership, User
from accounts.services.schemas import drop_schema
from backups.errors import ArchiveError
from backups.readers import sha256_of
from backups.services import dumping
from backups.services.restoring import Target, restore_account
from documents.models import Document
from documents.preview_models import Preview
from documents.services.previews import make_previews
from documents.services.reading import open_document
from documents.storage import object_store
from jobs.models import Job, JobItem
from medical_records.models import MedicalRecord
from patients.models import Patient
from tests.accounts.catalogue import catalogue_of
from tests.backups.conftest import remove_clinics
from tests.backups.helpers import archive_of, backup, is_restored, restore
from tests.backups.repack import change_manifest, unpack
from tests.backups.world import NOTES, PASSWORD, attach, objects_of, rows_of, who


def mapped(text, changes):
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


def expected_rows(before, changes):
    """The rows as they must be there: other people's ids, other prefix, jobs at rest."""
    found = {}
    for table, rows in before.items():
        found[table] = [
            {
                column: None if cell is None else mapped(cell, changes)
                for column, cell in row.items()
            }
            for row in rows
        ]
        for row in found[table]:
            if row.get("s3_key"):
                row["s3_key"] = "restored/" + row["s3_key"].removeprefix("saved/")
    return found


def settled(rows):
    for row in rows["jobs_job"]:
        if row["state"] == "running":
            row.update(
                state="interrupted",
                stop_code="restored",
                stop_detail="It was running when the backup was made.",
                background="false",
            )
    for row in rows["jobs_jobitem"]:
        if row["state"] == "leased":
            row.update(state="waiting", worker=None)
    for row in rows["documents_archivefile"]:
        row.update(state="removed", s3_key=None)
    for row in rows["sms_integration_message"]:
        if row["status"] in {"scheduled", "queued", "sending"}:
            row.update(
                status="unclear" if row["status"] == "sending" else "canceled",
                due_at=None,
                error_code="restored",
                error="It was waiting to be sent when the backup was made.",
            )
    for row in rows["sms_integration_gateway"]:
        row.update(is_active="false", credentials="")
    return rows


def changes_between():
    """Which ids of the saved clinic are others in the restored one, by people's addresses."""
    ids = {}
    for there in Membership.objects.filter(account__schema_name="saved"):
        here = Membership.objects.get(account__schema_name="restored", user_id=there.user_id)
        assert here.pk != there.pk
        ids[str(there.pk)] = str(here.pk)
    return ids


@pytest.mark.parametrize("layout", ["tar", "folder"])
def test_each_row_and_each_byte_is_there_again(clinic, layout):
    empty = [name for name, rows in rows_of("saved").items() if not rows]
    assert empty == []
    with_previews("saved")
    job = backup(layout=layout)
    path = archive_of(job)
    assert path.is_dir() == (layout == "folder")
    # The job's own row is of the moment in which it began.
    before = rows_of("saved")
    own = [row for row in before["jobs_job"] if row["id"] == str(job.pk)]
    done = restore(path)
    after = rows_of("restored")
    changes = changes_between()
    receipt = [row for row in after["jobs_job"] if row["kind"] == "restore_account"]
    copy = [row for row in after["jobs_job"] if row["id"] == str(job.pk)]
    assert (len(receipt), len(copy), copy[0]["state"]) == (1, 1, "cancelled")
    after["jobs_job"] = [row for row in after["jobs_job"] if row not in (*receipt, *copy)]
    before["jobs_job"] = [row for row in before["jobs_job"] if row not in own]
    for rows, jobs in ((before, own), (after, receipt)):
        theirs = {row["id"] for row in jobs}
        rows["jobs_jobevent"] = [r for r in rows["jobs_jobevent"] if r["job_id"] not in theirs]
    wanted = settled(expected_rows(before, changes))
    for table in ("invites_invite", "sms_integration_medialink"):
        for row in after[table]:
            assert row["token_hash"].startswith("!")
            row["token_hash"] = next(
                one["token_hash"] for one in wanted[table] if one["id"] == row["id"]
            )
    assert after.keys() == wanted.keys()
    for table, rows in wanted.items():
        assert after[table] == rows, table
    assert done.report()["rows"] == job.report["rows"] > 60
    saved = objects_of("saved")
    previews = {key for key in saved if key.startswith("previews/")}
    kept = {key: digest for key, digest in saved.items() if key not in previews}
    assert (len(previews), len(kept), job.report["objects"]) == (2, 6, 6)
    assert objects_of("restored") == kept
    assert len(with_previews("restored")) == 2, "they are made anew"


def with_previews(schema):
    """Make the previews of a document; there are none before, restored or not."""
    with tenant_context(Account.objects.get(schema_name=schema)):
        assert Preview.objects.count() == 0
        found = Document.objects.available().filter(file_type="application/pdf", encoding="")
        return make_previews(found.order_by("pk").first())


def test_triggers_constraints_and_rows_guard_as_before(clinic):
    restore(archive_of(backup()))
    template = catalogue_of("account_template")
    restored = catalogue_of("restored")
    for kind in ("columns", "relations", "constraints", "triggers", "functions"):
        assert restored[kind] == template[kind], kind
    with schema_context("restored"):
        record = MedicalRecord.objects.get(status="finalized")
        events = Patient.objects.get(first_name="Pia").events.count()
        for refused in (
            lambda: MedicalRecord.objects.filter(pk=record.pk).update(diagnosis="Another"),
            lambda: record.events.all().delete(),
            lambda: Document.objects.all().delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                refused()
        Patient.objects.filter(first_name="Pia").update(phone="+61400000000")
        pia = Patient.objects.get(first_name="Pia")
        assert pia.events.count() == events + 1
        assert pia.notes == NOTES


def test_people_documents_and_host_are_the_clinics(clinic):
    account = restore(archive_of(backup()))
    assert account.made == type(account.made)(users=0, known_users=3, memberships=3)
    new = Account.objects.get(schema_name="restored")
    assert (new.name, new.time_zone, new.status) == ("Saved Clinic", "Europe/Berlin", "active")
    assert list(Domain.objects.filter(tenant=new).values_list("domain", "is_primary")) == [
        ("restored.localhost", True)
    ]
    with tenant_context(new):
        document = Document.objects.available().get(original_filename="result 1.pdf")
        with open_document(document, membership=who("doc", "restored")) as chunks:
            assert len(b"".join(chunks)) == document.file_size
    with tenant_context(Account.objects.get(schema_name="saved")):
        assert Document.objects.available().filter(original_filename="result 1.pdf").exists()


def test_after_the_loss_of_everything_ids_and_logins_are_as_they_were(saved):
    manifest = restore(saved, schema="saved").manifest
    account = Account.objects.get(schema_name="saved")
    assert str(account.pk) == manifest.account["id"]
    with schema_context("saved"):
        assert Document.objects.filter(uploaded_by=who("sue").user).exists()
        assert Patient.objects.get(first_name="Pia").clinician_id == who("doc").pk
    doc = User.objects.get(email="doc@saved.test")
    assert doc.check_password(PASSWORD)  # the backup was made with logins
    assert not doc.is_superuser


def test_without_logins_no_hash_leaves_and_nobody_gets_in(clinic, folder):
    path = archive_of(backup())
    hashes = list(User.objects.filter(email__endswith="@saved.test").values_list("password"))
    whole = path.read_bytes()
    assert not any(password.encode() in whole for (password,) in hashes)
    assert b"session of somebody" not in whole
    remove_clinics()
    restore(path)
    people = User.objects.filter(email__endswith="@saved.test")
    assert people.count() == 3
    assert not any(user.has_usable_password() for user in people)
    assert len({user.password for user in people}) == 3


def test_second_factors_stay_here_and_what_the_clinic_wants_goes_along(clinic, tmp_path):
    factor = TOTP.activate(User.objects.get(email="doc@saved.test"), "A" * 32).instance
    try:
        Account.objects.filter(pk=clinic.pk).update(second_factor_required=True)
        path = archive_of(backup(with_logins=True))
        assert not [name for name in unpack(path) if "mfa" in name or "factor" in name]
        restore(path)
        assert Account.objects.get(schema_name="restored").second_factor_required is True
        assert Authenticator.objects.get() == factor
        drop_schema("restored")
        Membership.objects.filter(account__schema_name="restored").delete()
        Domain.objects.filter(domain="restored.localhost").delete()
        Account.objects.filter(schema_name="restored").delete()
        older = change_manifest(
            path, tmp_path / "x.tar", lambda m: m["account"].pop("second_factor_required")
        )
        restore(older)
        assert Account.objects.get(schema_name="restored").second_factor_required is False
    finally:
        factor.delete()


def test_a_login_that_is_known_here_is_not_touched(saved):
    mine = User.objects.create_user("DOC@saved.test", "my-own-password", name="Own Name")
    root = User.objects.create_superuser("sue@saved.test", "root-password", name="Root")
    made = restore(saved).made
    assert (made.users, made.known_users, made.memberships) == (1, 2, 3)
    for user in (mine, root):
        before = (user.password, user.name, user.is_superuser, user.updated_at)
        user.refresh_from_db()
        assert (user.password, user.name, user.is_superuser, user.updated_at) == before
    with schema_context("restored"):
        assert Document.objects.filter(uploaded_by=root).exists()
        pia = Patient.objects.get(first_name="Pia")
        context = pia.events.order_by("pgh_id").first()
        assert context is not None
        assert Job.objects.get(kind="make_companies").requested_by_id == root.pk


def test_nobody_becomes_an_administrator_of_the_platform(clinic):
    User.objects.filter(email="sue@saved.test").update(is_superuser=True)
    path = archive_of(backup(with_logins=True))
    remove_clinics()
    restore(path)
    assert not User.objects.filter(email__endswith="@saved.test", is_superuser=True).exists()


def test_kinds_of_records_are_translated_by_their_names(saved, tmp_path):
    """As if the other installation had numbered its content types the other way round."""

    def swap(manifest):
        types = manifest["content_types"]
        labels = {label: pk for pk, label in types.items()}
        one, other = labels["medical_records.labresult"], labels["patients.patient"]
        types[one], types[other] = types[other], types[one]

    def owners():
        with schema_context("restored"):
            kinds = Document.objects.values_list("original_filename", "content_type__model")
            return {kind for name, kind in kinds if name.startswith("result")}

    restore(saved)
    assert owners() == {"labresult"}
    remove_clinics()
    restore(change_manifest(saved, tmp_path / "x.tar", swap))
    assert owners() == {"patient"}


def test_an_older_backup_gets_the_migrations_that_came_since(saved, tmp_path):
    last = ["audit", "0002_admin_log_without_shared_constraints"]
    path = change_manifest(saved, tmp_path / "x.tar", lambda m: m["migrations"].remove(last))
    assert restore(path).migrated == 1
    for kind in ("columns", "constraints", "triggers"):
        wanted = {row[:2] for row in catalogue_of("account_template")[kind]}
        assert {row[:2] for row in catalogue_of("restored")[kind]} == wanted, kind


def test_migrations_that_no_schema_can_have(saved, tmp_path):
    first = ["patients", "0001_initial"]
    path = change_manifest(saved, tmp_path / "x.tar", lambda m: m["migrations"].remove(first))
    with pytest.raises(ArchiveError) as refused:
        restore(path)
    assert refused.value.code == "other_migrations"
    assert not is_restored()


@pytest.mark.parametrize(
    ("schema", "field"),
    [("alpha", "schema"), ("public", "schema"), ("account_template", "schema"), ("A b", "schema")],
)
def test_it_never_goes_over_what_exists(saved, schema, field):
    with pytest.raises(AccountRefusedError) as refused:
        restore_account(path=saved, target=Target(schema, "new.localhost"), apply=True)
    assert refused.value.field == field
    with pytest.raises(AccountRefusedError) as refused:
        restore_account(path=saved, target=Target("restored", "alpha.localhost"), apply=True)
    assert refused.value.field == "domain"
    assert not is_restored()
    assert restore(saved).applied
    with pytest.raises(AccountRefusedError) as refused:
        restore(saved)
    assert refused.value.field == "schema"


def test_numbers_of_rows_go_on_and_are_never_given_twice(clinic):
    job = Job.objects.get(kind="make_companies")
    used = JobItem.objects.create(job=job, source_id="z")
    number = used.pk
    used.delete()
    restore(archive_of(backup()))
    with schema_context("restored"):
        again = JobItem.objects.create(job_id=job.pk, source_id="z")
        assert again.pk > number


def test_jobs_of_the_moment_are_at_rest(clinic):
    restore(archive_of(backup()))
    with schema_context("restored"):
        states = set(Job.objects.values_list("kind", "state", "background"))
        assert states == {
            ("make_companies", "interrupted", False),
            ("backup_account", "cancelled", False),
            ("restore_account", "succeeded", False),
        }
        assert not JobItem.objects.filter(state="leased").exists()
        assert Job.objects.get(kind="restore_account").report["from"] == "saved"


def test_from_each_store_into_itself(stored, clinic):
    restore(archive_of(backup()))
    assert len(objects_of("saved")) == 6
    assert objects_of("restored") == objects_of("saved")
    with schema_context("restored"):
        buckets = set(Document.objects.values_list("s3_bucket", flat=True))
        assert buckets == {object_store().bucket_name}


def test_what_is_written_meanwhile_is_not_in_it(clinic, monkeypatch):
    """Rows and bytes are of one moment, whatever comes between two tables."""
    original, seen = dumping.Parts.__exit__, []

    def write(self, *arguments):
        if not seen:
            seen.append(1)
            late = Patient.objects.create(first_name="Late", last_name="Comer")
            attach(late)
            Patient.objects.filter(first_name="Pit").update(last_name="Changed")
        return original(self, *arguments)

    monkeypatch.setattr(dumping.Parts, "__exit__", write)
    path = archive_of(backup())
    restore(path)
    assert len(objects_of("saved")) == 7
    assert len(objects_of("restored")) == 6
    with schema_context("restored"):
        assert not Patient.objects.filter(first_name="Late").exists()
        assert not Document.objects.filter(patient__first_name="Late").exists()
        assert not Patient.objects.filter(last_name="Changed").exists()
    with schema_context("saved"):
        assert Patient.objects.filter(first_name="Late", documents__state="available").exists()


def test_memory_stays_flat(clinic):
    """A document of 48 MB goes out, is read back and comes in again through windows of some KB."""
    size = 48 * 1024 * 1024
    pia = Patient.objects.get(first_name="Pia")
    document = attach(pia, name="big.pdf")
    with tempfile.TemporaryFile() as big:
        big.truncate(size)
        sha = sha256_of(big)
        big.seek(0)
        key = document.s3_key.replace(str(document.pk), str(uuid.uuid4()))
        object_store().put(key, big, size=size, content_type="application/pdf", sha256=sha, tags={})
    Document.objects.filter(pk=document.pk).update(s3_key=key, sha256=sha, file_size=size)
    tracemalloc.start()
    try:
        restore(archive_of(backup()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size / 3


def test_the_other_clinic_stays_as_it_is(clinic):
    before = rows_of("alpha"), rows_of("beta")
    path = archive_of(backup())
    assert b"alpha" not in path.read_bytes().replace(b"alphabet", b"")
    restore(path)
    assert (rows_of("alpha"), rows_of("beta")) == before
    assert {row["schema_name"] for row in Account.objects.values("schema_name")} == {
        *("alpha", "beta", "saved", "restored")
    }
