"""Take the documentation's pictures of a running demo: `make run`, then `make screenshots`.

Every page of the app as seen from a desk, on a phone and in the dark, and some of the admin's.
"""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser import browser

PORT = os.environ.get("PORT", "8000")
CLINIC = f"http://demo.localhost:{PORT}"
IMAGES = Path(os.environ.get("IMAGES") or Path(__file__).parent / "images")
DESKTOP, PHONE = (1280, 800), (390, 844)
# Pictures are decoded, and the next part is asked for, after the network is quiet.
SETTLED = 500  # ms
COLOURS = 128  # of a picture's palette: a quarter of the size, and nobody sees it
RECORDS = "/admin/medical_records/medicalrecord/?status__exact="


@dataclass(frozen=True)
class Shot:
    """A picture: where, of whose page, and what is opened there first."""

    name: str
    path: str
    who: str = "admin"
    opens: str = ""  # `row`: the first of the admin's list; else the name of a button or link


ADMIN = (
    (Shot("dashboard", "/admin/"), "desktop"),
    (Shot("record-draft", f"{RECORDS}draft", opens="row"), "desktop"),
    (Shot("record-final", f"{RECORDS}finalized", opens="row"), "desktop"),
    (Shot("lab-result", "/admin/medical_records/labresult/?o=-8", opens="row"), "desktop"),
    (
        Shot("conversation", "/admin/sms_integration/conversation/?q=old+insoles", opens="row"),
        "desktop",
    ),
    (Shot("documents", "/admin/documents/document/"), "dark"),
    (Shot("patients", "/admin/patients/patient/"), "phone"),
)
APP = (
    Shot("sign-in", "/sign-in", who=""),
    Shot("forgot-password", "/forgot-password", who=""),
    Shot("invite", "/invite", who=""),
    Shot("home", "/"),
    Shot("patients", "/patients"),
    Shot("import", "/patients/import"),
    Shot("patient", "/patients/{patient}"),
    Shot("timeline", "/patients/{patient}/timeline"),
    Shot("patient-documents", "/patients/{patient}/documents"),
    Shot("lab-results", "/lab-results"),
    Shot("lab-result", "/lab-results/{lab}"),
    Shot("visits", "/visits"),
    Shot("procedures", "/procedures"),
    Shot("insurances", "/insurances"),
    Shot("medical-records", "/medical-records"),
    Shot("messages", "/messages"),
    Shot("conversation", "/messages/{conversation}"),
    Shot("trash", "/trash"),
    Shot("account", "/account"),
    Shot("family", "/", who="guardian"),
    Shot("family-insurances", "/insurances", who="guardian"),
)
LOOKS = {
    "desktop": {"viewport": DESKTOP, "color_scheme": "light"},
    "phone": {"viewport": PHONE, "color_scheme": "light"},
    "dark": {"viewport": DESKTOP, "color_scheme": "dark"},
}


class Camera:
    """One look at the demo: a browser's window of a size and a colour, signed in or not."""

    def __init__(self, chromium: Browser, look: str) -> None:
        width, height = LOOKS[look]["viewport"]
        self.chromium, self.look = chromium, look
        self.options = {
            "viewport": {"width": width, "height": height},
            "color_scheme": LOOKS[look]["color_scheme"],
            "reduced_motion": "reduce",
        }
        self.pages: dict[str, Page] = {}

    def page(self, who: str) -> Page:
        if who not in self.pages:
            self.pages[who] = self.chromium.new_context(**self.options).new_page()
            if who:
                log_in(self.pages[who], f"{who}@demo.test")
        return self.pages[who]

    def take(self, shot: Shot, address: str, target: Path) -> None:
        page = self.page(shot.who)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        if shot.opens == "row":
            first = page.locator("#result_list tbody th a, #result_list tbody td a").first
            page.goto(CLINIC + str(first.get_attribute("href")))
            if shot.name == "lab-result":
                page.get_by_role("link", name="Documents", exact=True).last.click()
            page.wait_for_load_state("networkidle")
        elif shot.opens:
            page.get_by_role("button", name=shot.opens).first.click()
            page.wait_for_load_state("networkidle")
        page.wait_for_timeout(SETTLED)
        for waiting in page.get_by_text("Loading …").all():  # what comes one after the other
            waiting.wait_for(state="hidden")
        page.wait_for_timeout(SETTLED)
        with Image.open(io.BytesIO(page.screenshot())) as taken:
            taken.convert("RGB").quantize(COLOURS).save(target, optimize=True)


def log_in(page: Page, email: str) -> None:
    page.goto(f"{CLINIC}/app/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.locator("input[type=password]").fill("demo-password")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "sign-in" not in address)


def ids(page: Page) -> dict[str, str]:
    """Return which patient, lab result and conversation the pictures show."""
    found = {}
    for name, path in (
        ("patient", "patients?search=ava&page_size=1"),
        ("lab", "lab-results?page_size=1"),
        ("conversation", "conversations?search=insoles&page_size=1"),
    ):
        found[name] = page.evaluate(
            "async (path) => (await (await fetch(path)).json()).results[0].id", f"/api/v1/{path}"
        )
    return found


def shots(known: dict[str, str]) -> Iterator[tuple[Shot, str, str, Path]]:
    for shot, look in ADMIN:
        yield shot, look, CLINIC + shot.path, IMAGES / f"{shot.name}.png"
    for look in LOOKS:
        for shot in APP:
            address = f"{CLINIC}/app{shot.path.format(**known)}"
            yield shot, look, address, IMAGES / "app" / f"{shot.name}-{look}.png"


def main() -> None:
    (IMAGES / "app").mkdir(parents=True, exist_ok=True)
    with browser() as chromium:
        cameras = {look: Camera(chromium, look) for look in LOOKS}
        known = ids(cameras["desktop"].page("admin"))
        for shot, look, address, target in shots(known):
            cameras[look].take(shot, address, target)


if __name__ == "__main__":
    main()
