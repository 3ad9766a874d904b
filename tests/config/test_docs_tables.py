"""The tests that the docs name exist."""

import re

import pytest

from config.runtime import BASE_DIR

NAMED = re.compile(r"`(?:tests/\w+/)?(test_\w+\.py)::(test_\w+)")
DOCS = sorted((BASE_DIR / "docs").glob("*.md"))


@pytest.fixture(scope="module")
def existing():
    found = set()
    for path in (BASE_DIR / "tests").rglob("test_*.py"):
        names = re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
        found |= {(path.name, name) for name in names}
    return found


def test_each_test_that_is_named_exists(existing):
    named = {(path.name, *one) for path in DOCS for one in NAMED.findall(path.read_text())}
    assert {one[0] for one in named} >= {"jobs.md", "imports.md", "legacy.md"}
    assert {one for one in named if one[1:] not in existing} == set()
