"""Killed anywhere, a backup leaves nothing that looks like one, and running again makes it whole.

A forked process is killed inside the call that a test names; then the same is run again.
"""

import fcntl
import os
import shutil
import threading
import time
from pathlib import Path

import pytest
from django.db import connection, connections
from django_tenants.utils import schema_context, tenant_context

from accounts.models import Account, User
from backups.errors import ArchiveError, BackupRefusedError
from backups.places import NAME
from backups.services import dumping, loading, restoring, writing
from backups.services.verifying import verify_archive
from backups.services.writing import Workshop
from documents.storage.filesystem import FileSystemObjectStore
from jobs import kinds
from jobs.models import Job
from jobs.services import running, streaming
from jobs.services.control import cancel_job
from tests.accounts.catalogue import schemas
from tests.backups.helpers import archive_of, backup, is_restored, restore
from tests.backups.world import objects_of, who


def in_child(work):
    """Run something in a process of its own; return its exit code."""
    ours = sessions()
    pid = os.fork()
    if pid == 0:
        as_another(work)
    return code_of(pid, ours)


def code_of(pid, ours):
    """Wait for a process and then for the server, which notices its end a moment later."""
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    deadline = time.monotonic() + 60
    while sessions() - ours:
        assert time.monotonic() < deadline, "its session does not end"
        time.sleep(0.01)
    return code


def sessions():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return {pid for (pid,) in cursor.fetchall()}


def as_another(work):
    """In a fork: do the work by a session of its own, and end with the code that it returns."""
    schema, code = connection.schema_name, 3
    try:
        for alias in [one.alias for one in connections.all(initialized_only=True)]:
            del connections[alias]  # the parent's session
        with schema_context("public"):
            account = Account.objects.filter(schema_name=schema).first()
        if account is None:
            found = work()
        else:
            with tenant_context(account):
                found = work()
        code = found if isinstance(found, int) else 0
    finally:
        os._exit(code)  # the parent must not run on twice


def kill_in(monkeypatch, owner, name, *, call=1, after=False):
    """Let a process die before or after the n-th call of a function."""
    original, calls = getattr(owner, name), []

    def dying(*arguments, **options):
        calls.append(1)
        if len(calls) == call and not after:
            os._exit(9)
        result = original(*arguments, **options)
        if len(calls) == call:
            os._exit(9)
        return result

    monkeypatch.setattr(owner, name, dying)


BACKUP_POINTS = [
    (Workshop, "begin", 1, False),
    (writing, "write_list", 1, True),  # the rows are written, nothing of it is noted
    (Workshop, "begin", 1, True),
    (writing, "copy_object", 2, True),  # inside the first batch
    (writing, "copy_object", 3, True),
    (streaming, "_count", 2, False),  # a batch is on the disk, its position is not
    (streaming, "_commit", 3, True),
    (Workshop, "finish", 1, False),
    (Workshop, "finish", 1, True),
    (running, "_enter", 2, True),
    (Workshop, "publish", 1, False),
    (writing, "verify_archive", 1, True),  # read back, and not yet renamed
    (Workshop, "discard", 1, False),  # renamed, and not yet noted
    (Workshop, "publish", 1, True),
]


@pytest.mark.parametrize("layout", ["tar", "folder"])
@pytest.mark.parametrize(("owner", "name", "call", "after"), BACKUP_POINTS)
def test_a_backup_that_is_killed(clinic, folder, monkeypatch, layout, owner, name, call, after):
    monkeypatch.setattr("backups.job_kinds.AT_ONCE", 2)
    with monkeypatch.context() as dying:
        kill_in(dying, owner, name, call=call, after=after)
        assert in_child(lambda: backup(layout=layout)) == 9
    for found in folder.iterdir():
        assert found.name.startswith(".backup-") or verify_archive(found).manifest.complete
    job = backup(layout=layout)
    assert Job.objects.filter(kind="backup_account").count() == 1
    assert (job.total, job.done, job.failed) == (6, 6, 0)
    path = archive_of(job)
    assert [one.name for one in folder.iterdir()] == [path.name]
    assert restore(path).report()["objects"] == 6
    assert objects_of("restored") == objects_of("saved")


RESTORE_POINTS = [
    (FileSystemObjectStore, "put", 1, False),
    (FileSystemObjectStore, "put", 3, True),
    (restoring, "build_schema", 1, True),
    (restoring, "make_shared_rows", 1, True),
    (loading, "copy_in", 10, True),
    (loading, "_prove_objects", 1, True),
    (restoring, "_leave_receipt", 1, True),  # everything is done but the commit
]


@pytest.mark.parametrize(("owner", "name", "call", "after"), RESTORE_POINTS)
def test_a_restore_that_is_killed(saved, monkeypatch, owner, name, call, after):
    before = set(schemas()), User.objects.count()
    with monkeypatch.context() as dying:
        kill_in(dying, owner, name, call=call, after=after)
        assert in_child(lambda: restore(saved)) == 9
    assert (set(schemas()), User.objects.count()) == before
    assert not is_restored()
    done = restore(saved)
    assert done.objects_made + done.objects_there == 6
    assert len(objects_of("restored")) == 6
    assert is_restored()


def test_a_restore_whose_objects_were_there_takes_them_up(saved, monkeypatch):
    with monkeypatch.context() as dying:
        kill_in(dying, restoring, "build_schema")
        assert in_child(lambda: restore(saved)) == 9
    done = restore(saved)
    assert (done.objects_made, done.objects_there) == (0, 6)


