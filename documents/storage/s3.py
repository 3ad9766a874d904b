"""Objects in S3, or in anything that speaks its protocol."""

import base64
import contextlib
import hashlib
import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from typing import Any, BinaryIO
from urllib.parse import urlencode, urlsplit

from botocore.config import Config
from django.utils.http import content_disposition_header
from storages.backends.s3 import S3Storage

from documents.storage import parts
from documents.storage.base import (
    CHUNK,
    LONGEST_LINK,
    ObjectExistsError,
    ObjectInfo,
    ObjectMissingError,
    StoreError,
    own,
)
from documents.storage.s3_errors import store_errors as _store_errors
from documents.storage.s3_uploads import S3Uploads
from documents.storage.versions import erase_versions

CLIENT = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    max_pool_connections=32,  # of all threads
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "max_attempts": 4},
    # We send and check SHA-256 ourselves; servers differ in the checksums boto3 adds by default.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
_making = threading.Lock()


class S3ObjectStore(S3Uploads, S3Storage):
    """django-storages keeps connection and settings; what it lacks is asked of boto3.

    Its own `save` would replace objects and its `open` would load the whole before the first byte.
    """

    def __init__(self, **options: Any) -> None:
        self.public_endpoint_url = options.pop("public_endpoint_url", None)
        self._maker, self._client = 0, None
        super().__init__(**{"client_config": CLIENT, "file_overwrite": False, **options})

    def get_default_settings(self) -> dict[str, Any]:
        return {**super().get_default_settings(), "public_endpoint_url": None}

    @property
    def client(self) -> Any:
        """One for all threads, which its makers allow; each takes some 15 MB. Not over a fork."""
        if self._maker != os.getpid():
            with _making:
                if self._maker != os.getpid():
                    self._client = self._new_client(self.endpoint_url)
                    self._maker = os.getpid()
        return self._client

    @cached_property
    def link_client(self) -> Any:
        """Signs links for the address that browsers know the store by."""
        public = self.public_endpoint_url
        if not public or public == self.endpoint_url:
            return self.client
        return self._new_client(public)

    def _new_client(self, endpoint: str | None) -> Any:
        return self._create_session().client(
            "s3",
            endpoint_url=endpoint,
            region_name=self.region_name,
            use_ssl=self.use_ssl,
            verify=self.verify,
            config=self.client_config,
        )

    def put(
        self,
        key: str,
        content: BinaryIO,
        *,
        size: int,
        content_type: str,
        sha256: str,
        tags: dict[str, str],
        encoding: str = "",
    ) -> ObjectInfo:
        # Some servers know no If-None-Match, so ask first; those that do close the gap.
        with contextlib.suppress(ObjectMissingError):
            self.stat(key)
            raise ObjectExistsError("There is an object at this key already.")
        sent = _Hashed(content)
        if sent.length != size:
            raise StoreError("The content has another length than was said.")
        packed = {"ContentEncoding": encoding} if encoding else {}
        if size > parts.ONE_PUT:
            target = {"Bucket": self.bucket_name, "Key": own(key), "ContentType": content_type}
            noted = {"Metadata": {"sha256": sha256}, "Tagging": urlencode(tags), **packed}
            with _store_errors():
                parts.put_in_parts(
                    self.client, content, size=size, sha256=sha256, **target, **noted
                )
            return self.stat(key)
        with _store_errors():
            self.client.put_object(
                Bucket=self.bucket_name,
                Key=own(key),
                Body=sent,
                ContentLength=size,
                ContentType=content_type,
                ChecksumSHA256=base64.b64encode(bytes.fromhex(sha256)).decode("ascii"),
                Metadata={"sha256": sha256},
                Tagging=urlencode(tags),
                IfNoneMatch="*",
                **packed,
            )
        info = self.stat(key)
        if info.size != size or sent.digest.hexdigest() != sha256:  # not every server checks
            self.remove(key)
            raise StoreError("The bytes changed on their way into the store.")
        return info

    def stat(self, key: str) -> ObjectInfo:
        with _store_errors():
            head = self.client.head_object(Bucket=self.bucket_name, Key=own(key))
        return _info(key, head)

    @contextlib.contextmanager
    def fetch(self, key: str) -> Iterator[tuple[ObjectInfo, Iterator[bytes]]]:
        with _store_errors():
            answer = self.client.get_object(Bucket=self.bucket_name, Key=own(key))
        with contextlib.closing(answer["Body"]) as body, _store_errors():
            yield _info(key, answer), body.iter_chunks(CHUNK)

    @contextlib.contextmanager
    def read(
        self, key: str, *, start: int = 0, end: int | None = None
    ) -> Iterator[Iterator[bytes]]:
        span = {} if start == 0 and end is None else {"Range": f"bytes={start}-{_text(end)}"}
        with _store_errors():
            body = self.client.get_object(Bucket=self.bucket_name, Key=own(key), **span)["Body"]
        with contextlib.closing(body), _store_errors():
            yield body.iter_chunks(CHUNK)

    def remove(self, key: str) -> None:
        with _store_errors(), contextlib.suppress(ObjectMissingError):
            self.client.delete_object(Bucket=self.bucket_name, Key=own(key))

    def erase(self, key: str) -> None:
        with _store_errors():
            erase_versions(self.client, self.bucket_name, own(key))
        self.remove(key)

    def keys(self, prefix: str) -> Iterator[ObjectInfo]:
        own(prefix)
        with _store_errors():
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket_name, Prefix=prefix
            )
            for page in pages:
                for found in page.get("Contents", []):
                    yield ObjectInfo(found["Key"], found["Size"])

    def link(
        self, key: str, *, ttl: timedelta, filename: str, content_type: str, inline: bool = False
    ) -> str | None:
        if not timedelta(0) < ttl <= LONGEST_LINK:
            raise StoreError("A link lives more than nothing and at most seven days.")
        named = {
            "ResponseContentDisposition": content_disposition_header(not inline, filename),
            "ResponseContentType": content_type,
            "ResponseCacheControl": "private, no-store",
        }
        with _store_errors():
            link: str = self.link_client.generate_presigned_url(
                "get_object",
                Params={"Bucket": self.bucket_name, "Key": own(key), **named},
                ExpiresIn=int(ttl.total_seconds()),
            )
        return link

    def browser_origin(self) -> str:
        """Asked of a link, as the bucket may be part of the host's name; nothing is sent."""
        address = urlsplit(
            self.link_client.generate_presigned_url(
                "head_bucket", Params={"Bucket": self.bucket_name}
            )
        )
        return f"{address.scheme}://{address.netloc}"

    def check(self) -> None:
        with _store_errors():
            self.client.head_bucket(Bucket=self.bucket_name)


class _Hashed:
    """Content that is hashed while it is sent; a second attempt begins at 0 again."""

    def __init__(self, content: BinaryIO) -> None:
        self._content = content
        self._start = content.tell()
        self.length = content.seek(0, 2) - self._start
        content.seek(self._start)
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._content.read(size)
        self.digest.update(chunk)
        return chunk

    def seek(self, offset: int, whence: int = 0) -> int:
        place = self._content.seek(offset, whence)
        if place == self._start:
            self.digest = hashlib.sha256()
        return place

    def tell(self) -> int:
        return self._content.tell()


def _info(key: str, answer: dict[str, Any]) -> ObjectInfo:
    metadata = {name.lower(): text for name, text in answer.get("Metadata", {}).items()}
    version = answer.get("VersionId", "")
    # "null" is what was written while versions were not kept: the next write replaces it.
    return ObjectInfo(key, answer["ContentLength"], metadata, "" if version == "null" else version)


def _text(end: int | None) -> str:
    return "" if end is None else str(end)
