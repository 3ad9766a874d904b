"""Old objects that no row names become documents of the records that a list names."""

import json

import pytest

from documents.models import Document, ImageBatch
from jobs.models import Job, SourceLink
from patients.models import Company, Referrer
from tests.documents.restructure.helpers import (
    bytes_of,
    delete_old,
    everything,
    failures,
    get_raw,
    keys,
    old_document,
    put_raw,
    remove_raw,
    restructure,
    rollback,
    unowned,
    write_map,
)
from tests.documents.verify.helpers import assert_sound, body, sha, verify


@pytest.fixture
def batch(world):
    return ImageBatch.objects.create(patient=world.amal, name="visit", taken_on="2024-11-09")


@pytest.fixture
def lines(stored, world, batch):
    """An old bucket of five objects, four of them named by the old system's list."""
    company = Company.objects.create(name="Harbour")
    referrer = Referrer.objects.create(first_name="R", last_name="R", company=company)
    photo = corpus_png()
    for key, content in (
        ("documents/letter of Amal.txt", body(1)),
        ("images/9f/1.png", photo),
        ("mms/outbound/3.txt", body(3)),
        ("4.png", photo),
        ("documents/nobodys.txt", body(9)),
    ):
        put_raw(key, content)
    patient = {"slug": "patients", "owner_id": world.amal.pk}
    return [
        {
            **patient,
            "old_key": "documents/letter of Amal.txt",
            "file_name": "Brief.txt",
            "category": "letter",
            "description": "to the GP",
            "document_date": "2024-03-02",
            "uploaded_at": "2024-03-04T10:00:00+11:00",
            "sha256": sha(body(1)).upper(),
            "size": len(body(1)),
        },
        {"old_key": "images/9f/1.png", "slug": "image-batch", "owner_id": batch.pk},
        {"old_key": "mms/outbound/3.txt", **patient},
        {"old_key": "4.png", "slug": "referrers", "owner_id": referrer.pk},
    ]


def corpus_png():
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


def test_each_becomes_a_document_and_is_taken_back(lines, world, batch, tmp_path):
    before = everything()
    path = write_map(tmp_path / "map.csv", *lines)
    looked = restructure(apply=False, map=path)
    assert looked.counts == {"imported": 4}
    assert unowned(looked) == {"documents": "no_owner"}
    assert (everything(), Document.objects.count()) == (before, 0)

    job = restructure(map=path)
    assert (job.state, job.counts) == ("failed", {"imported": 4})  # one is nobody's
    assert unowned(job) == {"documents": "no_owner"}
    assert job.report["unowned"] == {"documents": {"files": 1, "bytes": len(body(9))}}
    made = {one.original_filename: one for one in Document.objects.all()}
    letter, photo = made["Brief.txt"], made["1.png"]
    assert letter.s3_key == f"alpha/patients/documents/{world.amal.pk}/{letter.pk}.txt"
    assert photo.s3_key == f"alpha/patients/images/{world.amal.pk}/{batch.pk}/{photo.pk}.png"
    assert made["4.png"].s3_key.startswith("alpha/referrers/images/")
    assert (letter.category, letter.description) == ("letter", "to the GP")
    assert f"{letter.document_date} {letter.uploaded_at:%Y-%m-%dT%H:%MZ}" == (
        "2024-03-02 2024-03-03T23:00Z"
    )
    assert (bytes_of(letter), bytes_of(made["3.txt"])) == (body(1), body(3))
    assert {key: get_raw(key) for key in before} == before
    assert "Amal" not in "".join(key for key in keys() if key not in before)
    assert_sound(verify(), 4)

    again = restructure(map=path)  # the same work goes on; nothing is made twice
    assert (again.pk, Document.objects.count()) == (job.pk, 4)
    assert delete_old(job).counts == {"deleted": 4}
    assert set(before) & keys() == {"documents/nobodys.txt"}
    other = write_map(tmp_path / "again.csv", *lines)  # of another name, and nothing is read
    assert restructure(map=other).counts == {"already_there": 4}

    lines[2]["owner_id"] = world.petra.pk  # somebody has corrected it
    wrong = restructure(map=write_map(tmp_path / "corrected.csv", *lines))
    assert failures(wrong) == {"object mms/outbound/3.txt": "other_record"}

    assert rollback(job).counts == {"taken_back": 4}
    assert {key: get_raw(key) for key in before} == before
    assert set(Document.objects.values_list("state", flat=True)) == {"trashed"}
    assert restructure(map=path).counts == {"imported": 4}
    assert Document.objects.filter(state="available").count() == 4


