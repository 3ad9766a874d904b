"""Old objects put and looked at behind the system's back, and the jobs over them."""

import csv
from pathlib import Path

from accounts.fields import uuid7
from documents.models import Document
from documents.services.reading import stored_bytes
from documents.storage import object_store
from documents.storage.filesystem import FileSystemObjectStore
from jobs.models import JobItem, SourceLink
from jobs.services.control import start_job
from jobs.services.running import run_job
from tests.documents.helpers import upload
from tests.documents.verify.helpers import body, sha

OLD_KEYS = ("documents/{}.txt", "images/9f/{}.txt", "mms/outbound/{}.txt", "{}.txt")


def put_raw(key, content):
    store = object_store()
    if isinstance(store, FileSystemObjectStore):
        path = Path(store.location) / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    else:
        store.client.put_object(Bucket=store.bucket_name, Key=key, Body=content)
    return key


def get_raw(key):
    store = object_store()
    if isinstance(store, FileSystemObjectStore):
        path = Path(store.location) / key
        return path.read_bytes() if path.is_file() else None
    try:
        return store.client.get_object(Bucket=store.bucket_name, Key=key)["Body"].read()
    except store.client.exceptions.NoSuchKey:
        return None


def remove_raw(key):
    store = object_store()
    if isinstance(store, FileSystemObjectStore):
        (Path(store.location) / key).unlink()
        Path(f"{Path(store.location) / key}.meta").unlink(missing_ok=True)
    else:
        store.client.delete_object(Bucket=store.bucket_name, Key=key)


def keys():
    """Every key in the bucket, of any clinic and of none."""
    store = object_store()
    if isinstance(store, FileSystemObjectStore):
        root = Path(store.location)
        return {
            path.relative_to(root).as_posix()
            for path in root.rglob("*")
            if path.is_file() and path.suffix != ".meta"
        }
    pages = store.client.get_paginator("list_objects_v2").paginate(Bucket=store.bucket_name)
    return {one["Key"] for page in pages for one in page.get("Contents", ())}


def everything():
    return {key: get_raw(key) for key in keys()}


def empty_bucket():
    for key in keys():
        remove_raw(key)


def old_document(world, n, old_key=None, content=None, **more):
    """A document whose row names an old key, as an old system's rows that were taken over do."""
    content = body(n) if content is None else content
    more = {"slug": "patients", "owner": world.amal, **more}
    made = upload(world, content, name=f"{n}.txt", **more)
    built = made.s3_key
    remove_raw(built)
    made.s3_key = put_raw(old_key or OLD_KEYS[n % 4].format(f"scan-{n}"), content)
    Document.objects.filter(pk=made.pk).update(s3_key=made.s3_key)
    made.built = built
    return made


def flat_row(world, key, content, **more):
    """The same as a bare row, whether or not there is an object."""
    pk = uuid7()
    facts = {
        "id": pk, "sha256": sha(content), "file_size": len(content), "s3_key": key, **more
    }  # fmt: skip
    from documents.registry import policy_for_slug

    return Document.objects.create(
        content_type_id=policy_for_slug("patients").content_type_id,
        object_id=world.amal.pk,
        patient=world.amal,
        original_filename="old.txt",
        file_type="text/plain",
        category="other",
        state="available",
        retention="clinical",
        **facts,
    )


def write_map(path, *lines):
    names = sorted({name for line in lines for name in line})
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, names)
        out.writeheader()
        out.writerows(lines)
    return str(path)


def restructure(*, apply=True, concurrency=1, **parameters):
    job = start_job(
        kind="restructure_bucket",
        parameters={**parameters, "fresh": not apply},
        dry_run=not apply,
    )
    return run_job(job, concurrency=concurrency)


def delete_old(job, *, apply=True):
    parameters = {"job": str(job.pk)}
    kind = "restructure_delete_old"
    return run_job(start_job(kind=kind, parameters=parameters, dry_run=not apply), concurrency=1)


def rollback(job, *, apply=True):
    parameters = {"job": str(job.pk)}
    return run_job(start_job(kind="rollback", parameters=parameters, dry_run=not apply))


def age(job):
    """Let the moves of a job be so old that no link lives any more."""
    SourceLink.objects.filter(job=job).update(made_at="2020-01-01T00:00:00Z")


def failures(job):
    found = JobItem.objects.filter(job=job, state="failed")
    assert all(item.detail and item.remedy for item in found), list(found.values())
    return dict(found.values_list("source_id", "code"))


def unowned(job):
    return {gap["source_id"]: gap["code"] for gap in job.report["gaps"]}


def bytes_of(document):
    with stored_bytes(Document.objects.get(pk=document.pk)) as chunks:
        return b"".join(chunks)


def key_of(document):
    return Document.objects.get(pk=document.pk).s3_key
