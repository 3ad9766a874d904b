"""Policies as JSON: what each part of the system may do in the bucket, and the bucket's own.

Names of rights are IAM's. A missing object is told from a forbidden one only to who may list, so
each of them may. Only `erase` may delete a version, so what is removed by mistake can be brought
back.
"""

from collections.abc import Mapping
from typing import Any

VERSION = "2012-10-17"
TLS_ONLY = "ChartvaultTlsOnly"
READS = ("s3:GetObject",)
ERASES = ("s3:DeleteObject", "s3:DeleteObjectVersion")
WRITES = ("s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject")
# What clients send straight to the store: parts, and the version of it that was read.
RECEIVES = ("s3:GetObjectVersion", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
RECEIVED = "*/system/temp/uploads/*"
SETS_UP = (
    *("s3:GetBucketVersioning", "s3:PutBucketVersioning"),
    *("s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration"),
    *("s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
    *("s3:GetBucketPolicy", "s3:PutBucketPolicy"),
    *("s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration"),
    *("s3:GetBucketCORS", "s3:PutBucketCORS"),
)
NOT_FOR_THE_WEB = ("*/system/backups/*", "*/archive/*")
PARTITIONS = {"cn": "aws-cn", "us-gov": "aws-us-gov"}  # by how a region begins

Policy = dict[str, Any]


def arn_of(bucket: str, region: str | None = None) -> str:
    partition = next(
        (name for start, name in PARTITIONS.items() if (region or "").startswith(f"{start}-")),
        "aws",
    )
    return f"arn:{partition}:s3:::{bucket}"


def all_policies(arn: str) -> dict[str, Policy]:
    """Return the policies by who gets them, and under `bucket` the bucket's own.

    `api` is for the web processes, `worker` for Celery, imports and restoring, `backup` for
    backups, verify_documents and bucket_report, `restructure` for restructure_bucket, `erase` for
    erase_patient alone, `operator` for configure_bucket.
    """
    lists = _statement("List", ["s3:ListBucket"], [arn])
    objects = [f"{arn}/*"]
    uploads = (
        _statement("ListUploads", ["s3:ListBucketMultipartUploads"], [arn]),
        _statement("Uploads", [*RECEIVES], [f"{arn}/{RECEIVED}"]),
    )
    denied = _statement(
        "NotForTheWeb", ["s3:*Object*"], [f"{arn}/{one}" for one in NOT_FOR_THE_WEB], effect="Deny"
    )
    no_system = _statement("NotTheSystems", ["s3:*Object*"], [f"{arn}/*/system/*"], effect="Deny")
    return {
        "api": _policy(lists, _statement("Objects", [*READS, *WRITES], objects), *uploads, denied),
        "worker": _policy(lists, _statement("Objects", [*READS, *WRITES], objects), *uploads),
        "backup": _policy(lists, _statement("Objects", [*READS], objects)),
        "restructure": _policy(lists, _statement("Objects", [*READS, *WRITES], objects), no_system),
        "erase": _policy(
            _statement("List", ["s3:ListBucket", "s3:ListBucketVersions"], [arn]),
            _statement("Objects", [*ERASES], objects),
        ),
        "operator": _policy(lists, _statement("SetUp", [*SETS_UP], [arn])),
        "bucket": with_tls_only(None, arn),
    }


def with_tls_only(there: Mapping[str, Any] | None, arn: str) -> Policy:
    """Return a bucket's policy with our statement; others' statements stay as they are."""
    statements = statements_of(there)
    others = [one for one in statements if one.get("Sid") != TLS_ONLY]
    return {**(there or {"Version": VERSION}), "Statement": [*others, tls_only(arn)]}


def statements_of(policy: Mapping[str, Any] | None) -> list[Policy]:
    found = (policy or {}).get("Statement", [])
    return [found] if isinstance(found, dict) else list(found)


def tls_only(arn: str) -> Policy:
    return {
        "Sid": TLS_ONLY,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _policy(*statements: Policy) -> Policy:
    return {"Version": VERSION, "Statement": list(statements)}


def _statement(name: str, actions: list[str], on: list[str], effect: str = "Allow") -> Policy:
    return {"Sid": name, "Effect": effect, "Action": actions, "Resource": on}
