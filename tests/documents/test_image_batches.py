"""Photographs taken together: their order, captions, cover, and the ZIP of them all."""

import io
import json
import threading
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from accounts.audit.models import AccessLog
from documents.models import Document, ImageBatch
from documents.services.batches import save_image_batch
from documents.services.pictures import order_pictures
from documents.services.trash import restore_document, trash_document
from tests.conftest import member
from tests.documents.conftest import make_world
from tests.documents.corpus_images import jpeg
from tests.documents.helpers import assert_problem, send, upload

LIST = "/api/v1/image-batches"


def new_batch(patient, name="Left foot"):
    return save_image_batch(
        membership=member("ada"), batch=ImageBatch(), patient_id=patient.pk, name=name,
        taken_on="2026-11-20",
    )  # fmt: skip


def picture(world, batch, name="a.jpg", **more):
    return upload(world, jpeg(), name=name, slug="image-batches", owner=batch, who="ada", **more)


@pytest.fixture
def batch(world):
    return new_batch(world.amal)


@pytest.fixture
def three(world, batch):
    return [picture(world, batch, f"{n}.jpg", description=f"View {n}") for n in "abc"]


def put(client, batch, ids, **headers):
    body = json.dumps({"ids": [str(getattr(one, "pk", one)) for one in ids]})
    return client.put(
        f"{LIST}/{batch.pk}/order", body, content_type="application/json", headers=headers
    )


def order(client, batch):
    answer = client.get(f"{LIST}/{batch.pk}/order")
    assert answer.status_code == 200, answer.content
    return answer.json()["pictures"]


def names(client, batch):
    return "".join(one["file_name"][0] for one in order(client, batch))


def detail(client, batch):
    return client.get(f"{LIST}/{batch.pk}").json()


def test_a_batch_from_the_first_picture_to_the_zip(world, priya):
    """Make it, send the pictures, order them, caption one, choose a cover, take them all home."""
    made = priya.post(
        LIST,
        {"patient_id": str(world.amal.pk), "name": "Left foot", "taken_on": "2026-11-20"},
        content_type="application/json",
    ).json()
    assert (made["file_count"], made["cover_id"], made["cover_url"]) == (0, None, None)
    files = f"{LIST}/{made['id']}/files"
    sent = [
        send(priya, files, jpeg(), f"{n}.jpg", "image/jpeg", description=f"View {n}").json()["id"]
        for n in "abc"
    ]
    batch = ImageBatch.objects.get(pk=made["id"])
    assert names(priya, batch) == "abc"
    answer = put(priya, batch, [sent[2], sent[0], sent[1]])
    assert [one["position"] for one in answer.json()["pictures"]] == [1, 2, 3]
    assert answer["ETag"] == priya.get(f"{LIST}/{batch.pk}")["ETag"]
    priya.patch(
        f"/api/v1/files/{sent[0]}", {"description": "Heel"}, content_type="application/json"
    )
    assert [one["caption"] for one in order(priya, batch)] == ["View c", "Heel", "View b"]
    assert detail(priya, batch)["cover_id"] == sent[2]
    chosen = priya.patch(
        f"{LIST}/{batch.pk}", {"cover": sent[1]}, content_type="application/json"
    ).json()
    assert (chosen["cover"], chosen["cover_id"], chosen["file_count"]) == (sent[1], sent[1], 3)
    assert [one["is_cover"] for one in order(priya, batch)] == [False, False, True]
    zipped = priya.post(
        "/api/v1/files/archive", {"batch": made["id"]}, content_type="application/json"
    )
    found = zipfile.ZipFile(io.BytesIO(b"".join(zipped.streaming_content)))
    assert found.namelist()[:3] == ["1 c.jpg", "2 a.jpg", "3 b.jpg"]
    told = json.loads(found.read("manifest.json"))["files"]
    assert [one["original_name"] for one in told] == ["c.jpg", "a.jpg", "b.jpg"]


def test_what_is_no_permutation_is_refused_and_changes_nothing(world, batch, three, priya):
    a, b, c = three
    put(priya, batch, [c, b, a])
    other = picture(world, new_batch(world.petra, "Other"))
    for ids, wrong in {
        (a, b): (0, 1, 0),
        (a, b, c, c): (1, 0, 0),
        (a, b, other): (0, 1, 1),
        (): (0, 3, 0),
    }.items():
        body = assert_problem(put(priya, batch, ids), 422, "not_the_pictures", "ids")
        assert (body["twice"], body["missing"], body["strange"]) == wrong
        assert "jpg" not in json.dumps(body)
    bad = priya.put(f"{LIST}/{batch.pk}/order", {"ids": "x"}, content_type="application/json")
    assert bad.status_code == 400
    assert names(priya, batch) == "cba"


def test_a_picture_in_the_trash_keeps_its_place(world, batch, three, priya):
    a, b, c = three
    put(priya, batch, [c, b, a])
    trash_document(membership=member("ada"), document=b)
    assert names(priya, batch) == "ca"
    assert_problem(put(priya, batch, [a, b, c]), 422, "not_the_pictures", "ids")
    assert put(priya, batch, [a, c]).status_code == 200
    restore_document(membership=member("ada"), document=Document.objects.get(pk=b.pk))
    assert names(priya, batch) == "acb", "behind the one that it stood behind"
    picture(world, batch, "d.jpg")
    assert names(priya, batch) == "acbd"


