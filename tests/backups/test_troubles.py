"""A full disk, Ctrl-C, two at once: what was begun goes on with the same command."""

import os
import resource
import select
import signal
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django_tenants.utils import schema_context

from accounts.models import Account, User
from backups.errors import BackupRefusedError
from backups.services import loading, restoring, writing
from backups.services.verifying import verify_archive
from documents.storage import StoreError
from documents.storage.filesystem import FileSystemObjectStore
from jobs.errors import JobStateError
from jobs.models import Job
from patients.models import Patient
from tests.backups.helpers import archive_of, backup, is_restored, restore
from tests.backups.test_crash_points import as_another, code_of, sessions
from tests.backups.world import attach, objects_of, rows_of


@contextmanager
def full_disk(size):
    """Let no file of this process grow beyond so many bytes: the kernel refuses, as a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def published(folder):
    return [one for one in folder.iterdir() if not one.name.startswith(".")]


@pytest.mark.parametrize("layout", ["tar", "folder"])
@pytest.mark.parametrize("size", [0, 512, 3_000, 20_000, 60_000])
def test_a_disk_that_is_full_while_a_backup_is_written(clinic, folder, layout, size):
    """In the rows, between them, in the documents: the job says so, and goes on later."""
    attach(Patient.objects.get(first_name="Pia"), name="large.pdf", body=large())
    with full_disk(size):
        job = backup(layout=layout)
    assert (job.state, job.stop_code) == ("interrupted", "folder")
    assert job.stop_detail.startswith("The backup cannot be written: ")
    assert published(folder) == []
    again = backup(layout=layout)
    assert (again.pk, again.state, again.done) == (job.pk, "succeeded", 7)
    assert restore(archive_of(again)).report()["objects"] == 7


def large():
    from tests.documents.corpus_pdf import minimal

    whole = minimal()
    at = whole.rindex(b"startxref")
    return whole[:at] + b"%" + b"x" * 100_000 + b"\n" + whole[at:]


def test_a_disk_that_is_full_in_the_midst_of_the_documents(clinic, folder, monkeypatch):
    """What the batches before have brought is not read again."""
    monkeypatch.setattr("backups.job_kinds.AT_ONCE", 2)
    real, calls = writing.copy_object, []

    def copy(listed, *arguments, **options):
        calls.append(listed.document)
        if len(calls) == 5:
            with full_disk(0):
                return real(listed, *arguments, **options)
        return real(listed, *arguments, **options)

    monkeypatch.setattr(writing, "copy_object", copy)
    job = backup(layout="folder")
    assert (job.state, job.stop_code, job.done) == ("interrupted", "folder", 4)
    again = backup(layout="folder")
    assert (again.pk, again.state) == (job.pk, "succeeded")
    assert len(calls) == 5 + 2
    assert restore(archive_of(again)).report()["objects"] == 6


def test_a_store_that_is_full_while_objects_are_brought(saved, monkeypatch):
    real, calls = FileSystemObjectStore.put, []

    def put(self, *arguments, **options):
        calls.append(1)
        if len(calls) != 4:
            return real(self, *arguments, **options)
        with full_disk(10):
            return real(self, *arguments, **options)

    monkeypatch.setattr(FileSystemObjectStore, "put", put)
    with pytest.raises(BackupRefusedError) as refused:
        restore(saved)
    assert (refused.value.code, is_restored()) == ("store_unavailable", False)
    assert isinstance(refused.value.__cause__, StoreError)
    assert len(objects_of("restored")) == 3  # whole ones only, for the next run
    done = restore(saved)
    assert (done.objects_made, done.objects_there) == (3, 3)


def test_a_store_that_is_away_exits_with_1(saved, monkeypatch):
    def put(*_, **__):
        raise StoreError("The store is away.")

    monkeypatch.setattr(FileSystemObjectStore, "put", put)
    with pytest.raises(CommandError) as refused, schema_context("public"):
        call_command(
            *("restore_account", str(saved)),
            schema="restored",
            domain="restored.localhost",
            apply=True,
        )
    assert refused.value.returncode == 1
    assert str(refused.value) == "The store is away. Run the same again to go on."


def test_a_database_that_ends_the_session_leaves_no_clinic(saved, monkeypatch):
    """The server goes away under the transaction; the objects stay for the next run."""
    real, users = restoring.load_tables, User.objects.count()

    def cut(*arguments, **options):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        other = connection.get_new_connection(connection.get_connection_params())
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
        finally:
            other.close()
        return real(*arguments, **options)

    with monkeypatch.context() as cutting:
        cutting.setattr(restoring, "load_tables", cut)
        with pytest.raises(BackupRefusedError) as refused:
            restore(saved)
    assert refused.value.code == "database_unavailable"
    connection.close()
    assert not is_restored()
    assert User.objects.count() == users
    done = restore(saved)
    assert (done.objects_made, done.objects_there) == (0, 6)


class Child:
    """Work in another process, which stops where `reach` is called until it is told to go on."""

    def __init__(self):
        self.reached, self.tell = os.pipe()
        self.wait, self.go_on = os.pipe()

    def reach(self):
        os.write(self.tell, b"x")
        assert select.select([self.wait], [], [], 60)[0], "nobody said go on"
        os.read(self.wait, 1)

    def start(self, work):
        self.ours = sessions()
        self.pid = os.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            as_another(work)
        assert select.select([self.reached], [], [], 60)[0], "it never came there"
        os.read(self.reached, 1)

    def end(self, number=None):
        """Send a signal or let it go on; return its exit code."""
        if number is None:
            os.write(self.go_on, b"x")
        else:
            os.kill(self.pid, number)
        code = code_of(self.pid, self.ours)
        for handle in (self.reached, self.tell, self.wait, self.go_on):
            os.close(handle)
        return code


def run(called, *arguments, **options):
    """Run a command as the shell does; return its exit code."""
    try:
        with schema_context("public"):
            call_command(called, *arguments, **options)
    except CommandError as error:
        return error.returncode
    except SystemExit as ended:
        return ended.code
    return 0


STEPS = [
    (FileSystemObjectStore, "put"),
    (restoring, "build_schema"),
    (restoring, "make_shared_rows"),
    (loading, "_translated"),  # inside a COPY, where the driver hides what was raised
    (restoring, "_leave_receipt"),
]


@pytest.mark.parametrize(("owner", "name"), STEPS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_restore_that_is_stopped(saved, monkeypatch, owner, name, number):
    child = Child()
    with monkeypatch.context() as stopping:
        real = getattr(owner, name)
        stop = reach_in_each(child, real) if name == "_translated" else reach_first(child, real)
        stopping.setattr(owner, name, stop)
        child.start(
            lambda: run(
                "restore_account",
                str(saved),
                schema="restored",
                domain="restored.localhost",
                apply=True,
            )
        )
        code = child.end(number)
    assert code == (130 if number == signal.SIGINT else -signal.SIGTERM)
    assert not is_restored()
    assert restore(saved).applied
    assert len(objects_of("restored")) == 6


def reach_in_each(child, real):
    def stop(*arguments, **options):
        for line in real(*arguments, **options):
            child.reach()
            yield line

    return stop


def reach_first(child, real):
    def stop(*arguments, **options):
        child.reach()
        return real(*arguments, **options)

    return stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_backup_that_is_stopped(clinic, folder, monkeypatch, number):
    monkeypatch.setattr("backups.job_kinds.AT_ONCE", 2)
    child = Child()
    with monkeypatch.context() as stopping:
        stopping.setattr(writing, "copy_object", reach_first(child, writing.copy_object))
        child.start(lambda: run("backup_account", tenant="saved"))
        os.kill(child.pid, number)
        # It ends after the documents in hand, so let it go on with both of them.
        os.write(child.go_on, b"x")
        assert select.select([child.reached], [], [], 60)[0]
        code = child.end()
    assert code == 1
    job = Job.objects.get(kind="backup_account")
    assert (job.state, job.stop_code, job.done) == ("interrupted", "stopped", 2)
    assert published(folder) == []
    again = backup()
    assert (again.pk, again.state) == (job.pk, "succeeded")
    assert verify_archive(archive_of(again)).manifest.objects.count == 6


def test_two_processes_with_one_backup(clinic, folder, monkeypatch):
    child = Child()
    with monkeypatch.context() as stopping:
        stopping.setattr(writing, "write_list", reach_first(child, writing.write_list))
        child.start(lambda: run("backup_account", tenant="saved"))
    with pytest.raises(JobStateError):
        backup()
    assert published(folder) == []
    assert child.end() == 0
    (made,) = published(folder)
    assert verify_archive(made).manifest.complete


def test_two_backups_of_one_clinic_side_by_side(clinic, folder, monkeypatch):
    """Other options make another job; neither clears away what the other writes."""
    child = Child()
    with monkeypatch.context() as stopping:
        stopping.setattr(writing, "write_list", reach_first(child, writing.write_list))
        child.start(lambda: run("backup_account", tenant="saved", layout="folder"))
    first = archive_of(backup(keep=1))
    assert child.end() == 0
    made = published(folder)
    assert len(made) == 2
    assert first in made
    assert all(verify_archive(one).manifest.complete for one in made)


def test_two_restores_into_one_schema(saved, monkeypatch):
    """The second is refused while the first is at it, and after it; and takes nothing away."""
    child = Child()
    with monkeypatch.context() as stopping:
        stopping.setattr(restoring, "build_schema", reach_first(child, restoring.build_schema))
        child.start(
            lambda: run(
                "restore_account",
                str(saved),
                schema="restored",
                domain="restored.localhost",
                apply=True,
            )
        )
    with pytest.raises(BackupRefusedError) as refused:
        restore(saved)
    assert refused.value.field == "schema"
    assert child.end() == 0
    before = rows_of("restored"), objects_of("restored")
    assert len(before[1]) == 6
    code = run(
        *("restore_account", str(saved)), schema="restored", domain="r2.localhost", apply=True
    )
    assert code == 2
    assert (rows_of("restored"), objects_of("restored")) == before


def test_a_restore_that_ended_while_we_read_is_not_taken_back(saved):
    """Both have read the archive before either began; the second must not remove the first's."""
    done = []

    def first(line):
        if line.endswith("objects are whole.") and not done:
            done.append(1)
            assert restore(saved).applied

    with pytest.raises(Exception, match="There is an account restored already") as refused:
        restore(saved, say=first)
    assert refused.value.field == "schema"
    assert len(objects_of("restored")) == 6
    assert Account.objects.filter(schema_name="restored").exists()
