"""Every page of the app with the demo's data: it opens, says nothing in the console, and axe is silent."""

import gzip

import pytest

PAGES = {
    "admin": [
        "/",
        "/patients",
        "/patients/import",
        "/lab-results",
        "/visits",
        "/procedures",
        "/insurances",
        "/medical-records",
        "/messages",
        "/trash",
        "/account",
        "/patients/{patient}",
        "/patients/{patient}/timeline",
        "/patients/{patient}/documents",
        "/patients/{patient}/medical-records",
        "/messages/{conversation}",
    ],
    "guardian": ["/", "/lab-results", "/visits", "/insurances", "/medical-records", "/account"],
    "developer": ["/", "/account"],
    "research": ["/", "/account"],
}
TEXT_OF = "async (address) => (await fetch(address)).text()"
FIRST_LOAD = 250_000  # bytes of gzip
LOOKS = {"desktop": {}, "phone": {"phone": True}, "dark": {"dark": True}}
# All pages in all looks, and each role in the look that it is seen in most.
SEEN = [
    *(("admin", look) for look in LOOKS),
    *(("guardian", "phone"), ("guardian", "dark")),
    *(("developer", "desktop"), ("research", "desktop")),
]


@pytest.mark.parametrize(("who", "look"), SEEN)
def test_every_page_opens_cleanly(visit, who, look):
    visitor = visit(who, **LOOKS[look])
    found = {}
    for path in addresses(visitor, who):
        page = visitor.open(path)
        page.wait_for_load_state("networkidle")
        page.get_by_role("heading", level=1).first.wait_for()
        found[path] = visitor.violations()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def addresses(visitor, who):
    """Return the pages of somebody, with what they are of."""
    known = {}
    if who == "admin":
        visitor.page.goto("/api/v1/health")
        files = visitor.api("GET", "files?entity_type=patients&page_size=1")["results"]
        talks = visitor.api("GET", "conversations?page_size=1")["results"]
        known = {"patient": files[0]["patient_id"], "conversation": talks[0]["id"]}
    return [path.format(**known) for path in PAGES[who]]


def test_no_page_needs_more_than_250_kb_of_scripts(visit):
    visitor = visit("admin")
    weights = {}
    for path in addresses(visitor, "admin"):
        page = visitor.open(path)
        page.get_by_role("heading", level=1).first.wait_for()
        page.wait_for_load_state("networkidle")
        loaded = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
        # The corner for notices is fetched five seconds after the page, needed or not.
        scripts = [one for one in loaded if one.endswith(".js") and "/Notifications-" not in one]
        assert len(scripts) > 5
        weights[path] = sum(
            len(gzip.compress(page.evaluate(TEXT_OF, one).encode(), 6)) for one in scripts
        )
    assert {path: weight for path, weight in weights.items() if weight > FIRST_LOAD} == {}


@pytest.mark.parametrize("path", ["/sign-in", "/forgot-password", "/invite"])
def test_pages_for_strangers_open_cleanly(visit, path):
    visitor = visit(None)
    visitor.expect(r"status of (401|403|404|400)")  # nobody is signed in, and there is no token
    page = visitor.open(path)
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_load_state("networkidle")
    assert visitor.violations() == []
