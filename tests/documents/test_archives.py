"""Archives of documents, from each of the stores: what is in them, and what they say is missing."""

import datetime as dt
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.audit.models import AccessLog
from accounts.errors import NotFoundError
from documents.errors import ArchiveTooLargeError, NothingToArchiveError, StoreUnavailableError
from documents.models import Document
from documents.registry import policy_for_slug
from documents.services import archives
from documents.services.archives import (
    archive_of_documents,
    archive_of_patient,
    give_out_archive,
)
from documents.services.trash import trash_document
from documents.services.zipping import INCOMPLETE, MANIFEST
from documents.storage import StoreError, object_store
from tests.conftest import member
from tests.documents.corpus_pdf import minimal
from tests.documents.helpers import row, sha, upload
from tests.documents.storage.conftest import moto, rclone  # noqa: F401  fixtures
from tests.s3_server import serving, storage

MB = 1024 * 1024
TEXT = b"potassium;4.1\n"


@pytest.fixture(params=["folder", "moto", "rclone"])
def stored(request, settings, in_alpha):
    if request.param != "folder":
        address = request.getfixturevalue(request.param)
        settings.STORAGES = {**settings.STORAGES, "documents": storage(address)}
    return request.param


@pytest.fixture
def three(stored, world):
    """Two of one record, by the same name in another case, and one of another."""
    return [
        upload(world, name="Анализ.pdf", document_date=dt.date(2024, 2, 29)),
        upload(world, minimal() + b"\n", name="АНАЛИЗ.pdf", document_date=dt.date(1975, 1, 1)),
        upload(world, TEXT, name="result.csv", owner=world.urine, category="report"),
    ]


def chosen(documents, who="priya"):
    return archive_of_documents(membership=member(who), ids=[one.pk for one in documents])


def made(documents, who="priya"):
    chunks = give_out_archive(chosen(documents, who), membership=member(who))
    return zipfile.ZipFile(io.BytesIO(b"".join(chunks)))


def manifest_of(found):
    return json.loads(found.read(MANIFEST))


def replace(document, body):
    """Other bytes at the document's key, as somebody who has the store's keys could put them."""
    object_store().remove(document.s3_key)
    object_store().put(
        document.s3_key,
        io.BytesIO(body),
        size=len(body),
        content_type="application/pdf",
        sha256=sha(body),
        tags={"retention": "clinical"},
    )


def folder(record, kind="Lab results"):
    return f"{kind}/{record.pk.hex[-8:]}"


def test_every_byte_is_there_and_the_manifest_says_so(three, world):
    found = made(three)
    assert found.testzip() is None
    blood, urine = folder(world.blood), folder(world.urine)
    places = [f"{blood}/Анализ.pdf", f"{blood}/АНАЛИЗ (2).pdf", f"{urine}/result.csv"]
    assert found.namelist() == [*places, MANIFEST]
    told = manifest_of(found)
    assert (told["format"], told["version"], told["complete"], told["left_out"]) == (
        *("chartvault-documents", 1),
        *(True, []),
    )
    for place, document, entry in zip(places, three, told["files"], strict=True):
        assert sha(found.read(place)) == document.sha256
        assert entry == {
            "name": place,
            "id": str(document.pk),
            "original_name": document.original_filename,
            "record_kind": "lab-results",
            "record_id": str(document.object_id),
            "size": document.file_size,
            "sha256": document.sha256,
            "media_type": document.file_type,
            "category": document.category,
            "document_date": document.document_date and document.document_date.isoformat(),
            "uploaded_at": document.uploaded_at.isoformat(),
            "problem": None,
            "found": None,
        }
    infos = [found.getinfo(place) for place in places]
    assert [info.compress_type for info in infos] == [zipfile.ZIP_STORED] * 3
    assert [info.flag_bits & 0x800 for info in infos] == [0x800, 0x800, 0]  # UTF-8
    day = three[2].uploaded_at.astimezone(ZoneInfo("Australia/Sydney"))  # the clinic's clock
    assert [info.date_time[:5] for info in infos] == [
        (2024, 2, 29, 0, 0),
        (1980, 1, 1, 0, 0),  # a ZIP knows no earlier day; the manifest does
        (day.year, day.month, day.day, day.hour, day.minute),
    ]


