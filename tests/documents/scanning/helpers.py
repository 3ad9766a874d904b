"""Files that a scanner finds something in, and what becomes of them."""

from documents.models import Document
from documents.storage import object_store
from tests.clamd import EICAR, SIGNATURE
from tests.documents.helpers import upload

INFECTED = f"infected: {SIGNATURE}"
BAD = b"Blood count\n" + EICAR + b"\n"
GOOD = b"Blood count: all is well.\n"


def bad(world, **more):
    """A quarantined document."""
    document = upload(world, BAD, name="bad.txt", **more)
    assert (document.state, document.state_reason) == ("quarantined", INFECTED)
    return document


def now(document):
    """The row as it is now: state and reason."""
    return tuple(Document.objects.values_list("state", "state_reason").get(pk=document.pk))


def stored(document):
    with object_store().read(document.s3_key) as chunks:
        return b"".join(chunks)
