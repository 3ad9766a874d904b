"""What shrinks is stored compressed, and no reader notices: the bytes and their hash are the sent."""

import hashlib
import io
import json
import random
import zipfile

import pytest
from django.core.management import call_command
from PIL import Image

from documents.encodings import EncodingError, cut
from documents.models import Document
from documents.services.packing import SMALLEST, encoding_for, packed
from documents.storage import object_store
from tests.documents.helpers import upload
from tests.documents.storage.conftest import moto, rclone  # noqa: F401
from tests.documents.verify.conftest import empty_store, use

TEXT = b"".join(b"potassium,4.%d,mmol/L,3.5-5.1\r\n" % (n % 97) for n in range(20_000))
NOISE = random.Random(1).randbytes(48_000)


def picture(kind, data=None, **options):
    image = Image.frombytes("RGB", (160, 100), data) if data else Image.new("RGB", (160, 100))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


KINDS = {
    "csv": ("results.csv", TEXT, "gzip"),
    "json": ("results.json", json.dumps([1.5] * 4_000).encode(), "gzip"),
    "a bare bitmap": ("scan.bmp", picture("BMP"), "gzip"),
    "a bare tiff": ("scan.tiff", picture("TIFF"), "gzip"),
    "a compressed tiff": ("scan.tiff", picture("TIFF", NOISE, compression="tiff_lzw"), ""),
    "a bitmap of noise": ("scan.bmp", picture("BMP", NOISE), ""),
    "a photograph": ("scan.jpg", picture("JPEG"), ""),
    "a short text": ("note.txt", b"x" * (SMALLEST - 1), ""),
}


@pytest.mark.parametrize(("name", "body", "encoding"), KINDS.values(), ids=KINDS)
def test_what_shrinks_is_compressed(world, name, body, encoding):
    document = Document.objects.get(pk=upload(world, body, name=name).pk)
    stored = object_store().stat(document.s3_key)
    assert document.encoding == encoding
    assert (stored.size < 0.8 * len(body)) is (encoding == "gzip")
    assert (document.file_size, document.sha256) == (len(body), hashlib.sha256(body).hexdigest())


@pytest.fixture(params=["folder", "moto", "rclone"])
def compressed(request, settings, world):
    use(request, settings, request.param)
    empty_store("alpha")
    document = upload(world, TEXT, name="results.csv", slug="patients", owner=world.amal)
    assert document.encoding == "gzip"
    assert object_store().stat(document.s3_key).size < 0.8 * len(TEXT)
    return document


def read(answer):
    return b"".join(answer.streaming_content)


SPANS = {
    "the beginning": ("bytes=0-99", TEXT[:100]),
    "across chunks": ("bytes=262000-262300", TEXT[262_000:262_301]),
    "the end": ("bytes=-7", TEXT[-7:]),
    "open": (f"bytes={len(TEXT) - 50}-", TEXT[-50:]),
}


def test_every_reader_gets_the_original(compressed, priya, capsys):
    url = f"/api/v1/files/{compressed.pk}/download"
    whole = priya.get(url)
    assert (whole.status_code, read(whole)) == (200, TEXT)
    assert (whole["Content-Length"], whole.has_header("Content-Encoding")) == (
        str(len(TEXT)),
        False,
    )
    for asked, expected in SPANS.values():
        part = priya.get(url, headers={"Range": asked})
        assert (part.status_code, read(part)) == (206, expected), asked
    known = priya.get(url, headers={"If-None-Match": whole["ETag"]})
    assert known.status_code == 304
    body = {"ids": [str(compressed.pk)]}
    archive = priya.post("/api/v1/files/archive", body, content_type="application/json")
    with zipfile.ZipFile(io.BytesIO(read(archive))) as opened:
        (name,) = [name for name in opened.namelist() if name.endswith(".csv")]
        assert opened.read(name) == TEXT
    call_command("verify_documents", "--tenant", "alpha", "--documents", str(compressed.pk))
    assert "verified: 1" in capsys.readouterr().out


def test_bytes_that_were_damaged_in_the_store_are_no_answer(world, priya, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "documents": {
            "BACKEND": "documents.storage.filesystem.FileSystemObjectStore",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }
    document = upload(world, TEXT, name="results.csv")
    path = tmp_path / document.s3_key
    path.write_bytes(path.read_bytes()[:500])
    answer = priya.get(f"/api/v1/files/{document.pk}/download")
    with pytest.raises(EncodingError):  # the connection ends before the length that was said
        read(answer)


def test_the_same_bytes_are_packed_alike():
    sizes = []
    for _ in range(2):
        with packed(io.BytesIO(TEXT)) as (content, size, sha256):
            assert hashlib.sha256(content.read()).hexdigest() == sha256
            sizes.append((size, sha256))
    assert sizes[0] == sizes[1]
    assert encoding_for(io.BytesIO(TEXT), file_type="image/jpeg", size=len(TEXT)) == ""


def test_a_span_is_cut_out_and_nothing_read_behind_it():
    chunks = iter([b"abcd", b"efgh", b"ijkl", b"mnop"])
    assert b"".join(cut(chunks, 2, 9)) == b"cdefghij"
    assert next(chunks) == b"mnop"
    for start in range(6):
        for end in [*range(start, 6), None]:
            whole = b"abcdef" if end is None else b"abcdef"[: end + 1]
            assert b"".join(cut(iter([b"ab", b"cd", b"ef"]), start, end)) == whole[start:]
