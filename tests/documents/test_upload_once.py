"""An upload sent again with the same Idempotency-Key: one document, whatever was lost."""

import io
import json
import threading

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from accounts.roles import ABILITIES, Role
from documents.errors import UploadBusyError
from documents.models import Document
from documents.registry import policy_for_slug
from documents.services import upload as module, upload_once
from documents.services.sweep import clear, sweep_unfinished_uploads
from documents.services.trash import restore_document, trash_document
from documents.services.upload import NewDocument
from documents.services.upload_once import upload_document_once
from documents.storage.base import StoreError
from documents.storage.filesystem import FileSystemObjectStore
from patients.models import Patient
from tests.conftest import member
from tests.documents.conftest import make_world
from tests.documents.corpus_pdf import minimal
from tests.documents.direct.helpers import announced, complete, post
from tests.documents.helpers import FORM, assert_problem, form, objects, part
from tests.documents.test_crash_points import NOW, POINTS, Killed

OTHER = minimal().replace(b"%%EOF", b"% other\n%%EOF")


def send(client, url, body=None, *, key="visit-7", name="scan.pdf", **fields):
    texts = [part(field, value.encode()) for field, value in fields.items()]
    content = minimal() if body is None else body
    whole = form(*texts, part("file", content, name, "application/pdf"))
    return client.generic("POST", url, whole, content_type=FORM, headers={"idempotency-key": key})


def begin(client, url, body=None, *, key="visit-7", **changes):
    facts = announced(minimal() if body is None else body, **changes)
    return client.post(
        f"{url}/uploads",
        json.dumps(facts),
        "application/json",
        headers={"idempotency-key": key},
    )


def only():
    return Document.objects.get()


def test_the_same_file_again_gets_the_first_answer(world, priya):
    first = send(priya, world.files, description="Fasting")
    again = send(priya, world.files, description="Fasting")
    assert (first.status_code, again.status_code) == (201, 201), again.content
    assert again.json() == first.json()
    assert objects() == {only().s3_key}


def test_without_a_key_the_same_file_may_come_twice(world, priya):
    for _ in range(2):
        assert send(priya, world.files, key="").status_code == 201
    assert Document.objects.count() == 2


def test_a_key_is_for_one_file_at_one_record(world, priya):
    assert send(priya, world.files).status_code == 201
    elsewhere = f"/api/v1/lab-results/{world.urine.pk}/files"
    for answer in (
        send(priya, world.files, OTHER),
        send(priya, world.files, name="other.pdf"),
        send(priya, elsewhere),
        begin(priya, world.files),
    ):
        assert_problem(answer, 409, "idempotency_key_used")
    assert only().object_id == world.blood.pk


def test_a_process_of_the_last_release_still_adds_documents(world, priya):
    """It does not know the newest columns, and goes on while the others are being replaced."""
    assert send(priya, world.files, key="").status_code == 201
    fields = [field.column for field in Document._meta.concrete_fields if not field.generated]
    told = ", ".join(sorted(set(fields) - {"id", "s3_key", "upload_key", "other_keys"}))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO documents_document (id, s3_key, {told})"  # noqa: S608
            f" SELECT gen_random_uuid(), s3_key || '-2', {told} FROM documents_document"
        )
    assert set(Document.objects.values_list("upload_key", flat=True)) == {""}
    assert list(Document.objects.values_list("other_keys", flat=True)) == [[], []]


def test_a_key_is_ones_own(world, priya, ada):
    answers = [send(one, world.files) for one in (priya, ada)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]


@pytest.mark.parametrize("key", ["x" * 61, "tab\there", "naïve"])
def test_a_bad_key_is_refused(key, world, priya):
    assert_problem(send(priya, world.files, key=key), 400, "invalid", field="idempotency_key")
    assert not Document.objects.exists()


def test_a_refused_file_leaves_its_key_free(world, priya):
    assert send(priya, world.files, b"no pdf at all").status_code in (400, 422)
    assert send(priya, world.files).status_code == 201


def test_who_may_add_files_no_more_is_told_nothing_of_a_key(world, priya, monkeypatch):
    assert send(priya, world.files).status_code == 201
    rest = ABILITIES[Role.PROVIDER] - {"documents.add"}
    monkeypatch.setitem(ABILITIES, Role.PROVIDER, rest)
    for answer in (send(priya, world.files), begin(priya, world.files)):
        assert_problem(answer, 403, "not_permitted")


def test_who_does_not_see_the_record_is_told_nothing_of_a_key(world, priya, client_of):
    """Not even who used it: the patient has been given to somebody else meanwhile."""
    assert send(priya, world.files).status_code == 201
    Patient.objects.filter(pk=world.amal.pk).update(clinician_id=member("paul").pk)
    for answer in (send(priya, world.files), begin(priya, world.files)):
        assert_problem(answer, 404, "not_found")
    assert send(client_of("paul"), world.files).json()["id"] != str(
        Document.objects.earliest("id").pk
    )


