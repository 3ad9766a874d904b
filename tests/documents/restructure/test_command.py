"""What an operator types and reads; what is no argument leaves nothing behind."""

import csv
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django_tenants.utils import schema_context

from documents.models import Document
from documents.services.restructuring.mapping import LONGEST_LINE
from jobs.models import Job
from tests.documents.restructure.helpers import (
    everything,
    get_raw,
    key_of,
    keys,
    old_document,
    put_raw,
    write_map,
)
from tests.documents.verify.helpers import body


def command(*arguments, tenant="alpha"):
    """Return what it printed and its exit code."""
    out, code = StringIO(), 0
    with schema_context("public"):
        try:
            call_command(
                *("restructure_bucket", "--tenant", tenant, "--concurrency", "1"),
                *map(str, arguments),
                stdout=out,
                stderr=StringIO(),
            )
        except SystemExit as ended:
            code = ended.code
    return out.getvalue(), code


@pytest.fixture
def old(in_folder, world):
    return [old_document(world, n) for n in range(4)]


def test_from_the_first_look_to_the_last_object(old, world):
    before = everything()
    out, code = command()
    assert (code, everything()) == (0, before)
    assert "Succeeded (dry run: nothing was written): 4 done" in out
    assert "documents    moved                 1 files" in out
    assert f"    documents/scan-0.txt → {old[0].built}" in out
    assert "Nothing was changed. Add --apply to do it." in out
    out, code = command("--apply")
    assert (code, [key_of(one) for one in old]) == (0, [one.built for one in old])
    job = Job.objects.get(dry_run=False)
    assert f"The old objects are still there. After verify_documents: --delete-old {job.pk}" in out
    out, code = command("--delete-old", job.pk)
    assert (code, "deleted: 4" in out, set(before) <= keys()) == (0, True, True)
    out, code = command("--delete-old", job.pk, "--apply")
    assert (code, set(before) & keys()) == (0, set())
    out, code = command("--rollback", job.pk)
    assert (code, key_of(old[0])) == (0, old[0].built)
    out, code = command("--rollback", job.pk, "--apply")
    assert (code, {key: get_raw(key) for key in before}) == (0, before)


