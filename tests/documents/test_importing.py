"""Files of another system come in exactly once, with where they came from, and stay away once removed."""

import io
import threading
from collections import Counter
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from documents.models import Document, DocumentState
from documents.registry import policy_for_slug
from documents.services.importing import import_document
from documents.services.sweep import sweep_unfinished_uploads
from documents.services.trash import trash_document
from documents.services.upload import NewDocument
from documents.storage import object_store
from jobs.errors import ItemError, TransientError
from jobs.models import JobItem, SourceLink
from jobs.services.control import start_job
from jobs.services.running import run_job
from tests.conftest import member
from tests.documents.import_kind import AttachLetters, FlakyStore, content_of


def letters(world, number=3, *, dry_run=False, **more):
    return start_job(
        kind="attach_letters",
        parameters={"number": number, "patient": str(world.amal.pk), **more},
        dry_run=dry_run,
    )


def run(job):
    return run_job(job, concurrency=1)


def shown():
    return Document.objects.filter(state=DocumentState.AVAILABLE).order_by("original_filename")


def stored(document):
    with object_store().open(document.s3_key) as content:
        return b"".join(content)


def kind_for(job):
    return AttachLetters(job)


def attach(kind, world, source_id="letter/0", content=b"hello\n", **options):
    return import_document(
        kind=kind,
        source_id=source_id,
        policy=policy_for_slug("patients"),
        owner=world.amal,
        new=NewDocument(content=io.BytesIO(content), filename="letter.txt", size=len(content)),
        **options,
    )


def test_each_file_comes_in_with_its_origin(world):
    job = run(letters(world))
    assert (job.state, job.done) == ("succeeded", 3)
    for n, document in enumerate(shown()):
        assert stored(document) == content_of(n)
        assert (document.source, document.source_id) == ("attach_letters", f"letter/{n}")
        link = SourceLink.objects.get(source_id=f"letter/{n}")
        assert (link.target_type, link.target_id, link.job_id) == (
            "documents.document",
            document.pk,
            job.pk,
        )
        assert link.facts == {"n": n, "sha256": document.sha256, "size": document.file_size}


def test_importing_twice_changes_nothing(world):
    run(letters(world))
    before = [*Document.objects.order_by("pk").values()]
    again = run(letters(world))
    assert (again.state, again.done, again.skipped) == ("succeeded", 0, 3)
    assert [*Document.objects.order_by("pk").values()] == before


def test_what_people_trashed_is_not_brought_back(world):
    run(letters(world))
    gone = shown()[1]
    trash_document(membership=member("ada"), document=gone)
    again = run(letters(world))
    assert (again.skipped, again.failed) == (2, 1)
    assert JobItem.objects.get(job=again, state="failed").code == "removed_here"
    assert [document.pk for document in shown()] == [
        d.pk for d in Document.objects.exclude(pk=gone.pk).order_by("original_filename")
    ]


def test_a_refused_file_has_its_reason_and_leaves_nothing(world):
    job = run(letters(world, content={"1": ""}))
    assert (job.state, job.done, job.failed) == ("failed", 2, 1)
    item = JobItem.objects.get(job=job, state="failed")
    assert (item.source_id, item.attempts) == ("letter/1", 1)
    assert item.code not in {"", "unexpected"}
    assert Document.objects.count() == 2
    assert not SourceLink.objects.filter(source_id="letter/1").exists()


def test_a_dry_run_verifies_and_writes_nothing(world):
    job = run(letters(world, content={"1": ""}, dry_run=True))
    assert (job.done, job.failed) == (2, 1)
    assert not Document.objects.exists()
    assert not SourceLink.objects.exists()


def test_the_day_of_the_upload_is_kept(world):
    when = datetime(2019, 5, 6, 7, 8, 9, tzinfo=UTC)
    document, made = attach(kind_for(letters(world)), world, uploaded_at=when)
    document.refresh_from_db()
    assert (made, document.uploaded_at) == (True, when)


