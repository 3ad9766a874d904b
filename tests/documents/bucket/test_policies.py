"""Who may do what in the bucket, as IAM would decide it."""

from fnmatch import fnmatchcase

import pytest

from documents.bucket.policies import all_policies, arn_of, tls_only, with_tls_only

ARN = "arn:aws:s3:::docs"
DOCUMENT = f"{ARN}/north/patients/documents/p/d.pdf"
BACKUP = f"{ARN}/north/system/backups/b.tar"
OPERATIONS = (
    "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion",
    "s3:PutObjectAcl", "s3:BypassGovernanceRetention", "s3:GetObjectVersion",
)  # fmt: skip


def may(policy, action, resource):
    """IAM's rule: an explicit Deny wins over every Allow; without either it is denied."""
    effects = {
        one["Effect"]
        for one in policy["Statement"]
        if any(fnmatchcase(action, pattern) for pattern in one["Action"])
        and any(fnmatchcase(resource, pattern) for pattern in one["Resource"])
    }
    return "Allow" in effects and "Deny" not in effects


def rights(name, resource):
    policy = all_policies(ARN)[name]
    return {action for action in OPERATIONS if may(policy, action, resource)}


@pytest.mark.parametrize(
    ("name", "document", "backup"),
    [
        ("api", {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}, set()),
        ("worker", *[{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}] * 2),
        ("backup", {"s3:GetObject"}, {"s3:GetObject"}),
        ("restructure", {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}, set()),
        ("erase", *[{"s3:DeleteObject", "s3:DeleteObjectVersion"}] * 2),
        ("operator", set(), set()),
    ],
)
def test_rights_are_the_least(name, document, backup):
    assert rights(name, DOCUMENT) == document
    assert rights(name, BACKUP) == backup


@pytest.mark.parametrize("name", ["api", "worker", "backup", "operator"])
def test_only_who_finishes_uploads_reads_versions_and_ends_parts(name):
    policy, staged = all_policies(ARN)[name], f"{ARN}/north/system/temp/uploads/d"
    may_finish = name in {"api", "worker"}
    for action in ("s3:GetObjectVersion", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"):
        assert may(policy, action, staged) == may_finish
        assert not may(policy, action, DOCUMENT)
    assert may(policy, "s3:ListBucketMultipartUploads", ARN) == may_finish


@pytest.mark.parametrize("name", ["api", "worker", "backup", "restructure", "erase", "operator"])
def test_who_asks_for_a_missing_object_may_list_and_so_gets_404(name):
    assert may(all_policies(ARN)[name], "s3:ListBucket", ARN)
    assert not may(all_policies(ARN)[name], "s3:ListBucket", "arn:aws:s3:::other")
    assert not may(all_policies(ARN)[name], "s3:GetObject", "arn:aws:s3:::other/x")
    assert not may(all_policies(ARN)[name], "s3:DeleteBucket", ARN)


def test_only_the_operator_sets_the_bucket_up():
    allowed = {
        name: may(policy, "s3:PutLifecycleConfiguration", ARN)
        for name, policy in all_policies(ARN).items()
        if name != "bucket"
    }
    nobody = dict.fromkeys(("api", "worker", "backup", "restructure", "erase"), False)
    assert allowed == {**nobody, "operator": True}


@pytest.mark.parametrize("key", ["documents/1.pdf", "scan.pdf", "north/archive/patients/x.pdf"])
def test_only_the_restructuring_and_the_workers_touch_old_objects_and_copies(key):
    touch = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}
    assert rights("restructure", f"{ARN}/{key}") == touch == rights("worker", f"{ARN}/{key}")
    assert rights("operator", f"{ARN}/{key}") == set()


def test_others_statements_stay_and_ours_comes_once():
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:x"}
    policy = with_tls_only({"Version": "2012-10-17", "Id": "x", "Statement": theirs}, ARN)
    assert policy == {
        "Version": "2012-10-17",
        "Id": "x",
        "Statement": [theirs, tls_only(ARN)],
    }
    assert with_tls_only(policy, ARN) == policy
    assert with_tls_only(None, ARN)["Statement"] == [tls_only(ARN)]


def test_tls_only_denies_everybody_and_names_bucket_and_objects():
    assert tls_only(ARN)["Principal"] == "*"
    assert tls_only(ARN)["Resource"] == [ARN, f"{ARN}/*"]
    assert tls_only(ARN)["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    ("region", "arn"),
    [
        (None, "arn:aws:s3:::docs"),
        ("ap-southeast-2", "arn:aws:s3:::docs"),
        ("cn-north-1", "arn:aws-cn:s3:::docs"),
        ("us-gov-west-1", "arn:aws-us-gov:s3:::docs"),
    ],
)
def test_the_arn_has_its_partition(region, arn):
    assert arn_of("docs", region) == arn