def test_another_object_in_the_way_is_not_taken_for_ours(saved, settings):
    with pytest.MonkeyPatch.context() as dying:
        kill_in(dying, restoring, "build_schema")
        assert in_child(lambda: restore(saved)) == 9
    key = next(iter(objects_of("restored")))
    root = Path(settings.STORAGES["documents"]["OPTIONS"]["location"]) / "restored"
    (root / key).write_bytes(b"something else")
    with pytest.raises(BackupRefusedError) as refused:
        restore(saved)
    assert refused.value.field == "schema"
    assert not is_restored()


def test_rows_that_arrive_otherwise_than_they_left_make_no_clinic(saved, monkeypatch):
    original = loading._translated

    def other(lines, translate, table):
        for line in original(lines, translate, table):
            yield line.replace(b"\tPia\t", b"\tPib\t")

    monkeypatch.setattr(loading, "_translated", other)
    with pytest.raises(ArchiveError) as refused:
        restore(saved)
    assert (refused.value.code, is_restored()) == ("not_arrived", False)


def test_two_restores_at_once(saved):
    """The second is told so; the lock is a session's, so the first one is a thread."""
    inside, over = threading.Event(), threading.Event()

    def first():
        try:
            with restoring.only_one("restore:restored") as alone:
                assert alone
                inside.set()
                assert over.wait(60)
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert inside.wait(60)
        with pytest.raises(BackupRefusedError) as refused:
            restore(saved)
    finally:
        over.set()
        thread.join(60)
    assert refused.value.field == "schema"
    assert not is_restored()
    assert restore(saved).applied


def test_a_backup_that_another_process_writes_is_left_alone(clinic, folder):
    """Its database thinks it is gone, and it is writing still."""
    job = Job.objects.create(
        kind="backup_account",
        parameters=kinds.kind_of("backup_account").clean({}),
        state="interrupted",
    )
    place = folder / f".backup-saved-{job.pk}"
    place.mkdir()
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = backup()
        assert (found.pk, found.state, found.stop_code) == (job.pk, "interrupted", "elsewhere")
        assert [one.name for one in place.iterdir()] == ["lock"]
    assert backup().state == "succeeded"


def test_an_unfinished_backup_that_is_gone_is_begun_anew(clinic, folder, monkeypatch):
    with monkeypatch.context() as dying:
        kill_in(dying, Workshop, "finish")
        assert in_child(backup) == 9
    for place in folder.iterdir():
        shutil.rmtree(place)
    lost = backup()
    assert (lost.state, lost.stop_code) == ("failed", "unfinished_lost")
    new = backup()
    assert new.pk != lost.pk
    assert restore(archive_of(new)).applied


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_an_unfinished_backup_that_is_shorter_than_noted(clinic, folder, monkeypatch, share):
    with monkeypatch.context() as dying:
        kill_in(dying, Workshop, "finish")
        assert in_child(backup) == 9
    (place,) = folder.iterdir()
    members = place / "members"
    os.truncate(members, int(members.stat().st_size * share))
    assert backup().stop_code == "unfinished_lost"
    assert backup().state == "succeeded"


def test_a_migration_that_holds_a_table_is_not_waited_for_for_ever(clinic, monkeypatch):
    monkeypatch.setattr(dumping, "LOCK_WAIT", "50ms")
    other = connection.get_new_connection(connection.get_connection_params())
    try:
        with other.cursor() as cursor:
            cursor.execute("LOCK TABLE saved.patients_patient IN ACCESS EXCLUSIVE MODE")
        job = backup()
        assert (job.state, job.stop_code) == ("interrupted", "migrating")
    finally:
        other.close()
    again = backup()
    assert (again.pk, again.state) == (job.pk, "succeeded")


def test_what_a_cancelled_backup_left_goes_with_the_next(clinic, folder, monkeypatch):
    with monkeypatch.context() as dying:
        kill_in(dying, Workshop, "finish")
        assert in_child(backup) == 9
    (left,) = folder.iterdir()
    others = {".backup-of-something", f".backup-alpha-{left.name.removeprefix('.backup-saved-')}"}
    for name in others:
        (folder / name).mkdir()
    Job.objects.filter(kind="backup_account").update(state="interrupted")
    cancel_job(membership=who("sue"), job=Job.objects.get(kind="backup_account"))
    path = archive_of(backup())
    assert not left.exists()
    assert {one.name for one in folder.iterdir()} == {path.name, *others}


def test_what_was_written_wrong_is_not_published(clinic, folder, monkeypatch):
    """A bit turns on the disk between writing and reading back."""
    original = Workshop.publish

    def turn(self, progress):
        whole = bytearray(self.members.read_bytes())
        whole[len(whole) // 2] ^= 1
        self.members.write_bytes(whole)
        return original(self, progress)

    with monkeypatch.context() as turning:
        turning.setattr(Workshop, "publish", turn)
        job = backup()
    assert (job.state, job.stop_code) == ("failed", "gaps")
    assert job.report["gaps"][0]["code"] in {"wrong_hash", "bad_header"}
    assert not [one for one in folder.iterdir() if NAME.fullmatch(one.name)]
    again = backup()
    assert again.pk != job.pk
    assert archive_of(again).exists()


def test_a_dry_run_reads_everything_and_leaves_nothing(clinic, folder):
    job = backup(dry_run=True)
    assert (job.state, job.done, job.report["archive"]) == ("succeeded", 6, None)
    assert list(folder.iterdir()) == []
