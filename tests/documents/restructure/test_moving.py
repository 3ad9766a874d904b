"""Documents whose rows name old keys: moved, deleted at last, and brought back; in each store."""

import pytest

from documents.models import Document
from documents.storage import object_store
from jobs.models import SourceLink
from tests.documents.restructure.helpers import (
    age,
    bytes_of,
    delete_old,
    everything,
    failures,
    get_raw,
    key_of,
    keys,
    old_document,
    put_raw,
    restructure,
    rollback,
    unowned,
)
from tests.documents.verify.helpers import assert_sound, body, sha, verify


@pytest.fixture
def old(stored, world):
    """Eight documents, two of each old layout."""
    return [old_document(world, n) for n in range(8)]


def backups():
    return {key for key in keys() if key.startswith("alpha/archive/")}


def test_there_and_the_old_ones_gone_and_back_again(old):
    before = everything()
    with pytest.raises(Exception, match="cannot be read"):
        bytes_of(old[0])  # nothing opens an old key but the restructuring

    looked = restructure(apply=False)
    assert (looked.state, looked.counts) == ("succeeded", {"moved": 8})
    assert everything() == before
    assert [(row["layout"], row["files"]) for row in looked.report["layouts"]] == [
        ("documents", 2), ("images", 2), ("mms", 2), ("root", 2),
    ]  # fmt: skip

    job = restructure()
    assert (job.state, job.counts) == ("succeeded", {"moved": 8})
    for n, one in enumerate(old):
        assert key_of(one) == one.built
        assert bytes_of(one) == body(n)
    after = everything()
    assert {key: after[key] for key in before} == before  # the old ones are still there
    assert sorted(map(sha, map(after.get, backups()))) == sorted(sha(body(n)) for n in range(8))
    assert not any("scan" in key for key in backups())  # nor does a name get into a key
    assert_sound(verify(), 8)

    assert restructure().counts == {}  # nothing is left to do
    looked = delete_old(job, apply=False)
    assert (looked.counts, everything()) == ({"deleted": 8}, after)
    gone = delete_old(job)
    assert (gone.state, gone.counts) == ("succeeded", {"deleted": 8})
    assert keys() == set(after) - set(before)
    assert_sound(verify(), 8)

    assert rollback(job, apply=False).counts == {"taken_back": 8}
    assert keys() == set(after) - set(before)
    with_commits(lambda: rollback(job))
    assert [key_of(one) for one in old] == [one.s3_key for one in old]
    assert {key: get_raw(key) for key in before} == before
    assert not SourceLink.objects.exists()
    job = restructure()
    assert (job.state, job.counts) == ("succeeded", {"moved": 8})
    assert [bytes_of(one) for one in old] == [body(n) for n in range(8)]


def with_commits(task):
    from django.test import TestCase

    with TestCase.captureOnCommitCallbacks(execute=True):
        return task()


@pytest.mark.parametrize("stored", ["folder"], indirect=True)
def test_a_rollback_removes_what_the_move_has_made(old):
    before = everything()
    job = restructure()
    with_commits(lambda: rollback(job))
    assert everything() == before


@pytest.mark.parametrize("stored", ["folder", "moto"], indirect=True)
def test_what_an_object_has_noted_with_it_is_as_of_an_upload(old, stored):
    restructure()
    for one in old:
        info = object_store().stat(key_of(one))
        assert info.metadata["sha256"] == one.sha256
    if stored == "moto":
        store, key = object_store(), key_of(old[0])
        tags = store.client.get_object_tagging(Bucket=store.bucket_name, Key=key)["TagSet"]
        assert tags == [{"Key": "retention", "Value": "clinical"}]


@pytest.mark.parametrize("stored", ["folder", "moto"], indirect=True)
def test_a_second_place_for_the_copies(old, stored, tmp_path):
    place = str(tmp_path / "kept")
    if stored != "folder":
        place = "second-bucket"
        object_store().client.create_bucket(Bucket=place)
    job = restructure(backup_to=place)
    assert job.counts == {"moved": 8}
    assert backups() == set()
    assert delete_old(job).counts == {"deleted": 8}
    assert with_commits(lambda: rollback(job)).counts == {"taken_back": 8}
    assert {get_raw(one.s3_key) for one in old} == {body(n) for n in range(8)}


# --- A clinic's own keys: a rule of keys has changed ---------------------------------------------


def test_documents_of_a_rule_that_has_changed_move_too(in_folder, world):
    inside = old_document(world, 1, "alpha/patients/old-place/1.txt")
    where = old_document(world, 2, f"alpha/patients/visits/{world.amal.pk}/{inside.pk}.txt")
    job = restructure()
    assert job.counts == {"moved": 2}
    assert (key_of(inside), key_of(where)) == (inside.built, where.built)
    # A link that was given out for the old key may live an hour.
    early = delete_old(job)
    assert set(failures(early).values()) == {"links_alive"}
    assert get_raw("alpha/patients/old-place/1.txt") == body(1)
    age(job)
    assert delete_old(job).counts["deleted"] == 2
    assert keys() == {inside.built, where.built} | backups()


def test_what_lies_well_is_left(in_folder, world):
    from tests.documents.helpers import upload

    made = upload(world, body(1), name="1.txt", slug="patients", owner=world.amal)
    Document.objects.filter(pk=made.pk).update(document_date="2001-01-01")
    moved = f"alpha/patients/filemaker-import/documents/letters/{world.amal.pk}/API_1.txt"
    put_raw(moved, body(2))
    other = upload(world, body(2), name="2.txt", slug="patients", owner=world.amal)
    Document.objects.filter(pk=other.pk).update(s3_key=moved)
    job = restructure()
    assert (job.state, job.total) == ("succeeded", 0)
    assert unowned(job) == {}