def test_what_belongs_to_nobody_is_told_to_the_operator_and_not_kept(old, tmp_path):
    put_raw("Jane Doe xray.txt", body(9))
    put_raw("images/x/2.txt", body(8))
    out, code = command("--unowned", tmp_path / "unowned.csv")
    assert code == 1
    assert "not accounted for: root no_owner" in out
    assert "Nobody names 2 old objects; they stay as they are:\n  images/x/2.txt  " in out
    with (tmp_path / "unowned.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["old_key"] for row in rows] == ["images/x/2.txt", "Jane Doe xray.txt"]
    out, code = command("--json")
    said = json.loads(out)
    assert (code, said["unowned_found"], said["dry_run"]) == (1, 2, True)
    assert said["unowned"][0] == {
        "old_key": "images/x/2.txt", "layout": "images", "bytes": len(body(8)),
    }  # fmt: skip
    # Another clinic's people may read a clinic's ledger of its own: no such key is in it.
    for job in Job.objects.all():
        assert "Jane" not in str([job.report, job.stop_detail, list(job.items.values())])
        assert "Jane" not in str(list(job.diary.values()))


LINE = "documents/1.txt,patients,{patient}\n"
BAD_MAPS = {
    "a column that nobody knows": ("old_key,colour\nx,y\n", "Unknown column 'colour'"),
    "no key": ("slug\npatients\n", "It has no column old_key"),
    "an empty key": ("old_key,slug,owner_id\n,patients,{patient}\n", "Line 2, old_key"),
    "no slug": ("old_key,slug,owner_id\na.txt,pets,{patient}\n", "Line 2, slug"),
    "no id": ("old_key,slug,owner_id\na.txt,patients,12\n", "Line 2, owner_id: a UUID."),
    "both": ("old_key,document_id,slug\na,{patient},patients\n", "Line 2, document_id"),
    "a size": ("old_key,slug,owner_id,size\na.txt,patients,{patient},big\n", "size"),
    "a hash": ("old_key,slug,owner_id,sha256\na.txt,patients,{patient},ab\n", "sha256"),
    "a day": ("old_key,slug,owner_id,document_date\na.txt,patients,{patient},1/2/24\n", "a day"),
    "a moment": (
        "old_key,slug,owner_id,uploaded_at\na.txt,patients,{patient},2024-01-01T00:00\n", "zone"
    ),
    "a category": ("old_key,slug,owner_id,category\na.txt,patients,{patient},x\n", "category"),
    "a name": ("old_key,slug,owner_id,file_name\na.txt,patients,{patient},../x\n", "file_name"),
    "more columns": ("old_key,slug,owner_id\na.txt,patients,{patient},x\n", "too many columns"),
    "no lines": ("old_key,slug,owner_id\n", "It has no lines."),
    "one long line": ("old_key\n" + "x" * LONGEST_LINE, "65,536 characters"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_MAPS)
def test_a_bad_list_is_refused_with_its_line_before_anything_is_done(
    in_folder, world, tmp_path, name
):
    text, said = BAD_MAPS[name]
    path = tmp_path / "map.csv"
    path.write_text(text.replace("{patient}", str(world.amal.pk)))
    with pytest.raises(CommandError) as refused:
        command("--map", path, "--apply")
    assert (refused.value.returncode, said in str(refused.value)) == (2, True), refused.value
    assert str(refused.value).startswith("map: ")
    assert not Job.objects.exists()


def test_bad_arguments(old, tmp_path, beta):
    place = tmp_path / "objects" / "inside"
    (tmp_path / "there").write_text("")
    latin = tmp_path / "latin.csv"
    latin.write_bytes(b"old_key\ncaf\xe9.txt\n")
    broken = tmp_path / "x.jsonl"
    broken.write_text('{"old_key": 1.5}\n')
    command("--apply")
    job = Job.objects.get()
    bad = [
        (("--map", tmp_path / "none.csv"), "map: It cannot be read"),
        (("--map", latin), "map: It is no UTF-8"),
        (("--map", broken), "map: Line 1, old_key: a text or a number."),
        (("--backup-to", place), "backup_to: Choose a folder outside"),
        (("--unowned", tmp_path / "there"), "unowned: The file is there already"),
        (("--unowned", tmp_path / "no" / "x.csv"), "unowned: Its folder is not there."),
        (("--delete-old", "x"), "delete_old: A job's id is a UUID."),
        (("--delete-old", world_id()), "delete_old: There is no restructuring"),
        (("--rollback", "x"), "job: A job's id is a UUID."),
        (("--rollback", job.pk, "--delete-old", job.pk), "rollback: Either"),
        (("--delete-old", job.pk, "--map", latin), "map: It goes without --delete-old."),
        (("--concurrency", "99"), "--concurrency: from 1 to 16."),
    ]
    for arguments, said in bad:
        with pytest.raises(CommandError) as refused:
            command(*arguments)
        assert (refused.value.returncode, said in str(refused.value)) == (2, True), refused.value
    assert Job.objects.count() == 1
    for arguments in (("--delete-old", job.pk), ("--rollback", job.pk)):  # the other clinic asks
        with pytest.raises(CommandError) as refused:
            command(*arguments, tenant="beta")
        assert refused.value.returncode == 2


def world_id():
    return Document.objects.first().pk


def test_a_list_that_changes_meanwhile_is_not_mixed(old, world, tmp_path):
    from jobs.services.control import start_job
    from jobs.services.running import run_job

    line = {"old_key": "documents/1.txt", "slug": "patients", "owner_id": world.amal.pk}
    path = write_map(tmp_path / "map.csv", line)
    job = start_job(kind="restructure_bucket", parameters={"map": path})
    write_map(tmp_path / "map.csv", {**line, "owner_id": world.petra.pk})
    done = run_job(job, concurrency=1)
    assert (done.state, done.stop_code) == ("failed", "map_changed")
    assert Document.objects.count() == 4