@pytest.mark.parametrize(("arm", "rows", "kept"), POINTS.values(), ids=POINTS)
def test_death_anywhere_and_then_it_is_sent_again(arm, rows, kept, world, priya, monkeypatch):
    priya.raise_request_exception = True
    with monkeypatch.context() as patch:
        arm(patch)
        with pytest.raises(Killed):
            send(priya, world.files, description="Fasting")
    again = send(priya, world.files, description="Fasting")
    assert again.status_code == 201, again.content
    assert again.json()["state"] == "available"
    assert str(only().pk) == again.json()["id"]
    assert objects() == {only().s3_key}
    assert priya.get(again.json()["download_url"]).status_code == 200
    assert sweep_unfinished_uploads(older_than=NOW) == 0


def test_the_sweep_comes_first_and_then_it_is_sent_again(world, priya, monkeypatch):
    priya.raise_request_exception = True
    with monkeypatch.context() as patch:
        POINTS["after the bytes"][0](patch)
        with pytest.raises(Killed):
            send(priya, world.files)
    assert sweep_unfinished_uploads(older_than=NOW) == 1
    assert send(priya, world.files).status_code == 201
    assert sorted(Document.objects.values_list("state", flat=True)) == ["available", "rejected"]


@pytest.mark.logs_errors
def test_the_store_is_away_and_then_it_is_sent_again(world, priya, monkeypatch):
    def away(*_, **__):
        raise StoreError

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "put", away)
        assert_problem(send(priya, world.files), 503, "store_unavailable")
    assert send(priya, world.files).status_code == 201
    assert Document.objects.available().count() == 1


def test_a_document_in_the_trash_says_so_and_comes_back(world, priya):
    first = send(priya, world.files)
    trash_document(membership=member("priya"), document=only())
    assert send(priya, world.files).json()["state"] == "trashed"
    restore_document(membership=member("priya"), document=only())
    assert send(priya, world.files).json() == first.json()


def test_what_is_purged_has_given_its_key_back(world, priya):
    send(priya, world.files)
    old = only()
    for state in ("purging", "purged"):
        Document.objects.filter(pk=old.pk).update(state=state)
    assert send(priya, world.files).status_code == 201
    assert Document.objects.exclude(pk=old.pk).get().state == "available"


def test_two_at_once_make_one_document(committed, monkeypatch):
    with tenant_context(committed):
        world = make_world()
    inside, go_on, results = threading.Event(), threading.Event(), []

    def slowly(document, content):
        inside.set()
        assert go_on.wait(20)
        return store_bytes(document, content)

    store_bytes = module.store_bytes
    monkeypatch.setattr(module, "store_bytes", slowly)

    def one():
        try:
            with tenant_context(committed):
                results.append(once(world).pk)
        finally:
            connection.close()

    thread = threading.Thread(target=one)
    thread.start()
    assert inside.wait(20)
    with tenant_context(committed), pytest.raises(UploadBusyError):
        once(world)
    go_on.set()
    thread.join(30)
    with tenant_context(committed):
        assert [once(world).pk] == results
        assert Document.objects.available().count() == len(objects()) == 1


def once(world):
    return upload_document_once(
        membership=member("priya"),
        policy=policy_for_slug("lab-results"),
        owner=world.blood,
        new=NewDocument(content=io.BytesIO(minimal()), filename="scan.pdf", size=len(minimal())),
        key="visit-7",
    )


def test_busy_says_when_to_ask_again(world, priya, monkeypatch):
    class Held:
        def __enter__(self):
            return False

        def __exit__(self, *_):
            return None

    monkeypatch.setattr(upload_once, "only_one", lambda _: Held())
    answer = send(priya, world.files)
    assert_problem(answer, 409, "busy")
    assert answer["Retry-After"] == "2"


def test_an_announcement_sent_again_is_the_same_upload(world, priya, client_of):
    first, again = begin(priya, world.files).json(), begin(priya, world.files).json()
    assert again["id"] == first["id"]
    assert again["links_until"] >= first["links_until"]
    assert post(client_of(None), again).status_code == 204
    assert complete(priya, again).json()["state"] == "available"
    after = begin(priya, world.files)
    assert (after.status_code, after.json()["state"]) == (201, "available")
    assert (after.json()["url"], after.json()["fields"]) == (None, None)
    assert Document.objects.available().count() == 1


def test_another_announcement_with_the_key_is_refused(world, priya):
    assert begin(priya, world.files).status_code == 201
    for answer in (
        begin(priya, world.files, OTHER),
        begin(priya, world.files, filename="other.pdf"),
        begin(priya, world.files, sha256=None),
        send(priya, world.files),
    ):
        assert_problem(answer, 409, "idempotency_key_used")


def test_an_upload_that_was_taken_back_gives_its_key_back(world, priya):
    first = begin(priya, world.files).json()
    assert priya.delete(f"/api/v1/files/{first['id']}/upload").status_code == 204
    clear(only().pk)
    assert begin(priya, world.files).json()["id"] != first["id"]
