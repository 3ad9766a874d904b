"""The kind of work that docs/jobs.md shows works as it stands there, and is as short as promised."""

import re

import pytest

from config.runtime import BASE_DIR
from jobs import kinds
from jobs.services.control import start_job
from jobs.services.running import run_job
from patients.models import Company

PAGE = (BASE_DIR / "docs" / "jobs.md").read_text()
CODE = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL).group(1)


@pytest.fixture
def shown(monkeypatch, in_alpha):
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    exec(compile(CODE, "docs/jobs.md", "exec"), {"__name__": "docs"})  # noqa: S102


def start(kind="import_companies", **parameters):
    return run_job(start_job(kind=kind, parameters=parameters), concurrency=1)


def test_the_example_imports_reports_and_is_rolled_back(shown):
    job = start(names=["Harbour", "", "Bay"])
    assert (job.state, job.done, job.failed, job.counts) == (
        "failed",
        2,
        1,
        {"imported": 2, "no_name": 1},
    )
    assert sorted(Company.objects.values_list("name", flat=True)) == ["Bay", "Harbour"]
    assert start("rollback", job=str(job.pk)).done == 2
    assert not Company.objects.exists()


def test_the_example_is_about_forty_lines():
    body = CODE[CODE.index("@register") :]
    assert len([line for line in body.splitlines() if line.strip()]) <= 45


def test_the_tests_that_the_page_names_exist():
    named = re.findall(r"`((?:tests/\w+/)?test_\w+\.py)::(\w+)`", PAGE)
    assert len(named) >= 13
    for file, test in named:
        path = BASE_DIR / (file if file.startswith("tests/") else f"tests/jobs/{file}")
        assert f"def {test}(" in path.read_text(), (file, test)
