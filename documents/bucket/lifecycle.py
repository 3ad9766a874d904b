"""The bucket's lifecycle rules: how long a class is kept where, by the object's tag.

The times are those of the retention table in docs/storage.md. Rules go by tag because keys begin
with the clinic, and S3 knows no wildcards in prefixes. Nothing clinical is ever deleted by a rule.
The cheaper storage is one that is read at once, so that no document becomes unreadable to save
money.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from documents.models import Retention

OURS = "chartvault-"  # how the ids of our rules begin; others' rules are left as they are
CHEAPER = "GLACIER_IR"
YEAR = 365
SEVEN_YEARS, TWO_YEARS = 2_557, 731  # days, with the leap days that may fall in
CHEAPER_AFTER = {
    Retention.CLINICAL: SEVEN_YEARS,
    Retention.IMAGE: SEVEN_YEARS,
    Retention.AT_REPORT: SEVEN_YEARS,
    Retention.MESSAGE: TWO_YEARS,
    Retention.FILEMAKER: YEAR,
}
DELETED_AFTER = {Retention.TEMP: 7}  # days
ABORT_AFTER = 7  # days, of uploads in parts that nobody finished
OLD_VERSIONS_FOR = YEAR

Rule = dict[str, Any]


def wanted_rules() -> list[Rule]:
    """Return our rules as S3 takes them."""
    return [
        *(
            _rule(name, {"Transitions": [{"Days": days, "StorageClass": CHEAPER}]})
            for name, days in CHEAPER_AFTER.items()
        ),
        *(_rule(name, {"Expiration": {"Days": days}}) for name, days in DELETED_AFTER.items()),
        {
            "ID": f"{OURS}all",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": ABORT_AFTER},
            "NoncurrentVersionExpiration": {"NoncurrentDays": OLD_VERSIONS_FOR},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
        },
    ]


def merged(there: Sequence[Rule]) -> list[Rule]:
    """Return others' rules, which mean what they meant, and ours: S3 replaces all at once."""
    return [*map(normal, foreign(there)), *wanted_rules()]


def foreign(rules: Sequence[Rule]) -> list[Rule]:
    return [rule for rule in rules if not str(rule.get("ID", "")).startswith(OURS)]


def deletes(rule: Mapping[str, Any]) -> bool:
    """Say whether a rule deletes what is current: in a bucket of documents, a loss."""
    expiration = rule.get("Expiration", {})
    return rule.get("Status") == "Enabled" and bool(expiration.keys() & {"Days", "Date"})


def normal(rule: Rule) -> Rule:
    """Return a rule so that two which mean the same are equal: S3 gives some back otherwise."""
    found = {name: value for name, value in rule.items() if value not in ([], {})}
    prefix = found.pop("Prefix", None)  # as rules had it before there were filters
    found["Filter"] = rule.get("Filter") or {"Prefix": prefix or ""}
    return found


def _rule(retention: Retention, does: Mapping[str, Any]) -> Rule:
    return {
        "ID": f"{OURS}{retention.value}",
        "Status": "Enabled",
        "Filter": {"Tag": {"Key": "retention", "Value": retention.value}},
        **does,
    }
