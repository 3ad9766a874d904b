import gzip
import hashlib
import io
import json
from pathlib import Path

from django.utils import timezone

from documents.models import Document
from documents.services.verifying import SETTLED_AFTER
from documents.storage import object_store
from documents.storage.filesystem import FileSystemObjectStore
from jobs.models import JobItem
from jobs.services.control import start_job
from jobs.services.running import run_job

KIND = "documents_verify"


def body(n):
    return f"letter number {n}\n".encode() * 50


def sha(content):
    return hashlib.sha256(content).hexdigest()


def verify(**parameters):
    return run_job(start_job(kind=KIND, parameters=parameters), concurrency=1)


def gaps(job):
    """What a job found, by the document's id or the object's key."""
    found = JobItem.objects.filter(job=job, state="failed")
    assert all(item.detail and item.remedy for item in found)
    return {item.source_id.removeprefix("object "): item.code for item in found}


def assert_sound(job, number, code="verified"):
    assert (job.state, job.failed, job.report["gaps"]) == ("succeeded", 0, []), gaps(job)
    assert job.counts == ({code: number} if number else {})


def overwrite(key, content, *, noted):
    """Put other bytes at a key behind our back, and what is noted with them."""
    store = object_store()
    if isinstance(store, FileSystemObjectStore):
        path = Path(store.location) / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        Path(f"{path}.meta").write_text(json.dumps({"sha256": noted}))
    else:
        store.client.put_object(
            Bucket=store.bucket_name, Key=key, Body=content, Metadata={"sha256": noted}
        )


def put(key, content=b"nobody's"):
    object_store().put(
        key,
        io.BytesIO(content),
        size=len(content),
        content_type="text/plain",
        sha256=sha(content),
        tags={},
    )
    return key


def compress(document, content):
    """Let a document's bytes be stored compressed, as nothing stores them yet."""
    packed = gzip.compress(content, mtime=0)
    overwrite(document.s3_key, packed, noted=sha(packed))
    Document.objects.filter(pk=document.pk).update(encoding="gzip")
    return packed


def settle(document, **changes):
    """Change a row as if it had been so for a while."""
    when = timezone.now() - 2 * SETTLED_AFTER
    Document.objects.filter(pk=document.pk).update(updated_at=when, **changes)
