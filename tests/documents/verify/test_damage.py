"""Each kind of damage is found and named, in each store, and nothing else is."""

import gzip
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.fields import uuid7
from documents.models import Document
from documents.storage import object_store
from tests.documents.verify.helpers import (
    assert_sound,
    body,
    compress,
    gaps,
    overwrite,
    put,
    settle,
    sha,
    verify,
)


def missing(one):
    object_store().remove(one.s3_key)


def shorter(one):
    overwrite(one.s3_key, body(2)[:-1], noted=one.sha256)


def other_bytes(one):
    overwrite(one.s3_key, body(3), noted=one.sha256)


def other_bytes_noted(one):
    overwrite(one.s3_key, body(3), noted=sha(body(3)))


def other_note(one):
    overwrite(one.s3_key, body(2), noted="0" * 64)


def no_note(one):
    overwrite(one.s3_key, body(2), noted="")


def elsewhere(one):
    Document.objects.filter(pk=one.pk).update(s3_key=one.s3_key.replace("alpha/", "beta/", 1))
    object_store().remove(one.s3_key)


def way_out(one):
    Document.objects.filter(pk=one.pk).update(s3_key="alpha/../beta/x.txt")
    object_store().remove(one.s3_key)


def row_of_others(one):
    Document.objects.filter(pk=one.pk).update(sha256=sha(body(3)))


def purged(one):
    settle(one, state="purged")


def rejected(one):
    settle(one, state="rejected")


# what is done to the third document; the code with the bytes read; the code without
DAMAGES = {
    missing: ("missing", "missing"),
    shorter: ("size_differs", "size_differs"),
    other_bytes: ("hash_differs", None),
    other_bytes_noted: ("hash_differs", "noted_hash_differs"),
    other_note: ("noted_hash_differs", "noted_hash_differs"),
    no_note: ("noted_hash_differs", "noted_hash_differs"),
    elsewhere: ("foreign_key", "foreign_key"),
    way_out: ("foreign_key", "foreign_key"),
    row_of_others: ("hash_differs", "noted_hash_differs"),
}


def test_a_sound_clinic_has_no_gaps(documents):
    job = verify()
    assert_sound(job, 6)
    assert job.report == {
        "scope": "all",
        "read_bytes": True,
        "looked_for_orphans": True,
        "documents_now": 6,
        "gaps": [],
        "gaps_found": 0,
    }
    assert_sound(verify(read_bytes=False), 6, "compared")


@pytest.mark.parametrize("state", ["available", "trashed", "quarantined"])
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_each_damage_is_named_and_nothing_else(documents, damage, state):
    now = timezone.now()
    Document.objects.filter(pk=documents[2].pk).update(
        state=state, trashed_at=now, purge_after=now + timedelta(days=1)
    )
    damage(documents[2])
    read, not_read = DAMAGES[damage]
    found = verify()
    assert gaps(found) == {str(documents[2].pk): read}
    assert (found.state, found.stop_code) == ("failed", "items_failed")
    assert found.counts == {"verified": 5, read: 1}
    heads = verify(read_bytes=False)
    assert gaps(heads) == ({str(documents[2].pk): not_read} if not_read else {})
    assert heads.state == ("failed" if not_read else "succeeded")


@pytest.mark.parametrize("damage", [purged, rejected], ids=lambda damage: damage.__name__)
def test_bytes_of_what_was_purged_or_rejected_are_found(documents, damage):
    damage(documents[2])
    found = verify()
    assert gaps(found) == {documents[2].s3_key: "bytes_left"}
    assert found.counts == {"verified": 5, "bytes_left": 1}
    assert gaps(verify(documents=[str(documents[2].pk)])) == {str(documents[2].pk): "bytes_left"}
    object_store().remove(documents[2].s3_key)
    assert_sound(verify(), 5)
    assert_sound(verify(documents=[str(documents[2].pk)]), 1)


def test_bytes_that_a_given_up_upload_still_removes_are_left_alone(documents):
    Document.objects.filter(pk=documents[2].pk).update(state="rejected", updated_at=timezone.now())
    assert_sound(verify(), 5)


def test_an_object_that_nobody_needs_is_found(documents):
    keys = {
        put(f"alpha/patients/documents/{uuid7()}/{uuid7()}.pdf"),
        put("alpha/by hand/Übersicht 漢字.txt"),
        put("alpha/system/exports/all.zip"),
        put("alpha/system/temp/imports/by-hand.csv"),
    }
    found = verify()
    assert gaps(found) == dict.fromkeys(keys, "orphan")
    assert found.counts == {"verified": 6, "orphan": 4}


def test_files_that_wait_for_their_import_are_no_orphans(documents):
    put(f"alpha/system/temp/imports/{uuid7()}")
    old = put("alpha/system/temp/imports/01890a5d-ac96-774b-bcce-b302099a8057")  # of 2023
    assert gaps(verify()) == {old: "orphan"}


def test_a_key_that_is_longer_than_the_ledger_takes_is_told_by_its_end(documents):
    keys = [put(f"alpha/{'long/' * 60}{n}.txt") for n in range(2)]
    found = gaps(verify())
    assert set(found.values()) == {"orphan"}
    assert {name[-20:] for name in found} == {key[-20:] for key in keys}
    assert all(len(name) < 200 for name in found)


def test_the_other_clinics_damage_is_not_seen(documents, beta):
    put("alpha/nobodys.txt")
    with tenant_context(beta):
        put("beta/nobodys.txt")
        assert gaps(verify()) == {"beta/nobodys.txt": "orphan"}
    assert gaps(verify()) == {"alpha/nobodys.txt": "orphan"}


@pytest.mark.parametrize("content", [body(2), b"", b"x" * 3_000_000], ids=["text", "empty", "long"])
def test_compressed_bytes_are_compared_as_people_see_them(documents, content):
    compress(documents[2], content)
    Document.objects.filter(pk=documents[2].pk).update(file_size=len(content), sha256=sha(content))
    assert_sound(verify(), 6)
    assert_sound(verify(read_bytes=False), 6, "compared")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda packed: packed[:-1],
        lambda packed: packed[:40] + bytes([packed[40] ^ 1]) + packed[41:],
        lambda packed: body(2),
        lambda packed: gzip.compress(body(3)),
        lambda packed: gzip.compress(body(2) + b"\n"),
        lambda packed: gzip.compress(b"\0" * 50_000_000),
        lambda packed: b"",
    ],
    ids=["cut", "a bit", "not packed", "other", "longer", "bomb", "empty"],
)
def test_compressed_bytes_that_are_spoilt_are_found(documents, spoil):
    packed = spoil(compress(documents[2], body(2)))
    overwrite(documents[2].s3_key, packed, noted=sha(packed))
    assert gaps(verify()) == {str(documents[2].pk): "hash_differs"}


def test_several_damages_are_each_named(documents):
    missing(documents[0])
    shorter(documents[1])
    elsewhere(documents[3])
    orphan = put("alpha/nobodys.txt")
    assert gaps(verify()) == {
        str(documents[0].pk): "missing",
        str(documents[1].pk): "size_differs",
        str(documents[3].pk): "foreign_key",
        orphan: "orphan",
    }
