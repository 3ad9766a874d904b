"""A real Chromium before a real server, database, worker and store. Nothing is replaced."""

import os
import re
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus

import pytest

from config import frontend_build
from tests.browser import browser
from tests.e2e.sharing import shared

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
# Over S3 nothing is looked at but files, so that few patients will do.
STORES = {"folder": {}, "s3": {"RUNNING_WITH": "tests.e2e.stores", "E2E_PATIENTS": "8"}}
# The port of a `make run` to try things at while they are written: `E2E_PORT=8000 make e2e`.
RUNNING = os.environ.get("E2E_PORT")
HOST, PEOPLE = (
    "demo.localhost",
    ("admin", "provider", "patient", "guardian", "research", "developer"),
)
WAIT = 60_000  # ms; the machine may be busy, and nothing takes so long where all is well
LOGIN_KEPT = 600  # seconds; the server ends a session that was idle for half an hour
FETCH = """async ([path, method, body, headers]) => {
    const token = document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? "";
    const answer = await fetch(path, {
        method,
        headers: {"X-CSRFToken": token, ...(body && {"Content-Type": "application/json"}), ...headers},
        ...(body && {body: JSON.stringify(body)}),
    });
    const text = await answer.text();
    try { return [answer.status, JSON.parse(text)] } catch { return [answer.status, text] }
}"""
AXE = (frontend_build.MODULES / "axe-core" / "axe.min.js").read_text
SEEN_BY_AXE = """async () => (await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
})).violations.map((one) => one.id + ": " + one.nodes.map((node) => node.html).join(" | "))"""


@pytest.fixture(scope="module")
def chromium():
    """Not for the whole run: while Playwright runs, Django takes this thread for an async one."""
    frontend_build.build()
    with browser() as found:
        yield found


@pytest.fixture(scope="session")
def clinics():
    """Return a function that gives the running clinic over a store, `folder` or `s3`."""
    with ExitStack() as stack:
        found = {}

        def clinic(store):
            if store not in found and store == "folder" and RUNNING:
                found[store] = {
                    "host": HOST,
                    "url": f"http://127.0.0.1:{RUNNING}",
                    "password": "demo-password",
                    "logins": {who: f"{who}@demo.test" for who in PEOPLE},
                }
            if store not in found:
                found[store] = stack.enter_context(
                    shared(
                        store,
                        "tests.e2e.clinic",
                        **STORES[store],
                        DEBUG="on",
                        TRUSTED_PROXY_COUNT="0",
                    )
                )
            return found[store]

        yield clinic


@pytest.fixture(scope="session")
def logged_in():
    """What is kept of each login, and since when: one for each person and server, as it is slow."""
    return {}


@dataclass
class Visitor:
    """Somebody before the app: a browser of their own, and what went wrong in it."""

    page: object
    url: str
    clinic: dict
    wrong: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def open(self, path="/"):
        self.page.goto(f"{self.url}/app{path}")
        return self.page

    def api(self, method, path, body=None, headers=None):
        """Ask the API as this person does, from inside their page."""
        status, said = self.page.evaluate(FETCH, [f"/api/v1/{path}", method, body, headers or {}])
        assert status < HTTPStatus.BAD_REQUEST, (method, path, status, said)
        return said

    def expect(self, pattern):
        """Say of what the console may complain: a fault that the test makes."""
        self.expected.append(pattern)

    def violations(self):
        """Return what axe finds wrong with the page as it is, colours included."""
        self.page.evaluate(AXE())
        return self.page.evaluate(SEEN_BY_AXE)

    def unexpected(self):
        return [one for one in self.wrong if not any(re.search(e, one) for e in self.expected)]


def _watch(visitor):
    page = visitor.page
    page.on(
        "console",
        lambda said: (
            said.type == "error"
            and visitor.wrong.append(f"{said.text} ({said.location.get('url', '')})")
        ),
    )
    page.on("pageerror", lambda error: visitor.wrong.append(str(error)))


def _log_in(page, email, password):
    """As the app's own page does it, without the page."""
    page.goto("/api/v1/health")
    address = "/_allauth/browser/v1"
    page.evaluate(FETCH, [f"{address}/config", "GET", None, {}])
    status, said = page.evaluate(
        FETCH, [f"{address}/auth/login", "POST", {"email": email, "password": password}, {}]
    )
    assert status == HTTPStatus.OK, said


@pytest.fixture
def visit(chromium, clinics, logged_in):
    """Return a maker of visitors: `visit("admin")`, `visit("guardian", store="s3", phone=True)`.

    With `keep=False` their login is their own: what happens to it happens to nobody else's.
    """
    visitors = []

    def make(who, *, store="folder", phone=False, dark=False, keep=True, **options):
        clinic = clinics(store)
        url = f"http://{clinic['host']}:{clinic['url'].rpartition(':')[2]}"
        since, state = logged_in.get((store, who), (0.0, None))
        if not keep or time.monotonic() - since > LOGIN_KEPT:
            state = None
        context = chromium.new_context(
            viewport=PHONE if phone else DESKTOP,
            has_touch=phone,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            storage_state=state,
            base_url=url,
            **options,
        )
        context.set_default_timeout(WAIT)
        page = context.new_page()
        if who and state is None:
            _log_in(page, clinic["logins"][who], clinic["password"])
            if keep:
                logged_in[store, who] = time.monotonic(), context.storage_state()
        visitor = Visitor(page, url, clinic)
        _watch(visitor)
        visitors.append(visitor)
        return visitor

    make.visitors = visitors
    yield make
    for visitor in visitors:
        visitor.page.context.close()
    assert [one for visitor in visitors for one in visitor.unexpected()] == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Keep what the browser showed when a test failed, where `E2E_PICTURES` names a folder."""
    report = yield
    folder = os.environ.get("E2E_PICTURES")
    if folder and report.failed and call.when == "call" and "visit" in item.funcargs:
        for number, visitor in enumerate(item.funcargs["visit"].visitors):
            visitor.page.screenshot(path=f"{folder}/{item.name.replace('/', '_')}-{number}.png")
    return report
