"""The session ends, or a part of the app does not come, while somebody works. Nothing is lost."""

from uuid import uuid4

from tests.e2e.test_documents import choose, digest, listed, new_lab_result, sample, upload_of


def test_a_session_that_ends_loses_nothing_and_shows_nothing(visit):
    visitor = visit("admin", keep=False)  # of its own: it is ended here
    visitor.expect(r"status of (401|403)")
    record = new_lab_result(visitor)
    named = visitor.api("GET", f"lab-results/{record}")["patient_name"]
    report, note = sample("lab_report"), f"Typed {uuid4().hex[:8]}"
    page = visitor.open(f"/lab-results/{record}")
    page.get_by_role("button", name="Edit", exact=True).click()
    form = page.get_by_role("dialog")
    form.get_by_label("Notes").fill(note)
    choose(form, upload_of("late.pdf", report.body))
    form.get_by_label("Description").first.wait_for()

    page.context.clear_cookies(name="sessionid")
    form.get_by_role("button", name="Save", exact=True).click()
    over = page.get_by_role("dialog", name="You were signed out")
    over.wait_for()
    assert [one for one in page.get_by_text(named).all() if one.is_visible()] == []
    assert not page.get_by_label("Notes").is_visible()
    assert visitor.violations() == []
    over.locator("input[type=password]").fill(visitor.clinic["password"])
    over.get_by_role("button", name="Sign in").click()
    over.wait_for(state="detached")

    assert form.get_by_label("Notes").input_value() == note
    form.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Edit", exact=True).wait_for()
    assert visitor.api("GET", f"lab-results/{record}")["notes"] == note
    assert listed(visitor, record) == {"late.pdf": digest(report.body)}


def test_a_part_of_the_app_that_does_not_come_is_asked_for_again(visit):
    visitor = visit("admin")
    visitor.expect(r"net::ERR_|PartError")
    record = new_lab_result(visitor)
    page = visitor.page
    part = "**/assets/RecordDialog-*.js"
    page.route(part, lambda route: route.abort())  # however often the browser itself asks
    visitor.open(f"/lab-results/{record}")
    page.get_by_text("A part of the app did not arrive").wait_for()
    assert visitor.violations() == []
    page.unroute(part)
    page.get_by_role("button", name="Load the page anew").click()
    page.get_by_role("dialog").get_by_role("button", name="Edit", exact=True).wait_for()
