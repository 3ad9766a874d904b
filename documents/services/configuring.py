"""Setting up the bucket: what differs from what is wanted, and making it so, read back."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from documents.bucket.aspects import ASPECTS, LIFECYCLE, TLS, Aspect, Bucket, BucketError, rules_of
from documents.bucket.lifecycle import deletes, foreign, merged
from documents.bucket.validating import faults
from documents.storage import ObjectStore
from documents.storage.s3 import S3ObjectStore

AS_WANTED, DIFFERS, APPLIED, REFUSED = "as_wanted", "differs", "applied", "refused"
READ_BACK = (0.0, 0.5, 2.0, 5.0)  # seconds to wait: S3 may answer with what was before for a moment


@dataclass(frozen=True)
class Finding:
    """How a part of the configuration is, and what it should be (JSON)."""

    name: str
    state: str
    actual: Any = None
    wanted: Any = None
    detail: str = ""

    @property
    def is_gap(self) -> bool:
        return self.state not in {AS_WANTED, APPLIED}


def bucket_of(store: ObjectStore) -> Bucket | None:
    """Return the store's bucket; None where it is a folder, which has nothing to set up."""
    if not isinstance(store, S3ObjectStore):
        return None
    return Bucket(store.client, store.bucket_name, store.region_name)


def aspects(*, without_tls_policy: bool) -> Sequence[Aspect]:
    return [one for one in ASPECTS if one is not TLS or not without_tls_policy]


def locks_us_out(bucket: Bucket, chosen: Sequence[Aspect]) -> bool:
    """Say whether the TLS-only policy would shut the door that we ourselves come through."""
    return TLS in chosen and str(bucket.client.meta.endpoint_url).startswith("http://")


def compare(bucket: Bucket, chosen: Sequence[Aspect]) -> list[Finding]:
    """Return how each part is. Only reads."""
    return [_found(bucket, aspect) for aspect in chosen]


def configure(bucket: Bucket, chosen: Sequence[Aspect]) -> list[Finding]:
    """Set what differs, part by part, and read it back; what is right already is left alone.

    What others have put into the policy and the lifecycle stays. Interrupted anywhere, running it
    again sets what is left. What a store refuses, or takes and does not keep, is a gap; the other
    parts are set all the same.
    """
    return [_configured(bucket, aspect) for aspect in chosen]


def warnings(bucket: Bucket) -> list[str]:
    """Return what others' lifecycle rules do that loses documents; we do not remove them."""
    try:
        others = foreign(rules_of(bucket))
    except BucketError:  # told as a gap of the lifecycle
        return []
    return [
        f"The rule {rule.get('ID', 'without an id')!r} is not ours and deletes objects that are in"
        " use. Remove it, or let it go by a prefix that is no clinic's."
        for rule in others
        if deletes(rule)
    ]


def _found(bucket: Bucket, aspect: Aspect) -> Finding:
    try:
        actual = aspect.read(bucket)
        faulty = faults(merged(rules_of(bucket))) if aspect is LIFECYCLE else []
    except BucketError as error:
        return Finding(aspect.name, REFUSED, detail=str(error))
    wanted = aspect.wanted(bucket, actual)
    if faulty:
        return Finding(aspect.name, REFUSED, actual, wanted, " ".join(faulty))
    return Finding(aspect.name, AS_WANTED if actual == wanted else DIFFERS, actual, wanted)


def _configured(bucket: Bucket, aspect: Aspect) -> Finding:
    before = _found(bucket, aspect)
    if before.state != DIFFERS:
        return before
    try:
        aspect.write(bucket, before.wanted)
    except BucketError as error:
        return Finding(aspect.name, REFUSED, before.actual, before.wanted, str(error))
    for wait in READ_BACK:
        time.sleep(wait)
        after = _found(bucket, aspect)
        if after.state == AS_WANTED:
            return Finding(aspect.name, APPLIED, after.actual, after.wanted)
    detail = after.detail or "The store took it without an error and does not keep it."
    return Finding(aspect.name, REFUSED, after.actual, after.wanted, detail)
