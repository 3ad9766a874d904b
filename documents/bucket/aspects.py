"""The parts of a bucket's configuration: how each is asked, compared and set. boto3's own names."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from documents.bucket import browsers
from documents.bucket.lifecycle import Rule, foreign, merged, normal, wanted_rules
from documents.bucket.policies import TLS_ONLY, arn_of, statements_of, tls_only, with_tls_only
from documents.storage import StoreError

NOT_THERE = frozenset({
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchBucketPolicy",
    "NoSuchLifecycleConfiguration",
    "NoSuchCORSConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
})  # fmt: skip
BLOCKED = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
ENCRYPTED = "AES256"  # with keys of S3's own; a key of AWS KMS is as good


class BucketError(StoreError):
    """The store does not do what is asked of it, or not this bucket, or not for us."""


@dataclass(frozen=True)
class Bucket:
    """A bucket and boto3's client for it."""

    client: Any
    name: str
    region: str | None = None

    @property
    def arn(self) -> str:
        return arn_of(self.name, self.region)

    def ask(self, call: str, **given: Any) -> dict[str, Any]:
        """Call the client; `{}` where there is nothing of the kind. Raises `BucketError`."""
        try:
            answer: dict[str, Any] = getattr(self.client, call)(Bucket=self.name, **given)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "an error"))
            if code in NOT_THERE:
                return {}
            raise BucketError(f"{call}: the store answered {code}.") from error
        except BotoCoreError as error:
            raise BucketError(f"{call}: {type(error).__name__}.") from error
        return answer


@dataclass(frozen=True)
class Aspect:
    """`read` returns what is there (JSON), `wanted` what should be, `write` sets it."""

    name: str
    read: Callable[[Bucket], Any]
    wanted: Callable[[Bucket, Any], Any]
    write: Callable[[Bucket, Any], None]


def _versioning(bucket: Bucket) -> str:
    return str(bucket.ask("get_bucket_versioning").get("Status", "Off"))


def _set_versioning(bucket: Bucket, status: str) -> None:
    bucket.ask("put_bucket_versioning", VersioningConfiguration={"Status": status})


def _encryption(bucket: Bucket) -> str:
    found = bucket.ask("get_bucket_encryption").get("ServerSideEncryptionConfiguration", {})
    rules = [rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in found.get("Rules", [])]
    return str(rules[0].get("SSEAlgorithm", "none")) if rules else "none"


def _wanted_encryption(_bucket: Bucket, there: str) -> str:
    return there if there.startswith("aws:kms") else ENCRYPTED


def _set_encryption(bucket: Bucket, algorithm: str) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
    bucket.ask("put_bucket_encryption", ServerSideEncryptionConfiguration={"Rules": [rule]})


def _public_access(bucket: Bucket) -> dict[str, bool]:
    answer = bucket.ask("get_public_access_block")
    found = answer.get("PublicAccessBlockConfiguration", {})
    return {name: bool(found.get(name)) for name in BLOCKED}


def _set_public_access(bucket: Bucket, blocked: dict[str, bool]) -> None:
    bucket.ask("put_public_access_block", PublicAccessBlockConfiguration=blocked)


def _policy(bucket: Bucket) -> dict[str, Any] | None:
    text = bucket.ask("get_bucket_policy").get("Policy")
    return json.loads(text) if text else None


def _tls_statement(bucket: Bucket) -> dict[str, Any] | None:
    """Return our statement of the bucket's policy; others' are none of our business."""
    for one in statements_of(_policy(bucket)):
        if one.get("Sid") == TLS_ONLY:
            resources = one.get("Resource")  # a server may give them back in another order
            return one | {"Resource": sorted(resources)} if isinstance(resources, list) else one
    return None


def _set_policy(bucket: Bucket, _statement: dict[str, Any]) -> None:
    policy = with_tls_only(_policy(bucket), bucket.arn)
    bucket.ask("put_bucket_policy", Policy=json.dumps(policy))


def rules_of(bucket: Bucket) -> list[Rule]:
    """Return all lifecycle rules that the bucket has, ours and others'."""
    return list(bucket.ask("get_bucket_lifecycle_configuration").get("Rules", []))


def _our_rules(bucket: Bucket) -> dict[str, Rule]:
    found = rules_of(bucket)
    others = foreign(found)
    return {rule["ID"]: normal(rule) for rule in found if rule not in others}


def _wanted_rules(_bucket: Bucket, _there: Any) -> dict[str, Rule]:
    return {rule["ID"]: normal(rule) for rule in wanted_rules()}


def _set_rules(bucket: Bucket, _wanted: Any) -> None:
    rules = merged(rules_of(bucket))
    bucket.ask("put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": rules})


def _browser_rules(bucket: Bucket) -> list[Rule]:
    return list(bucket.ask("get_bucket_cors").get("CORSRules", []))


def _browser_rule(bucket: Bucket) -> Rule | None:
    """Return our rule for browsers; others' rules are none of our business."""
    for rule in _browser_rules(bucket):
        if rule.get("ID") == browsers.OURS:
            return browsers.normal(rule)
    return None


def _set_browser_rule(bucket: Bucket, rule: Rule) -> None:
    others = [one for one in _browser_rules(bucket) if one.get("ID") != browsers.OURS]
    bucket.ask("put_bucket_cors", CORSConfiguration={"CORSRules": [*others, rule]})


VERSIONING = Aspect("versioning", _versioning, lambda *_: "Enabled", _set_versioning)
ENCRYPTION = Aspect("encryption", _encryption, _wanted_encryption, _set_encryption)
PUBLIC_ACCESS = Aspect(
    "public_access_block",
    _public_access,
    lambda *_: dict.fromkeys(BLOCKED, True),
    _set_public_access,
)
TLS = Aspect("tls_only", _tls_statement, lambda bucket, _: tls_only(bucket.arn), _set_policy)
LIFECYCLE = Aspect("lifecycle", _our_rules, _wanted_rules, _set_rules)
BROWSERS = Aspect(
    "browsers",
    _browser_rule,
    lambda *_: browsers.normal(browsers.wanted_rule()),
    _set_browser_rule,
)
ASPECTS = (VERSIONING, ENCRYPTION, PUBLIC_ACCESS, TLS, LIFECYCLE, BROWSERS)
