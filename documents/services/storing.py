"""Bytes on their way into the store, while the next files are looked at.

One file is written at a time, as before; what is gained is that the processor does not wait for
the disk. Nothing here asks the database: that stays with the thread that called.
"""

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

from django_tenants.utils import tenant_context

from accounts.tenancy import current_tenant
from documents.models import Document, Encoding
from documents.services.packing import packed
from documents.storage import object_store


class _Own(threading.local):
    """A writer for each thread, which ends with it."""

    writer: ThreadPoolExecutor | None = None


_own = _Own()
os.register_at_fork(after_in_child=lambda: vars(_own).clear())  # threads are not taken along


def put_bytes(document: Document, content: BinaryIO) -> None:
    """Write a document's object. Raises `StoreError`."""
    if document.encoding == Encoding.GZIP:
        with packed(content) as (smaller, size, sha256):
            _put(document, smaller, size=size, sha256=sha256)
    else:
        content.seek(0)
        _put(document, content, size=document.file_size, sha256=document.sha256)


def _put(document: Document, content: BinaryIO, *, size: int, sha256: str) -> None:
    object_store().put(
        document.s3_key,
        content,
        size=size,
        content_type=document.file_type,
        encoding=document.encoding,
        sha256=sha256,
        tags={"retention": document.retention},
    )


def put_behind(document: Document, content: BinaryIO) -> "Future[None]":
    """Write it after those that were given before; its result raises what `put_bytes` does."""
    if _own.writer is None:
        _own.writer = ThreadPoolExecutor(1, thread_name_prefix="store")
    account = current_tenant()

    def put() -> None:
        with tenant_context(account):
            put_bytes(document, content)

    return _own.writer.submit(put)