def test_a_cover_in_the_trash_gives_way_to_the_first(world, batch, three, priya):
    a, b, c = three
    put(priya, batch, [c, a, b])
    cover = {"cover": str(b.pk)}
    assert (
        priya.patch(f"{LIST}/{batch.pk}", cover, content_type="application/json").status_code == 200
    )
    trash_document(membership=member("ada"), document=b)
    assert detail(priya, batch)["cover_id"] == str(c.pk)
    assert [one["is_cover"] for one in order(priya, batch)] == [True, False]
    again = priya.patch(f"{LIST}/{batch.pk}", cover, content_type="application/json")
    assert_problem(again, 422, "not_the_pictures", "cover")
    restore_document(membership=member("ada"), document=Document.objects.get(pk=b.pk))
    assert detail(priya, batch)["cover_id"] == str(b.pk)


def test_who_has_read_an_older_order_is_told(batch, three, priya, ada):
    a, b, c = three
    seen = priya.get(f"{LIST}/{batch.pk}/order")["ETag"]
    assert put(ada, batch, [c, b, a], **{"If-Match": seen}).status_code == 200
    assert_problem(put(priya, batch, [b, a, c], **{"If-Match": seen}), 412, "changed_meanwhile")
    assert_problem(put(priya, batch, [b, a, c], **{"If-Match": ""}), 428, "if_match_required")
    assert names(priya, batch) == "cba"


def test_two_who_order_at_once_leave_one_order_of_the_two(committed):
    with tenant_context(committed):
        world = make_world()
        batch = new_batch(world.amal)
        pks = [picture(world, batch, f"{n}.jpg").pk for n in "abcd"]
    orders = [pks[::-1], [pks[1], pks[0], pks[3], pks[2]]]
    start, failed = threading.Barrier(2), []

    def run(ids):
        try:
            with tenant_context(committed):
                start.wait()
                for _ in range(5):
                    order_pictures(membership=member("ada"), batch=batch, ids=ids)
        except BaseException as error:  # noqa: BLE001  the test says it
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(ids,)) for ids in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with tenant_context(committed):
        assert ImageBatch.objects.get(pk=batch.pk).picture_order in orders


def test_patients_see_their_pictures_and_do_not_order_them(world, batch, three, client_of):
    world.amal.user_id = member("pat").user_id
    world.amal.save()
    pat, gina = client_of("pat"), client_of("gina")
    assert names(pat, batch) == "abc"
    assert put(pat, batch, three[::-1]).status_code == 403
    assert put(gina, batch, three[::-1]).status_code == 404
    zipped = {"batch": str(batch.pk)}
    for client, status in ((pat, 200), (gina, 404)):
        answer = client.post("/api/v1/files/archive", zipped, content_type="application/json")
        assert answer.status_code == status


def test_another_clinic_knows_nothing_of_it(batch, three, client_of):
    bea = client_of("bea")
    assert put(bea, batch, three).status_code == 404
    for path in (f"{LIST}/{batch.pk}/order", f"{LIST}/{batch.pk}"):
        assert bea.get(path).status_code == 404
    zipped = {"batch": str(batch.pk)}
    answer = bea.post("/api/v1/files/archive", zipped, content_type="application/json")
    assert answer.status_code == 404


def test_an_empty_batch_has_no_zip(batch, priya):
    answer = priya.post(
        "/api/v1/files/archive", {"batch": str(batch.pk)}, content_type="application/json"
    )
    assert_problem(answer, 422, "nothing_to_archive", "batch")


def test_what_was_shown_is_logged(batch, three, priya):
    order(priya, batch)
    seen = AccessLog.objects.order_by("pk").last()
    assert (seen.action, seen.object_type) == ("list", "documents.document")
    assert set(seen.object_ids) == {one.pk for one in three}


def test_lists_cost_the_same_with_more_batches_and_pictures(world, batch, three, priya, ada):
    def costs():
        found = []
        for client, path in (
            (priya, LIST),
            (priya, f"{LIST}/{batch.pk}/order"),
            (ada, "/admin/documents/imagebatch/"),
            (ada, f"/admin/documents/imagebatch/{batch.pk}/change/"),
        ):
            client.get(path)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(path).status_code == 200
            found.append(len(captured))
        return found

    before = costs()
    for number in range(3):
        picture(world, new_batch(world.amal, f"Batch {number}"))
    picture(world, batch, "d.jpg")
    assert costs() == before
    rows = priya.get(LIST, {"patient": str(world.amal.pk)}).json()["results"]
    assert [row["file_count"] for row in rows] == [1, 1, 1, 4]
    assert rows[-1]["cover_url"] == f"/api/v1/files/{three[0].pk}/preview"
    assert priya.get(LIST, {"patient": str(world.petra.pk)}).json()["results"] == []


def test_the_admins_page_shows_them_in_order_with_captions(batch, three, priya, ada):
    a, b, c = three
    Document.objects.filter(pk=b.pk).update(description="<b>Heel</b>")
    put(priya, batch, [c, b, a])
    page = ada.get(f"/admin/documents/imagebatch/{batch.pk}/change/").content.decode()
    places = [page.index(f"{n}. {text}") for n, text in ((1, "View c"), (3, "View a"))]
    assert places[0] < page.index("2. &lt;b&gt;Heel&lt;/b&gt;") < places[1]
    assert page.count('loading="lazy"') >= 6
    listed = ada.get("/admin/documents/imagebatch/").content.decode()
    assert f"/admin/documents/document/{c.pk}/thumbnail" in listed
