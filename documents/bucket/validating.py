"""What S3 refuses in lifecycle rules, said before they are sent. Pure functions.

Other servers, and those that tests run against, take much of it without a word; S3 then answers
with MalformedXML or InvalidRequest and names nothing. The limits are those of "Lifecycle
configuration elements" in the S3 user guide.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_RULES, LONGEST_ID, LONGEST_PREFIX = 1_000, 255, 1_024  # prefix in bytes
LONGEST_TAG = {"Key": 128, "Value": 256}
PREDICATES = frozenset({"Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And"})
ACTIONS = (
    "Expiration",
    "Transitions",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransitions",
    "AbortIncompleteMultipartUpload",
)
INFREQUENT, SOONEST_INFREQUENT = frozenset({"STANDARD_IA", "ONEZONE_IA"}), 30  # days
WILDCARDS = frozenset("*?")

Rule = Mapping[str, Any]


def faults(rules: Sequence[Rule]) -> list[str]:
    """Return what is wrong with the rules of a bucket, each with the rule's id; [] if nothing."""
    found = []
    if len(rules) > MOST_RULES:
        found.append(f"There are {len(rules):,} rules; S3 takes {MOST_RULES:,}. Join some.")
    ids = Counter(str(rule["ID"]) for rule in rules if rule.get("ID"))
    found += [f"{name}: The id is used {n} times." for name, n in ids.items() if n > 1]
    for number, rule in enumerate(rules, 1):
        name = rule.get("ID") or f"rule {number}"
        found += [f"{name}: {fault}" for fault in _faults_of(rule)]
    return found


def _faults_of(rule: Rule) -> Iterator[str]:
    if len(rule.get("ID", "")) > LONGEST_ID:
        yield f"The id has more than {LONGEST_ID} characters."
    if rule.get("Status") not in {"Enabled", "Disabled"}:
        yield "The status is Enabled or Disabled."
    if not any(rule.get(action) for action in ACTIONS):
        yield "It does nothing; name at least one action."
    yield from _filter(rule)
    yield from _abort(rule)
    yield from _marker(rule)
    yield from _days(rule)
    yield from _order(rule)


def _filter(rule: Rule) -> Iterator[str]:
    given = rule.get("Filter")
    if given is None:
        yield "A filter is missing; an empty prefix means every object."
        return
    if "Prefix" in rule:
        yield "A prefix stands inside the filter only."
    if unknown := sorted(given.keys() - PREDICATES):
        yield f"The filter knows no {', '.join(unknown)}."
    if len(given) > 1:
        yield "Several conditions in one filter go inside And."
    if "And" in given and len(_conditions(rule)) < 2:  # noqa: PLR2004  that is what And means
        yield "And joins at least two conditions."
    if "Tag" in given.get("And", {}):
        yield "Inside And tags are a list, Tags."
    yield from _tags_of(rule)
    yield from _prefix(given.get("And", given).get("Prefix", ""))


def _tags_of(rule: Rule) -> Iterator[str]:
    tags = _tags(rule)
    keys = Counter(tag.get("Key") for tag in tags)
    yield from (f"The tag {key} is asked for twice." for key, n in keys.items() if n > 1)
    if not all(keys):
        yield "A tag has a key."
    for part, most in LONGEST_TAG.items():
        if any(len(tag.get(part, "")) > most for tag in tags):
            yield f"A tag's {part.lower()} has more than {most} characters."


def _prefix(prefix: str) -> Iterator[str]:
    if WILDCARDS & set(prefix):
        yield "Prefixes are literal, * and ? find nothing; use a tag."
    if len(prefix.encode()) > LONGEST_PREFIX:
        yield f"The prefix has more than {LONGEST_PREFIX:,} bytes."


def _conditions(rule: Rule) -> list[str]:
    """Name each condition of a filter, tags one by one."""
    given: Mapping[str, Any] = rule.get("Filter") or {}
    inside = given.get("And", given)
    others = [name for name in inside if name not in {"Tags", "Tag"}]
    return [*others, *("Tag" for _ in _tags(rule))]


def _tags(rule: Rule) -> list[Mapping[str, str]]:
    given = rule.get("Filter") or {}
    return [*([given["Tag"]] if "Tag" in given else []), *given.get("And", {}).get("Tags", [])]


def _is_by_prefix_only(rule: Rule) -> bool:
    return set(_conditions(rule)) <= {"Prefix"}


def _abort(rule: Rule) -> Iterator[str]:
    if "AbortIncompleteMultipartUpload" in rule and not _is_by_prefix_only(rule):
        yield "Uploads in parts have no tags or size yet; abort them in a rule without."


def _marker(rule: Rule) -> Iterator[str]:
    expiration = rule.get("Expiration") or {}
    if not expiration.get("ExpiredObjectDeleteMarker"):
        return
    if expiration.keys() & {"Days", "Date"}:
        yield "Delete markers expire in a rule without days or date."
    if _tags(rule):
        yield "Delete markers have no tags; let them expire in a rule without."


def _days(rule: Rule) -> Iterator[str]:
    timed = [*rule.get("Transitions", [])]
    expiration = rule.get("Expiration")
    if expiration and not expiration.get("ExpiredObjectDeleteMarker"):
        timed.append(expiration)
    for one in timed:
        if len(one.keys() & {"Days", "Date"}) != 1:
            yield "Give days or a date, one of them."
    if len({name for one in timed for name in one.keys() & {"Days", "Date"}}) > 1:
        yield "Days and dates do not go together in one rule."
    yield from _numbers(rule)


def _numbers(rule: Rule) -> Iterator[str]:
    for one, name in _counted(rule):
        if name not in one:
            continue
        days, least = one[name], 0 if name == "Days" and "StorageClass" in one else 1
        if not isinstance(days, int) or isinstance(days, bool) or days < least:
            yield f"{name} is a whole number from {least}."
        elif one.get("StorageClass") in INFREQUENT and days < SOONEST_INFREQUENT:
            yield f"{one['StorageClass']} takes objects after {SOONEST_INFREQUENT} days."


def _counted(rule: Rule) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield each place of a rule where days stand, and what they are called there."""
    for one in (*rule.get("Transitions", []), rule.get("Expiration") or {}):
        yield one, "Days"
    noncurrent = rule.get("NoncurrentVersionExpiration") or {}
    for one in (*rule.get("NoncurrentVersionTransitions", []), noncurrent):
        yield one, "NoncurrentDays"
    yield rule.get("AbortIncompleteMultipartUpload") or {}, "DaysAfterInitiation"


def _order(rule: Rule) -> Iterator[str]:
    """An object must have moved before it expires, and moves from class to class one way."""
    ways = (
        ("Transitions", "Expiration", "Days"),
        ("Transitions", "Expiration", "Date"),
        ("NoncurrentVersionTransitions", "NoncurrentVersionExpiration", "NoncurrentDays"),
    )
    for moves, ends, unit in ways:
        times = [one[unit] for one in rule.get(moves, []) if unit in one]
        end = (rule.get(ends) or {}).get(unit)
        if end is not None and times and end <= max(times):
            yield "It expires before it has moved; expire it later than its last transition."
        if len(times) != len(set(times)):
            yield "Two transitions fall on the same day."
    classes = Counter(one.get("StorageClass") for one in rule.get("Transitions", []))
    yield from (f"It moves to {name} twice." for name, n in classes.items() if n > 1)
    if None in classes:
        yield "A transition names its storage class."