def test_documents_of_one_record_have_no_folders(three):
    assert made(three[:2]).namelist() == ["Анализ.pdf", "АНАЛИЗ (2).pdf", MANIFEST]


def test_a_document_called_like_the_manifest_does_not_pass_for_it(stored, world):
    named = [
        upload(world, b"{}", name="Manifest.json"),
        upload(world, TEXT, name="INCOMPLETE - read manifest.json.txt"),
    ]
    found = made(named)
    assert set(found.namelist()) == {
        "Manifest (2).json",
        "INCOMPLETE - read manifest.json (2).txt",
        MANIFEST,
    }
    assert manifest_of(found)["complete"]


def test_a_missing_object_is_named_and_the_rest_comes(three):
    object_store().remove(three[1].s3_key)
    found = made(three)
    told = manifest_of(found)
    assert [entry["id"] for entry in told["files"]] == [str(three[0].pk), str(three[2].pk)]
    assert [(one["id"], one["reason"]) for one in told["left_out"]] == [
        (str(three[1].pk), "missing")
    ]
    assert (told["complete"], INCOMPLETE in found.namelist()) == (False, True)
    notice = found.read(INCOMPLETE).decode()
    assert "Left out: 1. Not as they were when they were stored: 0." in notice
    assert len(found.namelist()) == 4


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body[:-1] + b"!",  # another hash
        lambda body: body[:-1],  # too short
        lambda body: body + b"!",  # too long
        lambda body: b"",
    ],
    ids=["other", "shorter", "longer", "empty"],
)
def test_an_altered_object_is_marked(three, change):
    body = change(minimal())
    replace(three[0], body)
    found = made(three)
    told = manifest_of(found)
    problems = {entry["id"]: (entry["problem"], entry["found"]) for entry in told["files"]}
    assert problems == {
        str(three[0].pk): ("altered", {"size": len(body), "sha256": sha(body)}),
        str(three[1].pk): (None, None),
        str(three[2].pk): (None, None),
    }
    assert found.read(told["files"][0]["name"]) == body
    assert (told["complete"], INCOMPLETE in found.namelist()) == (False, True)
    assert found.testzip() is None


def test_nothing_is_left_of_any_of_them(three):
    for document in three:
        object_store().remove(document.s3_key)
    found = made(three)
    assert found.namelist() == [INCOMPLETE, MANIFEST]
    assert len(manifest_of(found)["left_out"]) == 3


def test_what_is_stored_packed_comes_as_it_was_sent(stored, world):
    import gzip

    document, broken = (upload(world, TEXT, name=name) for name in ("a.csv", "b.csv"))
    replace(document, gzip.compress(TEXT))
    replace(broken, gzip.compress(TEXT)[:-4])
    Document.objects.update(encoding="gzip")
    found = made([document, broken])
    assert found.read("a.csv") == TEXT
    assert [entry["problem"] for entry in manifest_of(found)["files"]] == [None, "altered"]


def test_an_object_that_cannot_be_opened_is_named(world):
    documents = [upload(world), upload(world, TEXT, name="b.csv")]
    path = Path(object_store().location) / documents[0].s3_key
    path.unlink()
    path.mkdir()
    told = manifest_of(made(documents))
    assert [(one["id"], one["reason"]) for one in told["left_out"]] == [
        (str(documents[0].pk), "unreadable")
    ]
    assert len(told["files"]) == 1


def large(world, *sizes):
    """Documents too large for the rules, straight into the store."""
    made = []
    for number, size in enumerate(sizes):
        document = row(world, file_size=size, original_filename=f"{number}.pdf")
        body = os.urandom(size)
        Document.objects.filter(pk=document.pk).update(sha256=sha(body))
        replace(document, body)
        made.append(document)
    return made


@pytest.fixture
def dying(tmp_path, settings, in_alpha):
    """The server of a store of this test's own, to be killed."""
    with serving(tmp_path) as (address, server):
        settings.STORAGES = {**settings.STORAGES, "documents": storage(address)}
        yield server


def kill(server):
    server.kill()  # if it were asked to end, it would send what it is at first
    server.wait(10)


def until_it_breaks(chunks, got):
    got.extend(chunks)


