"""GET /api/v1/files/{id}/preview: what is shown to whom, and what of files that cannot be."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from accounts.audit.models import AccessLog
from documents.models import Document
from documents.preview_models import Preview
from documents.rendering.limits import MOST_PAGES
from documents.rendering.running import RendererBusyError
from documents.services import previews
from documents.services.previews import make_first_previews, make_previews
from documents.services.trash import trash_document
from documents.storage import StoreError, object_store
from documents.storage.filesystem import FileSystemObjectStore
from medical_records.models import Insurance
from tests.conftest import member
from tests.documents.helpers import assert_problem, objects, temporary, upload
from tests.documents.previews import files
from tests.documents.verify.helpers import overwrite, sha

PLACEHOLDER = "X-Preview-Placeholder"


def address(document):
    return f"/api/v1/files/{document.pk}/preview"


def ask(client, document, **query):
    headers = query.pop("headers", {})
    return client.get(address(document), query, headers=headers)


def shown(answer):
    assert answer.status_code == 200, answer.content
    return Image.open(io.BytesIO(answer.content))


def unexpected(*_, **__):
    raise AssertionError("nothing is to be rendered here")


@pytest.fixture
def document(world, photo, in_process):
    return upload(world, photo, name="Amal Haddad.jpg")


def test_a_preview_is_made_when_it_is_asked_for_and_kept(document, priya, monkeypatch):
    first = ask(priya, document)
    assert shown(first).size == (200, 150)
    monkeypatch.setattr(previews, "render", unexpected)
    assert ask(priya, document).content == first.content
    assert shown(ask(priya, document, size=800)).size == (400, 300), "never enlarged"
    assert temporary() == []


def test_nothing_about_it_tells_more_than_the_picture(document, priya):
    answer = ask(priya, document)
    assert {name: answer[name] for name in HEADERS} == HEADERS
    assert PLACEHOLDER not in answer
    assert "Amal" not in str(answer.headers)


HEADERS = {
    "Content-Type": "image/jpeg",
    "Content-Disposition": 'inline; filename="preview.jpg"',
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "X-Preview-Pages": "1",
}


@pytest.mark.parametrize("accept", ["image/*", "text/html", "application/json"])
def test_whatever_the_client_accepts_it_is_a_picture(document, priya, accept):
    answer = ask(priya, document, headers={"Accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")


def test_who_has_it_already_gets_304_and_is_logged_all_the_same(document, priya):
    etag = ask(priya, document)["ETag"]
    before = AccessLog.objects.count()
    again = ask(priya, document, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert AccessLog.objects.count() == before + 1
    seen = AccessLog.objects.order_by("pk").last()
    assert (seen.action, seen.object_ids) == ("preview", [document.pk])
    assert ask(priya, document, size=800, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"size": "160"}, "size"),
        ({"size": "800px"}, "size"),
        ({"page": "0"}, "page"),
        ({"page": str(MOST_PAGES + 1)}, "page"),
        ({"frame": "x"}, "frame"),
        ({"page": "1", "frame": "1"}, "frame"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(document, priya, query, field):
    answer = ask(priya, document, **query)
    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {field}
    assert Preview.objects.count() == 0


def test_pages_are_made_when_somebody_looks_at_them(world, priya, monkeypatch):
    document = upload(world, files.pdf(5), name="five.pdf")
    make_first_previews(document)
    made = Preview.objects.filter(state="made").values_list("page", flat=True)
    assert sorted(set(made)) == [1, 2, 3]
    first, fifth = ask(priya, document), ask(priya, document, page=5)
    assert first["X-Preview-Pages"] == fifth["X-Preview-Pages"] == "5"
    assert shown(first).size == shown(fifth).size
    assert first.content != fifth.content
    monkeypatch.setattr(previews, "render", unexpected)
    body = assert_problem(ask(priya, document, page=6), 404, "no_such_page", "page")
    assert body["pages"] == 5


def test_frames_of_dicom(world, ada):
    body = files.dicom(files.words(0, 4095, 4095, 0), (2, 1), frames=2)
    document = upload(world, body, name="x.dcm", slug="patients", owner=world.amal)
    first, second = ask(ada, document, frame=1), ask(ada, document, frame=2)
    assert first["Content-Type"] == "image/png"
    found = [list(shown(one).get_flattened_data()) for one in (first, second)]
    assert found == [[0, 255], [255, 0]]
    assert_problem(ask(ada, document, frame=3), 404, "no_such_page", "page")


@pytest.mark.parametrize(
    ("body", "name", "reason"),
    [(b"potassium;4.1\n", "a.csv", "no_picture"), (b"Seen.\n", "a.txt", "no_picture")],
)
def test_a_kind_without_pictures_gets_a_placeholder(world, priya, body, name, reason):
    document = upload(world, body, name=name)
    answer = ask(priya, document, size=800)
    assert (shown(answer).size, answer[PLACEHOLDER]) == ((800, 800), reason)
    assert answer["Content-Type"] == "image/png"
    assert ask(priya, document, headers={"If-None-Match": answer["ETag"]}).status_code == 200
    known = ask(priya, document, size=800, headers={"If-None-Match": answer["ETag"]})
    assert known.status_code == 304
    assert Preview.objects.count() == 0
    row = priya.get(f"/api/v1/files/{document.pk}").json()
    assert row["preview_url"] is None


def test_a_broken_file_gets_a_placeholder_that_says_so(document, priya):
    Document.objects.filter(pk=document.pk).update(file_type="application/dicom")
    answer = ask(priya, document)
    assert (shown(answer).size, answer[PLACEHOLDER]) == ((200, 200), "damaged")


def test_other_pages_of_a_broken_file_are_not_even_tried(document, priya, monkeypatch):
    Document.objects.filter(pk=document.pk).update(file_type="application/pdf")
    assert ask(priya, document)[PLACEHOLDER] == "damaged"
    monkeypatch.setattr(previews, "render", unexpected)
    assert ask(priya, document, page=2)[PLACEHOLDER] == "damaged"
    assert Preview.objects.count() == 2


def test_no_room_now_is_no_failure(document, priya, monkeypatch):
    def busy(*_, **__):
        raise RendererBusyError

    with monkeypatch.context() as patch:
        patch.setattr(previews, "render", busy)
        assert ask(priya, document)[PLACEHOLDER] == "busy"
    assert Preview.objects.count() == 0
    assert PLACEHOLDER not in ask(priya, document)


def lose(row):
    object_store().remove(row.s3_key)


def alter(row):
    object_store().remove(row.s3_key)
    overwrite(row.s3_key, b"<html>", noted=sha(b"<html>"))


def empty(row):
    object_store().remove(row.s3_key)
    overwrite(row.s3_key, b"", noted=sha(b""))


def swell(row):
    object_store().remove(row.s3_key)
    overwrite(row.s3_key, bytes(3_000_000), noted="")


@pytest.mark.parametrize("harm", [lose, alter, empty, swell])
def test_one_that_is_lost_or_altered_is_made_anew(document, priya, harm):
    before = ask(priya, document)
    harm(make_previews(document)[0])
    after = ask(priya, document)
    assert (after.status_code, after.content) == (200, before.content)
    rows = Preview.objects.filter(state="made")
    assert {row.s3_key for row in rows} < objects()
    assert len(rows) == 2


@pytest.mark.logs_errors
def test_a_store_that_is_away_is_no_placeholder(document, priya, monkeypatch):
    def away(*_, **__):
        raise StoreError("The store cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "read", away)
        assert_problem(ask(priya, document), 503, "store_unavailable")
    assert Preview.objects.count() == 0
    make_previews(document)
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "read", away)
        assert_problem(ask(priya, document), 503, "store_unavailable")
    assert shown(ask(priya, document))


def test_documents_that_are_not_there_or_allow_none_have_none(world, document, photo, priya, ada):
    card = Insurance.objects.create(patient=world.amal, company="Wattle", member_id="7")
    insured = upload(world, photo, name="card.jpg", slug="insurances", owner=card)
    assert_problem(ask(ada, insured), 403, "operation_not_allowed")
    assert ada.get(f"/api/v1/files/{insured.pk}").json()["preview_url"] is None
    assert not previews.without_previews(older_than=previews.timedelta(0)).filter(pk=insured.pk)
    make_previews(document)
    trash_document(membership=member("ada"), document=document)
    assert_problem(ask(ada, document), 404, "not_found")
    petras = upload(world, photo, name="p.jpg", owner=world.petras, who="paul")
    assert_problem(ask(priya, petras), 404, "not_found")
    assert AccessLog.objects.filter(action="preview").count() == 0


def test_the_admins_list_loads_pictures_lazily_and_only_where_there_are(
    world, document, photo, ada
):
    text = upload(world, b"Seen.\n", name="a.txt")
    trashed = upload(world, photo, name="b.jpg")
    trash_document(membership=member("ada"), document=trashed)
    page = ada.get("/admin/documents/document/").content.decode()

    def picture(one):
        return (
            f'src="/admin/documents/document/{one.pk}/thumbnail" alt="" width="56" loading="lazy"'
        )

    assert [picture(one) in page for one in (document, text, trashed)] == [True, False, False]
    assert Preview.objects.count() == 0, "the list itself renders nothing"
    assert shown(ada.get(f"/admin/documents/document/{document.pk}/thumbnail")).size == (200, 150)
    large = ada.get(f"/admin/documents/document/{document.pk}/thumbnail?size=800")
    assert shown(large).size == (400, 300)
    for wrong in ("160", "x"):
        gone = ada.get(f"/admin/documents/document/{document.pk}/thumbnail?size={wrong}")
        assert gone.status_code == 404


def test_a_preview_that_is_there_costs_few_queries(document, priya):
    ask(priya, document)
    with CaptureQueriesContext(connection) as captured:
        ask(priya, document)
    assert len(captured) <= 10, [one["sql"][:80] for one in captured]
