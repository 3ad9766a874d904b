"""Signing in with a second factor, and importing patients: in the app, before a real server and worker."""

import re
from uuid import uuid4

from tests.e2e.second_factor import code_of, show_again


def sign_in(visitor, who, path=""):
    page = visitor.open(f"/sign-in{path}")
    page.get_by_label("E-mail address").fill(visitor.clinic["logins"][who])
    page.locator("input[name=password]").fill(visitor.clinic["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    return page


def test_a_second_factor_is_set_up_asked_for_and_switched_off(visit):
    visitor = visit(None)
    visitor.expect(r"status of (400|401|404)")  # a stranger, no factor yet, a wrong code
    page = sign_in(visitor, "patient", "?next=%2Faccount")
    page.get_by_role("button", name="Switch it on").click()
    page.get_by_role("img", name="QR code").wait_for()
    assert visitor.violations() == []
    secret = page.get_by_role("dialog").locator("code").inner_text()
    page.get_by_label("Code", exact=False).fill(code_of(secret))
    page.get_by_role("button", name="Switch on", exact=True).click()
    shown = page.get_by_role("dialog", name="Your recovery codes")
    show_again(page, visitor.clinic["password"])
    shown.wait_for()
    codes = shown.locator("pre").inner_text().split()
    assert visitor.violations() == []
    page.get_by_role("button", name="I have kept them").click()
    page.get_by_text("Switched on").wait_for()

    page.get_by_role("button", name="Sign out").first.click()
    page.get_by_label("E-mail address").wait_for()
    page = sign_in(visitor, "patient", "?next=%2Fvisits")
    page.get_by_label("Code from the app").fill("000000")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("This code is wrong").wait_for()
    assert visitor.violations() == []
    page.get_by_label("Code from the app").fill(codes[0])
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Visits", exact=True).wait_for()

    page = visitor.open("/account")
    page.get_by_text("9 recovery codes are left.").wait_for()
    page.get_by_role("button", name="Switch it off").click()
    page.get_by_role("dialog").get_by_role("button", name="Switch it off").click()
    show_again(page, visitor.clinic["password"])
    page.get_by_text("Switched off", exact=True).wait_for()


def test_a_file_is_looked_at_mended_and_imported(visit):
    visitor = visit("admin")
    name = f"Import{uuid4().hex[:8]}"
    text = (
        "Vorname;Nachname;E-Mail;Fax\n"
        f"Änne;{name};aenne@{name}.test;1\n"
        f"Bo;{name};no address;2\n"
        f"Cy;{name};;3\n"
    )
    page = visitor.open("/patients/import")
    page.locator("input[type=file]").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": text.encode("cp1252")}
    )
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_text("Nobody knows this column: Fax").wait_for()
    assert visitor.violations() == []
    page.get_by_role("button", name="Leave out all that are not known").click()
    row = page.get_by_role("row").filter(has_text="Bo ")
    assert "valid email" in row.inner_text()
    page.get_by_role("button", name="Import 2 rows").click()
    page.get_by_text("3 of 3 rows").wait_for(timeout=120_000)  # the workers may have much to do
    page.get_by_text("Done, with rows that were refused").wait_for()
    assert visitor.violations() == []
    with page.expect_download() as started:
        page.get_by_role("button", name="Download the list").click()
    assert re.search(r"^3,.*valid email", started.value.path().read_text("utf-8-sig"), re.MULTILINE)

    page = visitor.open(f"/patients?search={name}")
    page.get_by_role("link", name=f"Änne {name}").wait_for()
    assert page.get_by_role("link", name=name).count() == 2


def test_somebody_is_added_although_of_the_same_name_and_is_invited(visit):
    visitor = visit("admin")
    name = f"Twin{uuid4().hex[:8]}"
    for mail in ("one", "two"):
        page = visitor.open("/patients")
        page.get_by_role("button", name="Add a patient").click()
        page.get_by_label("First name").fill("Ava")
        page.get_by_label("Last name").fill(name)
        page.get_by_role("textbox", name="E-mail").fill(f"{mail}@{name}.test")
        page.get_by_role("dialog").get_by_role("button", name="Add a patient").click()
        if mail == "two":
            page.get_by_role("button", name="It is somebody else").click()
        page.wait_for_url(re.compile(r"/patients/[0-9a-f-]{36}"))
    page = visitor.open(f"/patients?search={name}")
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Invite …").click()
    page.get_by_role("dialog").get_by_role("button", name="Invite").click()
    page.get_by_text("2 patients are invited.").wait_for()
    assert visitor.violations() == []
    page.get_by_role("button", name="Close").last.click()
    page.get_by_role("table").get_by_text("Invited").first.wait_for()
