"""Objects that are too large for one PUT, which S3 takes up to 5 GB: in parts, seen when whole."""

import base64
import hashlib
from typing import Any, BinaryIO

from documents.storage.base import StoreError

ONE_PUT = 5 * 1024**3  # bytes, S3's limit
PART = 32 * 1024**2  # bytes of a part, of which one is in memory
MOST_PARTS = 10_000  # S3's limit: 312 GB in parts of this size


def put_in_parts(client: Any, content: BinaryIO, *, size: int, sha256: str, **target: Any) -> None:
    """Write an object part by part; `target` is its bucket and key, and what is kept with it.

    Each part is sent with its own hash; the whole is compared before the parts become an object.
    What is not finished is aborted, or by the bucket's rule after a week where the process died.
    Raises `StoreError` where the bytes are not those of `sha256`, and boto3's errors.
    """
    if size > PART * MOST_PARTS:
        raise StoreError("The object is larger than the store takes.")
    place = {"Bucket": target["Bucket"], "Key": target["Key"]}
    begun = {**place, "UploadId": client.create_multipart_upload(**target)["UploadId"]}
    try:
        parts = _send(client, content, begun, size=size, sha256=sha256)
        client.complete_multipart_upload(**begun, MultipartUpload={"Parts": parts})
    except BaseException:
        client.abort_multipart_upload(**begun)
        raise


def _send(
    client: Any, content: BinaryIO, begun: dict[str, str], *, size: int, sha256: str
) -> list[dict[str, Any]]:
    digest, sent = hashlib.sha256(), 0
    parts: list[dict[str, Any]] = []
    while chunk := content.read(PART):
        digest.update(chunk)
        sent += len(chunk)
        answer = client.upload_part(
            **begun,
            PartNumber=len(parts) + 1,
            Body=chunk,
            ContentMD5=base64.b64encode(hashlib.md5(chunk).digest()).decode(),  # noqa: S324
        )
        parts.append({"PartNumber": len(parts) + 1, "ETag": answer["ETag"]})
    if sent != size or digest.hexdigest() != sha256:
        raise StoreError("The bytes changed on their way into the store.")
    return parts
