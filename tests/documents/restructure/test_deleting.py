"""Old objects go, and copies with what is purged: never what somebody still needs."""

import pytest

from documents.models import Document
from jobs.models import Job, SourceLink
from tests.documents.restructure.helpers import (
    age,
    delete_old,
    everything,
    failures,
    get_raw,
    key_of,
    keys,
    old_document,
    put_raw,
    remove_raw,
    restructure,
    rollback,
    write_map,
)
from tests.documents.verify.helpers import body


def test_nothing_is_deleted_whose_copies_are_not_both_right(in_folder, world):
    made = [old_document(world, n) for n in range(5)]
    job = restructure()
    age(job)
    facts = {link.target_id: link.facts for link in SourceLink.objects.all()}
    put_raw(facts[made[0].pk]["new_key"], b"other bytes")
    remove_raw(facts[made[1].pk]["backup"])
    put_raw(made[2].s3_key, b"written since")
    flat = Document.objects.get(pk=made[3].pk)
    Document.objects.filter(pk=flat.pk).update(s3_key=made[3].s3_key)  # somebody put it back
    gone = delete_old(job)
    links = {link.target_id: f"link {link.pk}" for link in SourceLink.objects.all()}
    assert failures(gone) == {
        links[made[0].pk]: "size_differs",
        links[made[1].pk]: "backup_differs",
        links[made[2].pk]: "changed_since",
    }
    assert gone.counts["in_use"] == gone.counts["deleted"] == 1
    assert [get_raw(one.s3_key) is None for one in made] == [False] * 4 + [True]


@pytest.mark.parametrize("spoilt", ["backup", "new_key", "both"])
def test_what_was_deleted_comes_back_from_either_copy(in_folder, world, spoilt):
    one = old_document(world, 1)
    job = restructure()
    assert delete_old(job).counts == {"deleted": 1}
    facts = SourceLink.objects.get().facts
    for name in ("backup", "new_key"):
        if spoilt in {name, "both"}:
            put_raw(facts[name], b"spoilt")
    undone = rollback(job)
    if spoilt == "both":
        assert set(failures(undone).values()) == {"wrong_hash"}
        assert (get_raw(one.s3_key), SourceLink.objects.count()) == (None, 1)
    else:
        assert undone.counts == {"taken_back": 1}
        assert (key_of(one), get_raw(one.s3_key)) == (one.s3_key, body(1))


def test_a_purge_removes_the_copies_too(in_folder, world):
    from documents.services.purging import purge_document

    one, other = old_document(world, 1), old_document(world, 2)
    stale = Document.objects.get(pk=one.pk)  # loaded before the move, as a purge may have
    restructure()
    put_raw(other.s3_key, b"written since")
    past = "2010-01-01T00:00:00Z"
    Document.objects.update(state="trashed", trashed_at=past, purge_after=past, uploaded_at=past)
    Document.objects.update(created_at=past)
    assert purge_document(stale)
    assert purge_document(Document.objects.get(pk=other.pk))
    assert keys() == {other.s3_key}  # it is not what was moved, so it is not ours to remove
    job = Job.objects.get(kind="restructure_bucket")
    assert rollback(job).counts == {"taken_back": 2}
    assert keys() == {other.s3_key}


def test_a_restored_clinic_of_another_name_touches_nothing_of_the_first(
    in_folder, world, beta, tmp_path
):
    """Its rows and notes are the same to the id; only the clinic's name in the keys is another."""
    from django_tenants.utils import tenant_context

    from documents.services.purging import purge_document
    from patients.models import Patient
    from tests.documents.restructure.helpers import flat_row

    line = {"old_key": put_raw("documents/1.txt", body(1)), "slug": "patients",
            "owner_id": world.amal.pk}  # fmt: skip
    restructure(map=write_map(tmp_path / "a.csv", line))
    link, made = SourceLink.objects.get(), Document.objects.get()
    before = everything()
    with tenant_context(beta):
        patient = Patient.objects.create(first_name="B", last_name="B")
        key = f"beta/patients/documents/{patient.pk}/{made.pk}.txt"
        put_raw(key, body(1))
        twin = flat_row(type("W", (), {"amal": patient}), key, body(1), id=made.pk)
        job = Job.objects.create(kind="restructure_bucket", state="succeeded")
        SourceLink.objects.create(
            source=link.source, source_id=link.source_id, job=job,
            target_type=link.target_type, target_id=twin.pk, facts=link.facts,
        )  # fmt: skip
        assert set(failures(delete_old(job)).values()) == {"foreign_clinic"}
        past = "2010-01-01T00:00:00Z"
        Document.objects.update(
            state="trashed", trashed_at=past, purge_after=past, uploaded_at=past, created_at=past
        )
        assert purge_document(Document.objects.get())
    assert everything() == before
    assert set(failures(delete_old(link.job)).values()) == {"foreign_clinic"}
