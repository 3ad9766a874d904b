"""All versions of an object, where the bucket keeps them."""

from typing import Any

from botocore.exceptions import ClientError

UNKNOWN = {"NotImplemented", "MethodNotAllowed", "501", "405"}  # the server keeps no versions


def erase_versions(client: Any, bucket: str, key: str) -> None:
    """Delete each version of an object and each mark that it was deleted. Raises boto3's errors.

    Whoever may not delete versions gets an error, and never a mark that only hides the bytes.
    """
    pages = client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
    try:
        for page in pages:
            for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                if one["Key"] == key:  # others begin with the same letters
                    client.delete_object(Bucket=bucket, Key=key, VersionId=one["VersionId"])
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code not in UNKNOWN or _keeps_versions(client, bucket):
            raise


def _keeps_versions(client: Any, bucket: str) -> bool:
    """Say whether a bucket has ever kept versions; who does not know the question keeps none."""
    try:
        return "Status" in client.get_bucket_versioning(Bucket=bucket)
    except ClientError as error:
        if str(error.response.get("Error", {}).get("Code", "")) in UNKNOWN:
            return False
        raise
