"""The very same DocumentManager inside Django admin's change pages."""

from tests.e2e.test_documents import choose, digest, listed, new_lab_result, sample, upload_of


def open_record(visitor, record):
    page = visitor.page
    page.goto(f"/admin/medical_records/labresult/{record}/change/")
    page.get_by_role("link", name="Documents", exact=True).last.click()
    return page


def test_a_file_is_added_seen_and_deleted_in_the_admin(visit):
    visitor = visit("admin")
    record = new_lab_result(visitor)
    report = sample("lab_report", seed=5)
    page = open_record(visitor, record)
    island = page.locator("[data-document-manager]")
    choose(island, upload_of("report.pdf", report.body))
    island.get_by_role("button", name="Save the documents now").click()
    island.get_by_role("button", name="Preview report.pdf").first.wait_for()
    assert listed(visitor, record) == {"report.pdf": digest(report.body)}
    island.get_by_role("button", name="Preview report.pdf").first.click()
    page.get_by_role("img", name="report.pdf, page 1").wait_for()
    page.keyboard.press("Escape")
    island.get_by_role("button", name="Mark report.pdf for deletion").first.click()
    island.get_by_role("button", name="Save the documents now").click()
    island.get_by_role("button", name="Preview report.pdf").first.wait_for(state="detached")
    assert listed(visitor, record) == {}


def test_files_that_wait_are_kept_when_the_admins_own_form_is_saved(visit):
    visitor = visit("admin")
    record = new_lab_result(visitor)
    report = sample("lab_report", seed=6)
    page = open_record(visitor, record)
    choose(page.locator("[data-document-manager]"), upload_of("waits.pdf", report.body))
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.wait_for_url("**/admin/medical_records/labresult/**")
    page.get_by_text("was changed successfully").first.wait_for()
    assert listed(visitor, record) == {"waits.pdf": digest(report.body)}


def test_without_javascript_the_plain_form_is_there(visit):
    visitor = visit("admin")
    record = new_lab_result(visitor)
    plain = visit("admin", java_script_enabled=False)
    page = plain.page
    page.goto(f"/admin/medical_records/labresult/{record}/change/")
    assert page.locator("input[type=file]").count() > 0
    assert page.locator("[data-document-manager] *").count() == 0
