"""A file in one piece, straight to the store: announced, sent, completed."""

from documents.models import Document
from documents.storage import object_store
from tests.documents.corpus_pdf import minimal
from tests.documents.direct.helpers import (
    begin,
    complete,
    document_of,
    post,
)
from tests.documents.helpers import objects, send, sha, temporary


def test_it_becomes_the_document_that_an_ordinary_upload_makes(world, priya, nobody):
    twin = send(priya, world.files, category="report", description="Fasting").json()
    begun = begin(priya, world, category="report", description="Fasting")
    assert begun["method"] == "post"
    assert (begun["state"], begun["part_size"], begun["parts"]) == ("pending", None, None)
    assert begun["url"].startswith("http://alpha.localhost/uploads?token=")
    sent = post(nobody, begun)
    assert (sent.status_code, sent["ETag"][0]) == (204, '"')

    answer = complete(priya, begun)

    assert (answer.status_code, answer.json()["state"]) == (200, "available")
    shown = priya.get(f"/api/v1/files/{begun['id']}").json()
    own = {"id", "s3_key", "download_url", "uploaded_at"}
    assert {k: v for k, v in shown.items() if k not in own} == {
        k: v for k, v in twin.items() if k not in own
    }
    document = document_of(begun)
    assert objects() == {document.s3_key, Document.objects.get(pk=twin["id"]).s3_key}
    with object_store().fetch(document.s3_key) as (info, chunks):
        assert b"".join(chunks) == minimal()
    assert info.metadata == {"sha256": sha(minimal())}
    assert temporary() == []
    assert complete(priya, begun).json() == answer.json()
