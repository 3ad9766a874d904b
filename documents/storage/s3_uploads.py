"""What clients send straight to S3: forms and links that let in just so many bytes, and parts.

A form's policy names the key and the exact length; a part's link has its length among the signed
headers. A store that is lax about either is found out by who reads the object afterwards.
"""

import base64
import contextlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from documents.storage.base import (
    LONGEST_LINK,
    ObjectExistsError,
    ObjectInfo,
    ObjectMissingError,
    Part,
    PostForm,
    StoreError,
    own,
)
from documents.storage.s3_errors import store_errors

LARGEST_COPY = 5 * 1024**3  # bytes that CopyObject takes
# What is left behind in spite of everything is removed by the bucket's rule for this tag.
TEMPORARY = "retention=temp"
TEMPORARY_XML = (
    "<Tagging><TagSet><Tag><Key>retention</Key><Value>temp</Value></Tag></TagSet></Tagging>"
)


class S3Uploads:
    """Part of `S3ObjectStore`."""

    bucket_name: str
    client: Any
    link_client: Any

    if TYPE_CHECKING:

        def stat(self, key: str) -> ObjectInfo: ...

        def remove(self, key: str) -> None: ...

    def presign_post(self, key: str, *, size: int, ttl: timedelta) -> PostForm | None:
        with store_errors():
            made = self.link_client.generate_presigned_post(
                self.bucket_name,
                own(key),
                Fields={"tagging": TEMPORARY_XML},
                Conditions=[{"tagging": TEMPORARY_XML}, ["content-length-range", size, size]],
                ExpiresIn=_seconds(ttl),
            )
        return PostForm(made["url"], made["fields"])

    def begin_multipart(self, key: str) -> str:
        with store_errors():
            answer = self.client.create_multipart_upload(
                Bucket=self.bucket_name, Key=own(key), Tagging=TEMPORARY
            )
        return str(answer["UploadId"])

    def sign_parts(
        self, key: str, upload_id: str, sizes: Mapping[int, int], *, ttl: timedelta
    ) -> dict[int, str] | None:
        with store_errors():
            return {
                number: self.link_client.generate_presigned_url(
                    "upload_part",
                    Params={
                        **self._upload(key, upload_id),
                        "PartNumber": number,
                        "ContentLength": size,
                    },
                    ExpiresIn=_seconds(ttl),
                )
                for number, size in sizes.items()
            }

    def list_parts(self, key: str, upload_id: str) -> list[Part]:
        with store_errors():
            pages = self.client.get_paginator("list_parts").paginate(**self._upload(key, upload_id))
            found = [one for page in pages for one in page.get("Parts", [])]
        return sorted(
            (Part(one["PartNumber"], one["Size"], one["ETag"]) for one in found),
            key=lambda part: part.number,
        )

    def complete_multipart(self, key: str, upload_id: str, parts: Sequence[Part]) -> None:
        named = [{"PartNumber": part.number, "ETag": part.etag} for part in parts]
        with store_errors():
            self.client.complete_multipart_upload(
                **self._upload(key, upload_id), MultipartUpload={"Parts": named}
            )

    def abort_multipart(self, key: str, upload_id: str = "") -> None:
        """The store is asked for others: one may have died before it could note its upload."""
        with store_errors():
            pages = self.client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.bucket_name, Prefix=own(key)
            )
            found = {
                one["UploadId"]
                for page in pages
                for one in page.get("Uploads", [])
                if one["Key"] == key
            }
        for one in sorted(found | ({upload_id} if upload_id else set())):
            with store_errors(), contextlib.suppress(ObjectMissingError), store_errors():
                self.client.abort_multipart_upload(**self._upload(key, one))

    def copy(
        self,
        source: ObjectInfo,
        key: str,
        *,
        content_type: str,
        sha256: str,
        tags: dict[str, str],
    ) -> ObjectInfo | None:
        """Only a version is sure to be what was read: the sender's link may be good still."""
        if not source.version or source.size > LARGEST_COPY:
            return None
        # Not every server looks at If-None-Match, so ask first; those that do close the gap.
        with contextlib.suppress(ObjectMissingError):
            self.stat(key)
            raise ObjectExistsError("There is an object at this key already.")
        with store_errors():
            answer = self.client.copy_object(
                Bucket=self.bucket_name,
                Key=own(key),
                CopySource={
                    "Bucket": self.bucket_name,
                    "Key": own(source.key),
                    "VersionId": source.version,
                },
                MetadataDirective="REPLACE",
                TaggingDirective="REPLACE",
                ContentType=content_type,
                Metadata={"sha256": sha256},
                Tagging="&".join(f"{name}={value}" for name, value in tags.items()),
                ChecksumAlgorithm="SHA256",
                IfNoneMatch="*",
            )
        found = answer.get("CopyObjectResult", {}).get("ChecksumSHA256")
        wanted = base64.b64encode(bytes.fromhex(sha256)).decode("ascii")
        info = self.stat(key)
        # Of an object in parts the checksum is of the parts' checksums: "…-3".
        other = found is not None and "-" not in found and found != wanted
        if other or info.size != source.size:
            self.remove(key)
            raise StoreError("The bytes changed on their way within the store.")
        return info

    def _upload(self, key: str, upload_id: str) -> dict[str, Any]:
        return {"Bucket": self.bucket_name, "Key": own(key), "UploadId": upload_id}


def _seconds(ttl: timedelta) -> int:
    if not timedelta(0) < ttl <= LONGEST_LINK:
        raise StoreError("A link lives more than nothing and at most seven days.")
    return int(ttl.total_seconds())
