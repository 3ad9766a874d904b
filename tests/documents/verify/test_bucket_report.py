"""What is in the store, by folder and by how long it is kept."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django_tenants.utils import schema_context, tenant_context

from accounts.fields import uuid7
from documents.keys import ObjectKeyError, folder_of
from documents.models import Document
from documents.storage import StoreError
from documents.storage.filesystem import FileSystemObjectStore
from documents.storage.s3 import S3ObjectStore
from tests.documents.helpers import upload
from tests.documents.verify.helpers import body, put, settle

A = "01890a5d-ac96-774b-bcce-b302099a8057"
B = "01890a5d-ac96-774b-bcce-b302099a8058"


def report(*arguments, tenant="alpha"):
    out = StringIO()
    with schema_context("public"):
        call_command("bucket_report", "--tenant", tenant, *arguments, stdout=out)
    return out.getvalue()


def amounts(found):
    return {name: tuple(one.values()) for name, one in found.items()}


def test_files_and_bytes_by_folder_and_retention(documents, world, beta):
    pdf = upload(world)  # of a lab result
    Document.objects.filter(pk=documents[0].pk).update(retention="filemaker", state="trashed",
        trashed_at=documents[0].created_at, purge_after=documents[0].created_at)  # fmt: skip
    settle(documents[1], state="purged")
    put("alpha/by hand/x.txt", b"12345")
    put(f"alpha/system/temp/imports/{uuid7()}", b"123")
    put(f"alpha/sms/inbound/unmatched/{uuid7()}.jpg", b"1234567")
    with tenant_context(beta):
        put("beta/by hand/x.txt", b"not ours")
    found = json.loads(report("--json"))
    sizes = [len(body(n)) for n in range(6)]
    assert amounts(found["folders"]) == {
        "patients/documents": (6, sum(sizes)),
        "patients/lab-results": (1, pdf.file_size),
        "system/temp/imports": (1, 3),
        "sms/inbound": (1, 7),
        "(other keys)": (1, 5),
    }
    assert amounts(found["retention"]) == {
        "clinical": (5, sum(sizes[2:]) + pdf.file_size),
        "filemaker": (1, sizes[0]),
        "(purged or rejected)": (1, sizes[1]),
        "(no document)": (1, 3),
        "(orphan)": (2, 12),
    }
    assert tuple(found["orphans"].values()) == (2, 12)
    assert tuple(found["total"].values()) == (10, sum(sizes) + pdf.file_size + 15)
    assert found["tenant"] == "alpha"


def test_the_table_says_the_same(documents):
    put("alpha/x.txt", b"1" * 1024 * 1024)
    Document.objects.filter(pk=documents[0].pk).update(retention="image")
    lines = [line.split() for line in report().splitlines()]
    assert ["patients/documents", "6", "0.00"] in lines
    assert ["(other", "keys)", "1", "1.00"] in lines
    assert ["clinical", "5", "0.00"] in lines
    assert ["all", "7", "1.00"] in lines
    assert ["orphans", "1", "1.00"] in lines


def test_an_empty_clinic(documents, beta):
    found = json.loads(report("--json", tenant="beta"))
    assert found["total"] == {"files": 0, "bytes": 0}
    assert found["folders"] == {}


def test_a_clinic_that_is_none_and_a_store_that_is_away(documents, monkeypatch):
    with pytest.raises(CommandError) as refused:
        report(tenant="nobody")
    assert refused.value.returncode == 2

    def away(self, prefix):
        raise StoreError("The store cannot be reached.")

    for store in (FileSystemObjectStore, S3ObjectStore):
        monkeypatch.setattr(store, "keys", away)
    with pytest.raises(CommandError, match="Try again when") as refused:
        report()
    assert refused.value.returncode == 1


@pytest.mark.parametrize(
    ("key", "folder"),
    [
        (f"alpha/patients/documents/{A}/{B}.pdf", "patients/documents"),
        (f"alpha/patients/images/{A}/{B}/{A}.jpg", "patients/images"),
        (
            f"alpha/patients/filemaker-import/images/clinical-photos/{A}/left-dorsal/9.jpg",
            "patients/filemaker-import/images/clinical-photos",
        ),
        (f"alpha/medical-records/2024/11/{A}/{B}.pdf", "medical-records"),
        (f"alpha/sms/outbound/{A}/{B}-2.jpg", "sms/outbound"),
        ("alpha/system/backups/2024/all.zip", "system/backups"),
        ("alpha/archive/patients/x.pdf", "archive/patients"),
    ],
)
def test_a_keys_folder(key, folder):
    assert folder_of(key) == folder


@pytest.mark.parametrize("key", ["alpha/x.txt", "alpha/", "", "alpha/patients/documents/../x.pdf"])
def test_what_is_no_key_has_no_folder(key):
    with pytest.raises(ObjectKeyError):
        folder_of(key)
