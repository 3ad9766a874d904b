"""Files that are not accepted, and names that are mended."""

import pytest

from documents.models import Document, ImageBatch
from jobs.models import JobItem
from tests.documents.helpers import objects, temporary
from tests.filemaker.emulated_records import File
from tests.filemaker.helpers import (
    assert_all_here,
    available,
    failures,
    records,
    run,
    source_id,
    states,
)

pytestmark = pytest.mark.usefixtures("quick", "both_ways")


def test_a_bad_file_has_its_reason_leaves_nothing_and_stops_nobody(fm, patients):
    fm.docs[3].files["Doc"] = File("setup.exe", "program", "bad")
    fm.docs[4].files["Doc"] = File("broken.pdf", "text", "bad")
    job = run()
    assert failures(job) == {
        source_id(fm.docs[3]): "extension_not_allowed",
        source_id(fm.docs[4]): "type_mismatch",
    }
    assert (len(available()), len(objects()), temporary()) == (18, 18, [])
    assert states()[source_id(fm.docs[3])] == "failed"
    assert records()[source_id(fm.docs[3])].code == "extension_not_allowed"
    fm.docs[3].files["Doc"] = File("setup.pdf", salt="mended")
    fm.docs[4].files["Doc"] = File("mended.pdf", salt="mended too")
    again = run()
    assert (again.pk, again.state) == (job.pk, "succeeded")
    assert_all_here(fm)


def test_a_bad_picture_leaves_no_batch(fm, patients):
    fm.pictures[:] = fm.pictures[:1]
    fm.pictures[0].files = dict.fromkeys(fm.pictures[0].files)
    fm.pictures[0].files["image_Full"] = File("IMG.JPG", "program", "bad")
    job = run("images")
    assert list(failures(job).values()) == ["type_mismatch"]
    assert (ImageBatch.objects.count(), Document.objects.count()) == (0, 0)
    fm.pictures[0].files["image_Full"] = File("IMG.JPG", "jpeg", "good")
    assert run("images").state == "succeeded"
    assert ImageBatch.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "here"),
    [
        (File("photo.png", "jpeg", "x"), "photo.jpg"),
        (File("no ending", "pdf", "x"), "no ending.pdf"),
        (File("Scan 12.03.2019", "pdf", "x"), "Scan 12.03.2019.pdf"),
        (File("SHOUT.PDF", "pdf", "x"), "SHOUT.PDF"),
        (File("a/b\\c.pdf", "pdf", "x"), "a_b_c.pdf"),
        (File(".hidden.pdf", "pdf", "x"), "hidden.pdf"),
        (File("Ünïcode ☃.pdf", "pdf", "x"), "Ünïcode ☃.pdf"),
        (File("x" * 300 + ".pdf", "pdf", "x"), "x" * 251 + ".pdf"),
        (File("turn\u202e.pdf", "pdf", "x"), "turn.pdf"),
        (File("note.txt", "text", "x"), "note.txt"),
    ],
)
def test_names_that_would_be_refused_are_mended(fm, patients, given, here):
    fm.docs[:] = fm.docs[:1]
    fm.docs[0].files["Doc"] = given
    assert run().state == "succeeded"
    (found,) = available().values()
    assert (found.original_filename, found.sha256) == (here, given.sha256)


def test_a_file_above_the_size_limit_is_listed_and_comes_once_the_limit_is_raised(
    fm, patients, settings
):
    settings.DOCUMENT_MAX_SIZES = {"patients": 2_000, "image-batches": 2_000}
    fm.docs[6].files["Doc"] = File("long.pdf", salt="long", size=5_000)
    job = run()
    assert failures(job) == {source_id(fm.docs[6]): "too_large"}
    assert "DOCUMENT_MAX_SIZES" in JobItem.objects.get(job=job, state="failed").remedy
    settings.DOCUMENT_MAX_SIZES = {}
    assert run().state == "succeeded"
    assert_all_here(fm)
