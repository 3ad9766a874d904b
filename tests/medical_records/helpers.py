"""What the tests of records share."""

import io
import json

from documents.registry import policy_for_slug
from documents.services.upload import NewDocument, upload_document
from tests.conftest import member
from tests.documents.corpus_pdf import minimal

NOBODY = "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f"


def send(client, method, path, body=None):
    """Send JSON; a body of None is an empty object."""
    text = json.dumps({} if body is None else body)
    return client.generic(method, path, text, content_type="application/json")


def made(client, path, body):
    answer = send(client, "POST", path, body)
    assert answer.status_code == 201, answer.json()
    return answer.json()


def fields(answer):
    """Return the fields that a refusal names."""
    return [error["field"] for error in answer.json()["errors"]]


def ids(client, path, **query):
    """Return the ids of a list, in its order."""
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


def upload(owner, *, slug, by="ada"):
    """Attach a small PDF to a record of the clinic we are in."""
    content = minimal()
    return upload_document(
        membership=member(by),
        policy=policy_for_slug(slug),
        owner=owner,
        new=NewDocument(content=io.BytesIO(content), filename="scan.pdf", size=len(content)),
    )