def test_a_store_that_dies_within_a_file_leaves_no_valid_zip(dying, world):
    documents = large(world, 64 * MB)
    chunks = give_out_archive(chosen(documents), membership=member("priya"))
    got = [next(chunks)]
    kill(dying)
    with pytest.raises(StoreError):
        until_it_breaks(chunks, got)
    body = b"".join(got)
    assert 0 < len(body) < 64 * MB
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(body))


def test_a_store_that_dies_between_two_files_leaves_no_valid_zip(dying, world):
    documents = large(world, 1 * MB, 100)
    chunks = give_out_archive(chosen(documents), membership=member("priya"))
    got = []
    while sum(map(len, got)) < 1 * MB:  # the first is through, and the second is not opened
        got.append(next(chunks))
    kill(dying)
    with pytest.raises(StoreError):
        until_it_breaks(chunks, got)
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(b"".join(got)))


def test_a_store_that_is_away_is_told_before_anything_is_noted(dying, world):
    archive = chosen([upload(world)])
    kill(dying)
    before = AccessLog.objects.count()
    with pytest.raises(StoreUnavailableError):
        give_out_archive(archive, membership=member("priya"))
    assert AccessLog.objects.count() == before


def test_who_stops_reading_gets_no_valid_zip_and_leaves_nothing_open(world, tmp_path):
    documents = large(world, 2 * MB)
    path = str(Path(object_store().location) / documents[0].s3_key)
    chunks = give_out_archive(chosen(documents), membership=member("priya"))
    got = [next(chunks)]
    assert path in open_files()
    chunks.close()
    assert path not in open_files()
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(b"".join(got)))


def open_files():
    found = set()
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        try:
            found.add(os.readlink(f"/proc/self/fd/{name}"))  # noqa: PTH115
        except FileNotFoundError:  # the folder's own
            continue
    return found


def test_everybody_who_gets_it_is_in_the_log_before_the_first_byte(three, world):
    before = set(AccessLog.objects.values_list("pk", flat=True))
    chunks = give_out_archive(chosen(three), membership=member("priya"))
    (noted,) = AccessLog.objects.exclude(pk__in=before)
    assert (noted.action, noted.object_type, noted.user_id) == (
        *("download", "documents.document"),
        member("priya").user_id,
    )
    assert set(noted.object_ids) == {one.pk for one in three}
    assert noted.detail == {"patient": str(world.amal.pk), "archive": True}
    b"".join(chunks)
    assert AccessLog.objects.exclude(pk__in=before).count() == 1


def test_a_patient_has_the_documents_of_all_their_records(three, world):
    upload(world, owner=world.petras, who="paul")
    trashed = upload(world, TEXT, name="old.csv")
    trash_document(membership=member("priya"), document=trashed)
    own = upload(world, TEXT, name="letter.csv", owner=world.amal, slug="patients")
    archive = archive_of_patient(membership=member("priya"), patient_id=world.amal.pk)
    assert {entry.file.id for entry in archive.entries} == {own.pk, *(one.pk for one in three)}
    folders = {entry.place.rpartition("/")[0] for entry in archive.entries}
    assert folders == {
        folder(world.blood),
        folder(world.urine),
        folder(world.amal, "Patients"),
    }
    assert not any("Amal" in place or "Haddad" in place for place in folders)


def test_of_a_patient_without_documents_there_is_none(world):
    with pytest.raises(NothingToArchiveError):
        archive_of_patient(membership=member("priya"), patient_id=world.amal.pk)


@pytest.mark.parametrize("state", ["pending", "verifying", "trashed", "quarantined", "purged"])
def test_only_available_documents_are_given_out(world, state):
    good = upload(world)
    stamp = good.uploaded_at
    row(world, state=state, trashed_at=stamp, purge_after=stamp)
    other = Document.objects.get(state=state)
    archive = archive_of_patient(membership=member("priya"), patient_id=world.amal.pk)
    assert [entry.file.id for entry in archive.entries] == [good.pk]
    with pytest.raises(NotFoundError):
        chosen([good, other])


