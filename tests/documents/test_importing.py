"""Files of another system come in exactly once, with where they came from, and stay away once removed."""

import io
import sys
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.fields import uuid7
from documents.models import Document, DocumentState
from documents.registry import policy_for_slug
from documents.services import importing
from documents.services.importing import Incoming, import_document, import_documents
from documents.services.sweep import sweep_unfinished_uploads
from documents.services.trash import trash_document
from documents.services.upload import NewDocument
from documents.storage import object_store
from jobs.errors import ItemError, TransientError
from jobs.models import JobItem, SourceLink
from jobs.services.control import start_job
from jobs.services.running import run_job
from patients.models import Patient
from tests.conftest import member
from tests.documents.import_kind import (
    AttachLetters,
    AttachLettersTogether,
    FlakyStore,
    content_of,
)


@pytest.fixture(params=[AttachLetters.name, AttachLettersTogether.name], autouse=True)
def ways(request, monkeypatch):
    """Each file alone, or a chunk of them at a stroke."""
    monkeypatch.setattr(sys.modules[__name__], "KIND", request.param)


KIND = ""


def letters(world, number=3, *, dry_run=False, **more):
    return start_job(
        kind=KIND,
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
    number = 600 if AttachLettersTogether.name == KIND else 150
    job = run(letters(world, number))
    assert FlakyStore.failed > number / 10
    assert (job.state, job.done, job.failed) == ("succeeded", number, 0)
    ids = [document.source_id for document in shown()]
    assert sorted(ids) == sorted(f"letter/{n}" for n in range(number))
    sizes = {document.source_id: document for document in shown()}
    assert stored(sizes["letter/123"]) == content_of(123)
    while sweep_unfinished_uploads(older_than=timezone.timedelta(0)):
        pass
    kept = {path.name for path in (tmp_path / "flaky").rglob("*.txt")}
    assert kept == {document.s3_key.rpartition("/")[2] for document in shown()}


def incoming(world, *names, **more):
    return [
        Incoming(
            source_id=f"letter/{name}",
            policy=policy_for_slug("patients"),
            owner=world.amal,
            new=NewDocument(content=io.BytesIO(b"hello\n"), filename="letter.txt", size=6),
            **more,
        )
        for name in names
    ]


def test_what_is_wrong_with_one_touches_none_of_the_others(world):
    kind = kind_for(letters(world))
    attach(kind, world, "letter/there")
    gone, _ = attach(kind, world, "letter/gone")
    trash_document(membership=member("ada"), document=gone)
    left, _ = attach(kind, world, "letter/left")
    SourceLink.objects.filter(source_id="letter/left").delete()
    Document.objects.filter(pk=left.pk).update(state=DocumentState.PENDING)
    asked = incoming(world, "there", "gone", "new", "left")
    empty = incoming(world, "empty")[0]
    empty = replace(empty, new=replace(empty.new, content=io.BytesIO(b""), size=0))
    nobody = incoming(world, "nobody")[0]
    nobody = replace(nobody, owner=Patient(id=uuid7(), first_name="No", last_name="Body"))
    results = import_documents(kind, [*asked, empty, nobody])
    codes = [one.code if isinstance(one, ItemError) else one[1] for one in results]
    assert codes == [False, "removed_here", True, True, results[4].code, "not_found"]
    assert results[4].code.startswith("empty")
    assert sorted(shown().values_list("source_id", flat=True)) == [
        "letter/left",
        "letter/new",
        "letter/there",
    ]
    assert set(SourceLink.objects.values_list("source_id", flat=True)) == {
        *("letter/left", "letter/new", "letter/there", "letter/gone")
    }


def test_what_goes_together_takes_the_same_number_of_queries_whatever_its_size(world):
    kind, numbers = kind_for(letters(world)), []
    import_documents(kind, incoming(world, "first"))
    for names in (("a", "b"), [f"c{n}" for n in range(importing.AT_ONCE)]):
        with CaptureQueriesContext(connection) as asked:
            results = import_documents(kind, incoming(world, *names))
        assert [made for _, made in results] == [True] * len(names)
        numbers.append(len(asked))
    assert numbers[0] == numbers[1]


def test_the_sweep_took_one_of_a_chunk_meanwhile(world, monkeypatch):
    kind = kind_for(letters(world))
    real = importing.show_all

    def show_all(documents):
        Document.objects.filter(source_id="letter/b").update(
            state=DocumentState.PURGING, source="", source_id=""
        )
        return real(documents)

    monkeypatch.setattr(importing, "show_all", show_all)
    first, second, third = import_documents(kind, incoming(world, "a", "b", "c"))
    assert (first[1], second.code, third[1]) == (True, "given_up", True)
    assert isinstance(second, TransientError)
    assert sorted(shown().values_list("source_id", flat=True)) == ["letter/a", "letter/c"]
    given_up = Document.objects.get(state=DocumentState.PURGING)
    assert not object_store().exists(given_up.s3_key)
    assert set(SourceLink.objects.values_list("source_id", flat=True)) == {"letter/a", "letter/c"}
