"""What a client of direct uploads does: begin, send, complete."""

import hashlib
import json

from documents.models import DirectUpload, Document
from tests.documents.corpus_pdf import minimal
from tests.documents.helpers import FORM, form, part

JSON = "application/json"
MIB = 1024 * 1024


def announced(body, **changes):
    facts = {"filename": "scan.pdf", "size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    return {name: value for name, value in {**facts, **changes}.items() if value is not None}


def ask_begin(client, world, body=None, *, url=None, **changes):
    facts = announced(minimal() if body is None else body, **changes)
    return client.post(f"{url or world.files}/uploads", json.dumps(facts), JSON)


def begin(client, world, body=None, **changes):
    answer = ask_begin(client, world, body, **changes)
    assert answer.status_code == 201, answer.content
    return answer.json()


def post(client, begun, body=None):
    """Post the file to our own address, as to S3: no login, the fields, then the file."""
    content = minimal() if body is None else body
    texts = [part(name, text.encode()) for name, text in begun["fields"].items()]
    return client.generic(
        "POST", begun["url"], form(*texts, part("file", content, "blob")), content_type=FORM
    )


def put(client, url, body):
    return client.generic("PUT", url, body, content_type="application/octet-stream")


def complete(client, begun):
    return client.post(f"/api/v1/files/{begun['id']}/complete")


def state(client, begun):
    answer = client.get(f"/api/v1/files/{begun['id']}/upload")
    assert answer.status_code == 200, answer.content
    return answer.json()


def sign(client, begun, *numbers):
    answer = client.post(
        f"/api/v1/files/{begun['id']}/parts", json.dumps({"numbers": numbers}), JSON
    )
    assert answer.status_code == 200, answer.content
    return {one["number"]: one["url"] for one in answer.json()["parts"]}


def pieces(body, size):
    return dict(enumerate((body[at : at + size] for at in range(0, len(body), size)), start=1))


def document_of(begun):
    return Document.objects.get(pk=begun["id"])


def upload_of(begun):
    return DirectUpload.objects.select_related("document").get(document_id=begun["id"])


def expire(begun):
    from django.utils import timezone

    DirectUpload.objects.filter(document_id=begun["id"]).update(expires_at=timezone.now())