def test_json_lines_and_ids_of_the_old_system(in_folder, world, tmp_path):
    put_raw("documents/1.txt", body(1))
    put_raw("documents/2.txt", body(2))
    job = Job.objects.create(kind="rollback")
    SourceLink.objects.create(
        source="legacy-old", source_id="patients:12", job=job,
        target_type="patients.patient", target_id=world.petra.pk,
    )  # fmt: skip
    lines = [
        {"old_key": "documents/1.txt", "slug": "patients", "owner_source": "legacy-old",
         "owner_id": "patients:12"},
        {"old_key": "documents/2.txt", "slug": "patients", "owner_source": "legacy-old",
         "owner_id": "patients:13"},
    ]  # fmt: skip
    path = tmp_path / "map.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    done = restructure(map=str(path))
    assert failures(done) == {"object documents/2.txt": "no_owner"}
    assert Document.objects.get().patient == world.petra


def test_bytes_of_a_document_that_is_here_already(in_folder, world, tmp_path):
    """The list may name a document here; its object is then what is missing."""
    one = old_document(world, 1, "documents/wrong.txt")
    put_raw("images/right.txt", body(1))
    remove_raw("documents/wrong.txt")
    path = write_map(tmp_path / "m.csv", {"old_key": "images/right.txt", "document_id": one.pk})
    job = restructure(map=path)
    assert failures(job) == {f"document {one.pk}": "missing"}
    assert bytes_of(one) == body(1)
    assert restructure(map=path).state == "succeeded"


# --- What cannot be, each with its reason --------------------------------------------------------


def test_each_reason_is_told_and_nothing_is_touched(in_folder, world, tmp_path, beta):
    from django_tenants.utils import tenant_context

    put = {key: body(n) for n, key in enumerate(("documents/twice.txt", "documents/size.txt",
           "documents/hash.txt", "documents/no-owner.txt", "documents/type.pdf",
           "documents/betas.txt", "documents/rows.txt", "beta/patients/documents/x.txt"))}  # fmt: skip
    for key, content in put.items():
        put_raw(key, content)
    row = old_document(world, 70, "documents/rows.txt", content=put["documents/rows.txt"])
    gone = old_document(world, 71)
    remove_raw(gone.s3_key)
    short = old_document(world, 72)
    put_raw(short.s3_key, body(72)[:-1])
    other = old_document(world, 73)
    put_raw(other.s3_key, body(73)[::-1])
    taken = old_document(world, 74)
    put_raw(taken.built, b"somebody else's")
    foreign = old_document(world, 75, "beta/patients/documents/y.txt")
    outside = old_document(world, 76, "uploads/76.txt")
    with tenant_context(beta):
        from patients.models import Patient

        theirs = type("World", (), {"amal": Patient.objects.create(first_name="B", last_name="B")})
        from tests.documents.restructure.helpers import flat_row

        flat_row(theirs, "documents/betas.txt", put["documents/betas.txt"])
    patient = {"slug": "patients", "owner_id": world.amal.pk}
    nowhere = {"slug": "patients", "owner_id": world.blood.pk}
    path = write_map(
        tmp_path / "map.csv",
        {"old_key": "documents/twice.txt", **patient},
        {"old_key": "documents/twice.txt", **patient},
        {"old_key": "documents/rows.txt", **patient},
        {"old_key": "documents/size.txt", **patient, "size": 1},
        {"old_key": "documents/hash.txt", **patient, "sha256": "0" * 64},
        {"old_key": "documents/no-owner.txt", **nowhere},
        {"old_key": "documents/type.pdf", **patient},
        {"old_key": "documents/betas.txt", **patient},
        {"old_key": "documents/gone.txt", **patient},
        {"old_key": "beta/patients/documents/x.txt", **patient},
        {"old_key": "documents/../secret.txt", **patient},
        {"old_key": "/etc/passwd", **patient, "file_name": "x.txt"},
        {"old_key": "s3://other/documents/x.txt", **patient},
        {"old_key": "documents/a.txt", "document_id": world.amal.pk},
        {"old_key": "images/one.txt", "document_id": gone.pk},
        {"old_key": "images/two.txt", "document_id": gone.pk},
    )
    before, rows = everything(), list(Document.objects.order_by("pk").values())
    expected = {
        "object documents/twice.txt": "two_rows",
        "object documents/rows.txt": "two_rows",
        "object documents/size.txt": "wrong_size",
        "object documents/hash.txt": "wrong_hash",
        "object documents/no-owner.txt": "no_owner",
        "object documents/type.pdf": "type_mismatch",
        "object documents/betas.txt": "foreign_clinic",
        "object documents/gone.txt": "missing",
        "object beta/patients/documents/x.txt": "foreign_clinic",
        "object documents/../secret.txt": "outside",
        "object /etc/passwd": "outside",
        "object s3://other/documents/x.txt": "outside",
        "object documents/a.txt": "no_document",
        "object images/one.txt": "two_objects",
        "object images/two.txt": "two_objects",
        f"document {gone.pk}": "missing",
        f"document {short.pk}": "wrong_size",
        f"document {other.pk}": "wrong_hash",
        f"document {taken.pk}": "target_occupied",
        f"document {foreign.pk}": "foreign_clinic",
        f"document {outside.pk}": "outside",
    }
    looked = restructure(apply=False, map=path)
    assert failures(looked) == expected
    assert (everything(), list(Document.objects.order_by("pk").values())) == (before, rows)
    job = restructure(map=path)
    assert failures(job) == expected
    assert job.counts["moved"] == 1  # the one that is named twice moves for its row
    after = everything()
    assert {key: after[key] for key in before} == before
    assert bytes_of(row) == put["documents/rows.txt"]
    made = {key for key in after if key not in before}
    assert made == {row.built, SourceLink.objects.get().facts["backup"]}  # no copy for nothing
    with tenant_context(beta):
        assert Document.objects.get().s3_key == "documents/betas.txt"


