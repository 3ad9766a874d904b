"""What a preview shows, what it leaves out, and what hostile files can do to it: nothing."""

import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from PIL import Image

from documents.rendering import limits, pages, pictures, running
from documents.rendering.limits import CannotRenderError
from documents.rendering.running import Limits, RendererBusyError, render
from documents.verification.kinds import KINDS
from tests.documents.corpus import BAD, GOOD
from tests.documents.previews import files
from tests.documents.previews.driver import ROOT

SHOWN = {
    "lab_report": "image/jpeg",
    "scanned_letter": "image/jpeg",
    "clinical_photo": "image/jpeg",
    "wound_photo": "image/jpeg",
    "insole_photo": "image/jpeg",
    "trend_chart": "image/jpeg",
    "radiograph": "image/png",
    "pressure_map": "image/jpeg",
}


def opened(body):
    content = tempfile.TemporaryFile()  # noqa: SIM115  closed by who opened it
    content.write(body)
    content.flush()
    return content


def rendered(body, kind, **more):
    with opened(body) as content:
        return render(content, kind, **more)


def reason_of(body, kind, **more):
    with pytest.raises(CannotRenderError) as error:
        rendered(body, kind, **more)
    return error.value.reason


def picture_of(module, body, kind, edge=800, page=1):
    """Rendered in this process: for files of our own making."""
    _, (found,) = module.render(io.BytesIO(body), kind, page=page, edges=[edge])
    return Image.open(io.BytesIO(found.content))


@pytest.mark.parametrize("kind", SHOWN)
def test_each_kind_of_the_samples_is_shown_in_both_sizes(kind):
    sample = files.sample(kind)
    number, found = rendered(sample.body, sample.content_type)
    assert number == (2 if kind == "scanned_letter" else 1)
    assert {one.edge for one in found} == {200, 800}
    for one in found:
        image = Image.open(io.BytesIO(one.content))
        assert Image.MIME[image.format] == one.mime == SHOWN[kind]
        assert image.size == (one.width, one.height)
        assert one.width <= one.edge >= one.height
        assert len(image.convert("L").getcolors()) > 10, "it shows something"


@pytest.mark.parametrize(
    ("kind", "mime", "options"),
    [
        ("JPEG", "image/jpeg", {"quality": 95}),
        ("PNG", "image/png", {}),
        ("TIFF", "image/tiff", {}),
        ("WEBP", "image/webp", {"lossless": True}),
        ("HEIF", "image/heic", {"quality": 95}),
    ],
)
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_turned_photograph_is_shown_upright(kind, mime, options, orientation):
    """`orientation` says where the camera's top was; the red corner must be where it was seen."""
    upright = files.corners((80, 60))
    back = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}
    turn = back.get(orientation, Image.Transpose.ROTATE_270)
    stored = upright.transpose(turn) if turn is not None else upright
    exif = files.turned_exif(orientation)
    body = files.saved(stored, kind, exif=exif.tobytes() if kind == "HEIF" else exif, **options)
    shown = picture_of(pictures, body, mime)
    assert shown.size == (80, 60)
    red, blue = shown.getpixel((10, 10)), shown.getpixel((70, 50))
    assert red[0] > 150 > red[2]
    assert blue[2] > 150 > blue[0]


def located_sample(kind):
    for seed in range(30):
        body = files.sample(kind, seed).body
        image = Image.open(io.BytesIO(body))
        if image.getexif().get_ifd(0x8825):
            return body
    raise AssertionError("no sample has a position")


@pytest.mark.parametrize(
    ("kind", "mime"), [("clinical_photo", "image/jpeg"), ("insole_photo", "image/heic")]
)
def test_where_and_when_and_with_what_it_was_taken_is_left_out(kind, mime):
    body = located_sample(kind)
    assert b"Lumora" in body, "the camera is in the file"
    for one in rendered(body, mime)[1]:
        image = Image.open(io.BytesIO(one.content))
        assert not image.getexif()
        assert not image.getexif().get_ifd(0x8825)
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert b"Lumora" not in one.content
        assert b"Exif" not in one.content


def test_comments_texts_and_profiles_are_left_out():
    from PIL import ImageCms, PngImagePlugin

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "Dr Ann Lee")
    bodies = {
        "image/jpeg": files.saved(
            files.corners(), "JPEG", comment=b"Dr Ann Lee", icc_profile=profile, dpi=(72, 72)
        ),
        "image/png": files.saved(files.corners(), "PNG", pnginfo=text, icc_profile=profile),
    }
    for mime, body in bodies.items():
        shown = picture_of(pictures, body, mime)
        assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}, mime
        assert shown.getpixel((2, 2))[0] > 200, "and the colours are right"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "I", "F"])
def test_each_mode_is_shown_on_white(mode):
    kind, mime = ("TIFF", "image/tiff") if mode in {"CMYK", "F", "I"} else ("PNG", "image/png")
    seen = Image.linear_gradient("L")
    clear = mode in {"LA", "RGBA"}
    image = Image.new(mode, (256, 256)) if clear else seen.convert(mode)
    shown = picture_of(pictures, files.saved(image, kind), mime).convert("L")
    if clear:
        assert shown.getextrema() == (255, 255)
    else:
        low, high = shown.getextrema()
        assert (low < 40, high > 215) == (True, True), (low, high)


def test_pages_of_a_pdf_and_of_a_scan():
    body = files.pdf(3)
    number, first = rendered(body, "application/pdf", edges=[200])
    _, third = rendered(body, "application/pdf", page=3, edges=[200])
    assert number == 3
    foot = Image.open(io.BytesIO(first[0].content))
    assert foot.size == (150, 200)
    red, _, blue = foot.getpixel((75, 195))
    assert (red > 240, blue < 20) == (True, True)
    assert first[0].content != third[0].content
    assert reason_of(body, "application/pdf", page=4) == "no_such_page"
    scan = files.sample("scanned_letter").body
    first, second = (picture_of(pictures, scan, "image/tiff", page=n).tobytes() for n in (1, 2))
    assert first != second
    with pytest.raises(CannotRenderError, match="no_such_page"):
        picture_of(pictures, scan, "image/tiff", page=3)


