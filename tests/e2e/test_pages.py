"""Every page of the app with the demo's data: it opens, says nothing in the console, and axe is silent."""

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
    ],
    "guardian": ["/", "/lab-results", "/visits", "/insurances", "/medical-records", "/account"],
    "developer": ["/", "/account"],
    "research": ["/", "/account"],
}
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
    for path in PAGES[who]:
        page = visitor.open(path)
        page.wait_for_load_state("networkidle")
        page.get_by_role("heading", level=1).first.wait_for()
        found[path] = visitor.violations()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("path", ["/sign-in", "/forgot-password", "/invite"])
def test_pages_for_strangers_open_cleanly(visit, path):
    visitor = visit(None)
    visitor.expect(r"status of (401|403|404|400)")  # nobody is signed in, and there is no token
    page = visitor.open(path)
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_load_state("networkidle")
    assert visitor.violations() == []