def test_what_another_clinic_has_taken_is_not_taken_again_nor_deleted(
    in_folder, world, tmp_path, beta
):
    from django_tenants.utils import tenant_context

    from patients.models import Patient

    put_raw("documents/1.txt", body(1))
    put_raw("documents/2.txt", body(2))
    mine = {"slug": "patients", "owner_id": world.amal.pk}
    path = write_map(tmp_path / "a.csv", {"old_key": "documents/1.txt", **mine},
                     {"old_key": "documents/2.txt", **mine})  # fmt: skip
    job = restructure(map=path)
    with tenant_context(beta):
        patient = Patient.objects.create(first_name="B", last_name="B")
        theirs = {"slug": "patients", "owner_id": patient.pk}
        line = {"old_key": "documents/1.txt", **theirs}
        refused = restructure(map=write_map(tmp_path / "b.csv", line))
        assert failures(refused) == {"object documents/1.txt": "foreign_clinic"}
        # Beta's row names it all the same by now, as rows that were taken over do.
        from tests.documents.restructure.helpers import flat_row

        flat_row(type("W", (), {"amal": patient}), "documents/2.txt", body(2))
    gone = delete_old(job)
    assert gone.counts == {"deleted": 1, "foreign_clinic": 1}
    assert get_raw("documents/1.txt") is None
    assert get_raw("documents/2.txt") == body(2)
    assert "beta" not in json.dumps(gone.report) + str(list(gone.items.values()))


def test_a_clinic_that_is_called_like_an_old_folder(in_folder, world, monkeypatch, tmp_path):
    from accounts.models import Account

    Account.objects.filter(schema_name="beta").update(schema_name="documents")
    put_raw("documents/patients/1.txt", body(1))
    from documents.services.restructuring import claims

    query = claims._query
    monkeypatch.setattr(claims, "_query", lambda _: query(["alpha"]))  # beta's was not renamed
    line = {"old_key": "documents/patients/1.txt", "slug": "patients", "owner_id": world.amal.pk}
    job = restructure(map=write_map(tmp_path / "a.csv", line))
    assert failures(job) == {"object documents/patients/1.txt": "foreign_clinic"}
    assert unowned(job) == {}  # nor is it listed
