"""Documents as people handle them, over both stores: chosen, seen, taken out, deleted, brought back."""

import datetime as dt
import hashlib
import io
import json
import zipfile
from random import Random
from uuid import uuid4

import pytest

from documents.samples import Subject, make_sample

SUBJECT = Subject("Ava Example", dt.date(1980, 1, 2), "Demo Clinic", "P-1")
LARGE = 24_000_000  # bytes; above 20 MB a file goes straight to the store


def sample(kind, *, seed=1):
    return make_sample(kind, rng=Random(seed), subject=SUBJECT, on=dt.date(2026, 3, 4))


def upload_of(name, content, kind="application/octet-stream"):
    return {"name": name, "mimeType": kind, "buffer": content}


def new_lab_result(visitor):
    """Make a lab result of the first patient; return its id."""
    visitor.page.goto("/api/v1/health")
    patient = visitor.api("GET", "patients?page_size=1&status=active")["results"][0]
    made = visitor.api(
        "POST", "lab-results", {"patient_id": patient["id"], "test_name": f"Test {uuid4().hex[:8]}"}
    )
    return made["id"]


def edit(visitor, record, slug="lab-results"):
    """Open a record with its documents ready to be changed."""
    page = visitor.open(f"/{slug}/{record}")
    page.get_by_role("button", name="Add or remove documents").click()
    return page


def choose(page, *files):
    page.locator("input[type=file]").first.set_input_files(list(files))


def saved(page):
    page.get_by_role("button", name="Save documents").click()
    page.get_by_role("button", name="Save documents").wait_for(state="detached")


def listed(visitor, record, slug="lab-results"):
    files = visitor.api("GET", f"{slug}/{record}/files")["results"]
    return {one["file_name"]: one["sha256"] for one in files}


def digest(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(params=["folder", "s3"])
def store(request):
    return request.param


def test_a_file_lives_its_whole_life(visit, store):
    visitor = visit("admin", store=store)
    record = new_lab_result(visitor)
    name = f"report {uuid4().hex[:8]}.pdf"  # others are in the same trash
    report, table = sample("lab_report"), sample("lab_export")
    page = edit(visitor, record)
    choose(page, upload_of(name, report.body), upload_of("values.csv", table.body))
    page.get_by_label("Description").first.fill("Of the spring")
    saved(page)
    assert listed(visitor, record) == {
        name: digest(report.body),
        "values.csv": digest(table.body),
    }

    # seen
    page.get_by_role("button", name=f"Preview {name}").first.click()
    page.get_by_role("img", name=f"{name}, page 1").wait_for()
    page.keyboard.press("Escape")

    # taken out
    with page.expect_download() as started:
        page.get_by_role("button", name="Download values.csv").first.click()
    assert started.value.suggested_filename == "values.csv"
    assert started.value.path().read_bytes() == table.body

    # deleted: marked, and gone when saved
    page.get_by_role("button", name="Add or remove documents").click()
    page.get_by_role("button", name=f"Mark {name} for deletion").first.click()
    assert set(listed(visitor, record)) == {name, "values.csv"}
    saved(page)
    page.get_by_role("button", name=f"Preview {name}").first.wait_for(state="detached")
    assert set(listed(visitor, record)) == {"values.csv"}

    # brought back
    trash = visitor.open("/trash")
    trash.get_by_role("button", name=f"Restore {name}").first.click()
    trash.get_by_role("dialog").get_by_role("button", name="Restore").click()
    trash.get_by_text("1 document was restored").first.wait_for()
    assert listed(visitor, record)[name] == digest(report.body)

    # all of it as one ZIP
    page = visitor.open(f"/lab-results/{record}")
    page.get_by_role("button", name="Choose all loaded").click()
    with page.expect_download() as started:
        page.get_by_role("button", name="Download as ZIP").click()
    with zipfile.ZipFile(io.BytesIO(started.value.path().read_bytes())) as archive:
        assert json.loads(archive.read("manifest.json"))["complete"] is True
        inside = {path.rpartition("/")[2]: archive.read(path) for path in archive.namelist()}
    assert inside[name] == report.body
    assert inside["values.csv"] == table.body


def test_a_large_file_goes_straight_to_the_store(visit, store):
    visitor = visit("admin", store=store)
    visitor.page.goto("/api/v1/health")
    patient = visitor.api("GET", "patients?page_size=1&status=active")["results"][0]
    body = {
        "patient_id": patient["id"],
        "visit_date": "2026-05-06T10:00:00+10:00",
        "chief_complaint": "Gait",
    }
    record = visitor.api("POST", "medical-records", body)["id"]
    content = b"time;pressure\n" + Random(3).randbytes(LARGE // 2).hex().encode()
    page = edit(visitor, record, "medical-records")
    sent = []
    page.on("request", lambda asked: asked.method in {"POST", "PUT"} and sent.append(asked.url))
    choose(page, upload_of("pressure.csv", content))
    saved(page)
    assert listed(visitor, record, "medical-records") == {"pressure.csv": digest(content)}
    assert any(address.endswith("/files/uploads") for address in sent)
    assert not any(address.endswith("/files") for address in sent)


def test_a_refused_file_says_why_and_keeps_the_others(visit):
    visitor = visit("admin")
    visitor.expect(r"status of 4(00|22)")  # the server's word on what is inside
    record = new_lab_result(visitor)
    good = sample("lab_report")
    page = edit(visitor, record)
    choose(page, upload_of("good.pdf", good.body), upload_of("wrong.pdf", b"no pdf at all\n" * 9))
    page.get_by_role("button", name="Save documents").click()
    page.get_by_role("button", name="Try wrong.pdf again").wait_for()
    assert listed(visitor, record) == {"good.pdf": digest(good.body)}
    page.get_by_role("button", name="Remove wrong.pdf").click()
    page.get_by_role("button", name="Remove wrong.pdf").wait_for(state="detached")


def test_types_and_sizes_are_checked_before_anything_is_sent(visit):
    visitor = visit("admin")
    record = new_lab_result(visitor)
    page = edit(visitor, record)
    sent = []
    page.on("request", lambda asked: asked.method == "POST" and sent.append(asked.url))
    choose(page, upload_of("virus.exe", b"MZ" * 99), upload_of("empty.pdf", b""))
    page.get_by_text("Files of this type are not taken here").wait_for()
    page.get_by_text("This file is empty").wait_for()
    assert visitor.violations() == []
    assert sent == []


def test_a_record_is_made_together_with_its_files(visit):
    visitor = visit("provider")
    photo = sample("clinical_photo")
    name = f"Panel {uuid4().hex[:8]}"
    page = visitor.open("/lab-results")
    page.get_by_role("button", name="Add a lab result").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Patient").first.fill("a")
    page.get_by_role("listbox").get_by_role("option").first.click()
    dialog.get_by_label("Test", exact=False).first.fill(name)
    choose(dialog, upload_of(photo.filename, photo.body))
    save = dialog.get_by_role("button", name="Save", exact=True)
    save.dblclick()  # twice, as people do
    dialog.wait_for(state="detached")
    page.get_by_role("link", name=name).first.wait_for()
    found = visitor.api("GET", f"lab-results?test={name.replace(' ', '%20')}")["results"]
    made = [one for one in found if one["test_name"] == name]
    assert len(made) == 1
    assert list(listed(visitor, made[0]["id"]).values()) == [digest(photo.body)]