def test_more_files_come_in_than_people_may_upload(world, settings):
    from dataclasses import replace

    limit = 1
    policy = replace(policy_for_slug("patients"), max_files=limit)
    kind = kind_for(letters(world))
    for n in range(limit + 2):
        import_document(
            kind=kind,
            source_id=f"many/{n}",
            policy=policy,
            owner=world.amal,
            new=NewDocument(content=io.BytesIO(b"x\n"), filename=f"{n}.txt", size=2),
        )
    assert shown().count() == limit + 2


def test_what_an_attempt_left_behind_does_not_stop_the_next(world):
    """It died after the announcement: a row that nobody sees, and perhaps bytes."""
    kind = kind_for(letters(world))
    first, _ = attach(kind, world)
    SourceLink.objects.all().delete()
    Document.objects.filter(pk=first.pk).update(state=DocumentState.PENDING)
    second, made = attach(kind, world)
    assert made
    assert second.pk != first.pk
    assert [document.pk for document in shown()] == [second.pk]
    sweep_unfinished_uploads()
    first.refresh_from_db()
    assert (first.state, first.source) == (DocumentState.REJECTED, "")
    assert not object_store().exists(first.s3_key)
    assert stored(second) == b"hello\n"


def test_a_file_without_its_note_is_not_taken_for_imported_nor_doubled(world):
    """Document and note are one transaction; should only the document be there, people decide."""
    kind = kind_for(letters(world))
    attach(kind, world)
    SourceLink.objects.all().delete()
    with pytest.raises(ItemError) as refused:
        attach(kind, world)
    assert refused.value.code == "removed_here"
    assert shown().count() == 1


def test_of_two_at_once_one_makes_it(committed, tmp_path):
    from tests.documents.conftest import make_world

    with tenant_context(committed):
        world = make_world()
        job = letters(world)
        kind, results = kind_for(job), []

        def one():
            try:
                with tenant_context(committed):
                    results.append(attach(kind, world)[1])
            except (ItemError, TransientError) as error:
                results.append(error.code)
            finally:
                connection.close()

        threads = [threading.Thread(target=one) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results.count(True) <= 1
        final, made = attach(kind, world)
        assert shown().count() == 1
        assert made == (True not in results)
        assert stored(final) == b"hello\n"
        SourceLink.objects.all().delete()
        job.delete()


def test_a_rollback_puts_documents_into_the_trash_and_lets_them_come_again(world):
    job = run(letters(world))
    back = run(start_job(kind="rollback", parameters={"job": str(job.pk)}))
    assert (back.state, back.done) == ("succeeded", 3)
    assert not shown().exists()
    assert Counter(Document.objects.values_list("state", "source")) == {("trashed", ""): 3}
    assert all(d.purge_after > timezone.now() for d in Document.objects.all())
    again = run(letters(world))
    assert (again.done, shown().count()) == (3, 3)


def test_a_store_that_fails_one_call_in_ten_loses_and_doubles_nothing(
    world, settings, tmp_path, monkeypatch
):
    monkeypatch.setattr("jobs.services.ledger.BASE_WAIT", 0.0001)
    settings.STORAGES = {
        **settings.STORAGES,
        "documents": {
            "BACKEND": "tests.documents.import_kind.FlakyStore",
            "OPTIONS": {"location": str(tmp_path / "flaky")},
        },
    }
    FlakyStore.calls = FlakyStore.failed = 0
    job = run(letters(world, 2_000))
    assert FlakyStore.failed > 200
    assert (job.state, job.done, job.failed) == ("succeeded", 2_000, 0)
    ids = [document.source_id for document in shown()]
    assert sorted(ids) == sorted(f"letter/{n}" for n in range(2_000))
    sizes = {document.source_id: document for document in shown()}
    assert stored(sizes["letter/1234"]) == content_of(1234)
    while sweep_unfinished_uploads(older_than=timezone.timedelta(0)):
        pass
    kept = {path.name for path in (tmp_path / "flaky").rglob("*.txt")}
    assert kept == {document.s3_key.rpartition("/")[2] for document in shown()}
