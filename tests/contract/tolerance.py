"""What the server does although the description does not say so, and why that is right.

Each pattern is for what schemathesis says of the part of a request that it made invalid. The check
`negative_data_rejection` finds everything else that is taken without being allowed.
"""

import re

TAKEN = {
    # Other clients send more than is asked: what is not known is not looked at.
    r"^query: violates `additionalProperties`",
    # The text of a number is a text.
    r"Incorrect type$",
    r"violates `type` at .*\(was string, became (number|integer|boolean)\)",
    # "" for a reference is none, as forms send it.
    r"in body - \w+_id: Value not matching the 'uuid' format$",
}
HEAD = re.compile(r"^Invalid component: *(.*)$", re.MULTILINE)
ITEM = re.compile(r"^  - (\S.*)$", re.MULTILINE)
FILTER = re.compile(r"^parameter `(\w+)` in query")
PLACE = re.compile(r" at /properties/(\w+)")


def is_tolerated(failure, case, response):
    """Tell whether what looks like a failure is none."""
    kind = type(failure).__name__
    if kind in {"UndefinedStatusCode", "UndefinedContentType"} and response.status_code == 414:
        return True  # the web server's, before the application: no address of ours gets that long
    if kind != "AcceptedNegativeData":
        return False
    if case.path == "/api/v1/patients/bulk" and case.query.get("partial") in {True, "true"}:
        return True  # the answer says of each row what is wrong with it
    parts = _parts(failure.message)
    if parts == ["in body"] and _kept_as_text(case.body, response):
        return True
    return bool(parts) and all(_is_taken(part, case) for part in parts)


def _parts(message):
    """Return what is wrong, one by one, whether it was said in one line or in several."""
    head, items = HEAD.search(message), ITEM.findall(message)
    if head is None or not items:
        return [head[1]] if head else []
    if not head[1].startswith("parameters "):
        return [f"{head[1]} - {item}" if head[1] else item for item in items]
    return [
        f"parameter `{place[1]}` in query - {item}"
        for item in items
        if (place := PLACE.search(item))
    ]


def _is_taken(part, case):
    if part.startswith("in body - object with ") and _has_empty_reference(case.body):
        return True  # schemathesis names the field that it varied, not the "" beside it
    named = FILTER.search(part)
    if named and case.query.get(named[1]) in ("", None, []):
        return True  # an empty filter is none
    return any(re.search(pattern, part) for pattern in TAKEN)


def _has_empty_reference(body):
    return isinstance(body, dict) and any(
        name.endswith("_id") and value == "" for name, value in body.items()
    )


def _kept_as_text(body, response):
    """Tell whether what was a number in the body is its text in the answer: a text of a number."""
    if response.status_code not in {200, 201} or not isinstance(body, dict):
        return False
    answer = response.json()
    numbers = {name: value for name, value in body.items() if type(value) in {int, float}}
    return any(answer.get(name) == str(value) for name, value in numbers.items())