def test_what_its_kind_does_not_give_out_is_named(world, monkeypatch):
    documents = [
        upload(world),
        upload(world, TEXT, owner=world.amal, slug="patients", name="a.csv"),
    ]
    policy = policy_for_slug("lab-results")
    was = policy.operations
    object.__setattr__(policy, "operations", frozenset({"upload"}))
    try:
        before = set(AccessLog.objects.values_list("pk", flat=True))
        found = made(documents)
    finally:
        object.__setattr__(policy, "operations", was)
    told = manifest_of(found)
    assert [(one["id"], one["reason"]) for one in told["left_out"]] == [
        (str(documents[0].pk), "operation_not_allowed")
    ]
    assert found.namelist() == ["a.csv", INCOMPLETE, MANIFEST]
    (noted,) = AccessLog.objects.exclude(pk__in=before)
    assert noted.object_ids == [documents[1].pk]


def test_too_many_or_too_much_is_refused_before_the_rows_are_read(world, monkeypatch):
    documents = [upload(world), upload(world, TEXT, name="b.csv")]
    amal = {"membership": member("priya"), "patient_id": world.amal.pk}
    size = sum(one.file_size for one in documents)
    monkeypatch.setattr(archives, "MAX_FILES", 2)
    monkeypatch.setattr(archives, "MAX_SIZE", size)
    assert len(archive_of_patient(**amal).entries) == len(chosen(documents).entries) == 2
    for limit, value in (("MAX_FILES", 1), ("MAX_SIZE", size - 1)):
        with monkeypatch.context() as tight:
            tight.setattr(archives, limit, value)
            for refused in (lambda: archive_of_patient(**amal), lambda: chosen(documents)):
                with pytest.raises(ArchiveTooLargeError) as caught:
                    refused()
                assert (caught.value.status, caught.value.code) == (422, "archive_too_large")
                assert caught.value.extra["files"] == 2
                assert caught.value.extra["size"] == size


def test_more_files_cost_no_more_queries(world):
    def cost(documents):
        with CaptureQueriesContext(connection) as queries:
            made(documents)
        return len(queries)

    few = [upload(world), upload(world, TEXT, owner=world.urine, name="b.csv")]
    many = [*few, *(row(world, object_id=owner.pk) for owner in (world.blood, world.urine) * 150)]
    cost(few)  # the kinds of records are looked up once a process
    assert cost(many) == cost(few)


NAMES = [
    "検査.pdf",
    "e\u0301te\u0301.pdf",
    "con.pdf",
    "a:b?.pdf",
    "x" * 255,
    "..\\up.pdf",
    "🩺.pdf",
]


def test_every_unpacker_at_hand_takes_it(stored, world, tmp_path):
    documents = []
    for number, name in enumerate(NAMES):
        owner = world.urine if number % 2 else world.blood
        document = upload(world, TEXT + bytes([65 + number]), name=f"{number}.csv", owner=owner)
        Document.objects.filter(pk=document.pk).update(original_filename=name)
        documents.append(document)
    chunks = give_out_archive(chosen(documents), membership=member("priya"))
    path = tmp_path / "documents.zip"
    path.write_bytes(b"".join(chunks))
    commands = {
        "python": [sys.executable, "-m", "zipfile", "-e", str(path), "."],
        "unzip": ["unzip", "-q", str(path)],
        "bsdtar": ["bsdtar", "-xf", str(path)],
        "7z": ["7z", "x", "-bd", str(path)],
    }
    for program, command in commands.items():
        if program != "python" and shutil.which(program) is None:
            continue  # not on this machine; Python's own is, always
        out = tmp_path / program
        out.mkdir()
        env = {**os.environ, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(command, cwd=out, env=env, capture_output=True, check=False)
        assert done.returncode == 0, (program, done.stderr)
        told = json.loads((out / MANIFEST).read_text())
        on_disk = {one.relative_to(out).as_posix() for one in out.rglob("*") if one.is_file()}
        assert on_disk == {MANIFEST, *(entry["name"] for entry in told["files"])}, program
        assert {one["original_name"] for one in told["files"]} == set(NAMES)
        for entry in told["files"]:
            assert hashlib.sha256((out / entry["name"]).read_bytes()).hexdigest() == entry["sha256"]


def test_the_stores_of_these_tests_are_what_they_say(stored):
    expected = "FileSystemObjectStore" if stored == "folder" else "S3ObjectStore"
    assert type(storages["documents"]).__name__ == expected
