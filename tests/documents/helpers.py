"""Sending files as clients send them, and looking at what is left behind."""

import hashlib
import io
from pathlib import Path
from urllib.parse import quote

from django.conf import settings

from accounts.fields import uuid7
from documents.models import Document
from documents.registry import policy_for_slug
from documents.services.upload import NewDocument, upload_document
from tests.conftest import member
from tests.documents.corpus_pdf import minimal

BOUNDARY = "tests-boundary-7MA4YWxkTrZu0gW"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
PROBLEM = {"type", "title", "status", "detail", "code", "errors"}


def part(field: str, body: bytes, name: str | None = None, declared: str = "") -> bytes:
    """One part of a form, its file name and type exactly as given.

    A name with line breaks cannot stand in a header; it comes percent-encoded (RFC 5987).
    """
    head = f'Content-Disposition: form-data; name="{field}"'
    if name is not None and ("\r" in name or "\n" in name):
        head += f"; filename*=UTF-8''{quote(name, safe='')}"
    elif name is not None:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        head += f'; filename="{quoted}"'
    if declared:
        head += f"\r\nContent-Type: {declared}"
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + body + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def send(client, url, body=None, name="scan.pdf", declared="application/pdf", **fields):
    content = minimal() if body is None else body
    texts = [part(key, value.encode()) for key, value in fields.items()]
    whole = form(*texts, part("file", content, name, declared))
    return client.generic("POST", url, whole, content_type=FORM)


def upload(
    world, body=None, *, name="scan.pdf", owner=None, slug="lab-results", who="priya", **more
):
    """A document made by the service, without HTTP."""
    content = minimal() if body is None else body
    return upload_document(
        membership=member(who),
        policy=policy_for_slug(slug),
        owner=owner or world.blood,
        new=NewDocument(content=io.BytesIO(content), filename=name, size=len(content), **more),
    )


def row(world, **fields):
    """A document that is only a row, for counting and listing."""
    pk = uuid7()
    facts = {
        "id": pk,
        "content_type_id": policy_for_slug("lab-results").content_type_id,
        "object_id": world.blood.pk,
        "patient": world.amal,
        "original_filename": "scan.pdf",
        "file_type": "application/pdf",
        "file_size": 100,
        "sha256": "0" * 64,
        "s3_key": f"alpha/patients/lab-results/{world.amal.pk}/{pk}.pdf",
        "category": "result",
        "state": "available",
        "retention": "clinical",
        **fields,
    }
    return Document.objects.create(**facts)


def objects() -> set[str]:
    """Every file in the folder of objects but the notes beside them."""
    root = Path(settings.STORAGES["documents"]["OPTIONS"]["location"])
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".meta"
    }


def temporary() -> list[str]:
    return [path.name for path in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir()]


def sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def assert_problem(answer, status, code, field=None):
    """The answer is a problem (RFC 9457) of this status and code that names this field."""
    assert answer["Content-Type"] == "application/problem+json", answer.content[:300]
    body = answer.json()
    assert body.keys() >= PROBLEM
    named = {error["field"] for error in body["errors"]}
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code), body
    assert named == ({field} if field else set())
    assert body["title"]
    assert body["detail"]
    return body
