"""Take the documentation's pictures of a running demo: `make run`, then `make screenshots`.

Uses the system's Chromium (CHROMIUM names another one).
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PORT = os.environ.get("PORT", "8000")
CLINIC = f"http://demo.localhost:{PORT}"
IMAGES = Path(os.environ.get("IMAGES") or Path(__file__).parent / "images")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
DESKTOP, PHONE = (1280, 800), (390, 844)
RECORDS = "/admin/medical_records/medicalrecord/?status__exact="
SHOTS = (
    ("dashboard", "light", DESKTOP, "/admin/"),
    ("record-draft", "light", DESKTOP, f"{RECORDS}draft"),
    ("record-final", "light", DESKTOP, f"{RECORDS}finalized"),
    ("lab-result", "light", DESKTOP, "/admin/medical_records/labresult/?o=-8"),
    ("conversation", "light", DESKTOP, "/admin/sms_integration/conversation/?q=old+insoles"),
    ("documents", "dark", DESKTOP, "/admin/documents/document/"),
    ("patients", "light", PHONE, "/admin/patients/patient/"),
)
OPENED = {"conversation", "lab-result", "record-draft", "record-final"}  # the first row of the list


def log_in(page: Page, email: str) -> None:
    page.goto(f"{CLINIC}/admin/login/")
    page.fill("#id_username", email)
    page.fill("#id_password", "demo-password")
    page.click("button[type=submit]")
    page.wait_for_url("**/admin/")


def take(page: Page, name: str, path: str) -> None:
    page.goto(CLINIC + path)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}.png")


def first_link(page: Page, path: str) -> str:
    page.goto(CLINIC + path)
    link = page.locator("#result_list tbody th a, #result_list tbody td a").first
    return str(link.get_attribute("href"))


def open_documents(page: Page) -> None:
    page.get_by_role("link", name="Documents", exact=True).last.click()
    page.wait_for_load_state("networkidle")


def main() -> None:
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if browser_path is None:
        sys.exit("Chromium is needed for the pictures; name it with CHROMIUM.")
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
        for name, scheme, (width, height), path in SHOTS:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            page = context.new_page()
            log_in(page, "admin@demo.test")
            if name in OPENED:
                page.goto(CLINIC + first_link(page, path))
                if name == "lab-result":
                    open_documents(page)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=IMAGES / f"{name}.png")
            else:
                take(page, name, path)
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