@pytest.mark.parametrize("size", [(14_400, 14_400), (2, 14_400), (0.001, 0.001)])
def test_a_page_as_large_as_it_likes_gives_a_bitmap_of_ours(size):
    shown = picture_of(pages, files.pdf(1, size), "application/pdf", edge=200)
    assert max(shown.size) <= 200


def test_a_pdf_of_ten_thousand_pages_is_not_counted_through():
    """All its pages are one object, named 10,000 times in the tree."""
    kids = b"3 0 R " * 10_000
    body = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Count 10000/Kids[" + kids + b"]>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )
    number, found = rendered(body, "application/pdf", page=limits.MOST_PAGES, edges=[200])
    assert (number, len(found)) == (limits.MOST_PAGES, 1)


def test_what_is_too_large_to_be_decoded_is_not():
    assert reason_of(files.flat_png(30_000, 30_000), "image/png") == "too_large"
    claimed = files.dicom(b"\0\0", (65_535, 65_535))
    assert reason_of(claimed, "application/dicom") == "too_large"


def test_memory_is_bounded():
    """36 million pixels are 36 MB, and 144 more as colours; the bare child has some 60."""
    body = files.flat_png(6_000, 6_000)
    small = Limits(memory=180 * 1024**2)
    assert reason_of(body, "image/png", within=small) == "out_of_memory"
    assert len(rendered(body, "image/png")[1]) == 2  # with the memory that there is


PAGE = 'print(\'{"pages": 1, "pictures": [{"edge": 200, "mime": "image/png", "width": 9,'
HTML = f'{PAGE} "height": 9, "length": 6}}]}}\'); print(\'<html>\')'


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os; os.kill(os.getpid(), 11)", "crashed"),  # as a broken decoder dies
        ("import time; time.sleep(60)", "timed_out"),
        ("print('no JSON')", "crashed"),
        ('print(\'{"pages": 1, "pictures": []}\')', "crashed"),
        ('print(\'{"reason": "<script>"}\')', "crashed"),
        (HTML, "crashed"),
    ],
)
def test_a_child_that_dies_or_lies_is_only_a_reason(code, reason, monkeypatch):
    monkeypatch.setattr(running, "CHILD", (sys.executable, "-I", "-c", code))
    within = Limits(wall=0) if reason == "timed_out" else None
    assert reason_of(b"x", "image/png", within=within, edges=[200]) == reason


@pytest.mark.logs_errors
def test_a_renderer_that_does_not_start_blames_no_file(monkeypatch):
    monkeypatch.setattr(running, "CHILD", (sys.executable, "-I", "-c", "import no_such_library"))
    with pytest.raises(RendererBusyError):
        rendered(b"x", "image/png")
    monkeypatch.setattr(running, "CHILD", ("/no/such/program",))
    with pytest.raises(RendererBusyError):
        rendered(b"x", "image/png")


def test_the_child_gets_no_secrets(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "very-secret")
    code = "import os, sys; sys.exit(0 if 'SECRET_KEY' not in os.environ else 3)"
    monkeypatch.setattr(running, "CHILD", (sys.executable, "-I", "-c", code))
    assert reason_of(b"x", "image/png") == "crashed"  # it said nothing, and left with 0
    seen = []
    plain = running._run
    monkeypatch.setattr(running, "_run", lambda *a: seen.append(plain(*a)) or seen[-1])
    reason_of(b"x", "image/png")
    assert seen == [0]


def test_no_more_children_than_there_are_places(monkeypatch):
    with running._place(0), running._place(0), pytest.raises(RendererBusyError):
        rendered(b"x", "image/png", wait=0)
    assert reason_of(b"x", "image/png", wait=0) == "damaged"


ONLY_LARGE = {"pdf-exactly-50mb", "pdf-one-byte-over-50mb", "pdf-one-byte-over-10mb"}
WITHOUT_PICTURES = {"dicom-encapsulated-pdf", "dicom-report-without-pixels"}


def test_every_file_of_the_corpus_ends_in_a_picture_or_a_reason(tmp_path):
    """Good and hostile ones, in one child with the real bounds of memory."""
    names, folder = {}, tmp_path / "files"
    folder.mkdir()
    for number, one in enumerate((*BAD, *GOOD)):
        kind = KINDS.get(Path(one.name).suffix.lower())
        if one.id in ONLY_LARGE or len(one.name) > 200:
            continue
        if kind is not None and kind.mime in running.KINDS:
            name = f"{number:04}+{kind.mime.replace('/', '+')}"
            (folder / name).write_bytes(one.build())
            names[name] = one.id
    done = subprocess.run(
        [sys.executable, "-I", str(ROOT / "tests/documents/previews/driver.py"), str(folder)],
        capture_output=True,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (done.returncode, lines[-1:], done.stderr[-500:])
    answers = {names[line["name"]]: line for line in lines}
    assert set(answers) == set(names.values())
    assert len(answers) > 100
    for name, said in answers.items():
        if "reason" in said:
            assert said["reason"] in limits.REASONS, name
        else:
            told = said["pictures"][0]
            assert 0 < said["sizes"][0] == told["length"] < 200_000, name
            assert max(told["width"], told["height"]) <= 200, name
    shown = {one.id for one in GOOD} & set(answers)
    assert len(shown) > 30
    assert {name for name in shown if "reason" in answers[name]} == WITHOUT_PICTURES
