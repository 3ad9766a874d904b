"""The documents of records: what each kind accepts, at the addresses that clients know."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import MULTIPART_CONTENT

from tests.documents.corpus_pdf import minimal
from tests.medical_records.helpers import ids, made, send

MB = 1024 * 1024
PAPERS = "pdf doc docx jpg jpeg png"
CLINICAL = "pdf jpg jpeg png tiff dcm txt csv xml json doc docx xls xlsx"
LETTERS = "referral report letter consent identification correspondence other"
EVERYTHING = "upload download delete preview"
#                 extensions, MB, files, categories (the first is the default), operations
TABLE = {
    "lab-results": (
        "pdf jpg jpeg png tiff bmp gif txt csv xml json doc docx xls xlsx",
        *(10, 10, "result report image document", EVERYTHING),
    ),
    "insurances": (PAPERS, 5, 5, "card policy claim eob correspondence", "upload download delete"),
    "visits": (
        f"{PAPERS} txt",
        *(15, 8, "summary referral prescription test_order correspondence", EVERYTHING),
    ),
    "procedures": (
        f"{PAPERS} dcm",
        *(20, 12, "consent report image instructions billing", EVERYTHING),
    ),
    "medical-records": (
        CLINICAL,
        *(50, 50, "note result image prescription referral correspondence other", EVERYTHING),
    ),
    "patients": (f"{CLINICAL} heic webp", 50, None, LETTERS, EVERYTHING),
    "messages": (
        "jpg jpeg png gif webp heic bmp tiff pdf txt",
        20,
        10,
        "picture document other",
        "upload download delete preview",
    ),
    "image-batches": (
        "jpg jpeg png tiff heic webp dcm",
        *(50, 200, "clinical_photo scan xray other", EVERYTHING),
    ),
    "referrers": (PAPERS, 20, None, "agreement correspondence other", EVERYTHING),
    "companies": (PAPERS, 20, None, "agreement correspondence other", EVERYTHING),
    "coordinators": (PAPERS, 20, None, "agreement correspondence other", EVERYTHING),
    "at-reports": ("pdf", 50, None, "report", "download preview"),
}
BODIES = {
    "visits": {"started_at": "2026-11-02T01:30:00Z"},
    "procedures": {"name": "Cast", "performed_at": "2026-11-02T01:30:00Z"},
    "insurances": {"company": "Harbour Health", "member_id": "7"},
    "medical-records": {"visit_date": "2026-11-02T01:30:00Z"},
}


def test_the_policies_are_those_of_the_table(client_of):
    served = client_of("priya").get("/api/v1/document-policies").json()
    assert {
        one["slug"]: (
            set(one["extensions"]),
            one["max_size"],
            one["max_files"],
            one["categories"],
            set(one["operations"]),
        )
        for one in served
    } == {
        slug: (
            {f".{extension}" for extension in extensions.split()},
            size * MB,
            files,
            categories.split(),
            set(operations.split()),
        )
        for slug, (extensions, size, files, categories, operations) in TABLE.items()
    }


@pytest.fixture(params=BODIES)
def record(request, client_of, people):
    """A record of each kind: its slug and the address of its files."""
    body = {**BODIES[request.param], "patient_id": str(people["anna"].pk)}
    kept = made(client_of("priya"), f"/api/v1/{request.param}", body)
    return request.param, f"/api/v1/{request.param}/{kept['id']}/files"


def attach(client, path, name="scan.pdf", **more):
    declared = "application/pdf" if name.endswith(".pdf") else "text/csv"
    content = minimal() if name.endswith(".pdf") else b"a;b\n1;2\n"
    file = SimpleUploadedFile(name, content, content_type=declared)
    return client.post(path, {"file": file, **more}, MULTIPART_CONTENT)


def test_a_document_is_attached_and_read(client_of, record):
    slug, path = record
    priya = client_of("priya")
    categories = TABLE[slug][3].split()
    first = attach(priya, path)
    assert (first.status_code, first.json()["category"]) == (201, categories[0])
    last = attach(priya, path, category=categories[-1], description="Second")
    assert (last.status_code, last.json()["category"]) == (201, categories[-1])
    assert set(ids(priya, path)) == {first.json()["id"], last.json()["id"]}
    got = priya.get(f"/api/v1/files/{last.json()['id']}/download", follow=True)
    assert b"".join(got.streaming_content) == minimal()
    refused = attach(priya, path, category="poem")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "category")
    assert client_of("paul").get(path).status_code == 404
    assert attach(client_of("paul"), path).status_code == 404
    assert len(ids(priya, path)) == 2


def test_what_the_kind_does_not_take_is_refused(client_of, record):
    slug, path = record
    priya = client_of("priya")
    answer = attach(priya, path, "table.csv")
    if "csv" in TABLE[slug][0].split():
        assert answer.status_code == 201
        answer = attach(priya, path, "table.exe")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "file")
    assert attach(priya, path).status_code == 201


def test_there_are_no_more_files_than_the_kind_allows(client_of, record):
    slug, path = record
    most = TABLE[slug][2]
    priya = client_of("priya")
    for _ in range(most):
        assert attach(priya, path).status_code == 201
    refused = attach(priya, path)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_files")
    assert str(most) in refused.json()["detail"]
    spare = ids(priya, path)[0]
    assert send(priya, "DELETE", f"/api/v1/files/{spare}").status_code == 204
    assert attach(priya, path).status_code == 201
    assert len(ids(priya, path, page_size=100)) == most


@pytest.mark.parametrize(("slug", "code"), [("insurances", 413), ("visits", 201)])
def test_a_file_of_more_than_5_mb_is_too_much_for_an_insurance(client_of, people, slug, code):
    priya = client_of("priya")
    body = {**BODIES[slug], "patient_id": str(people["anna"].pk)}
    path = f"/api/v1/{slug}/{made(priya, f'/api/v1/{slug}', body)['id']}/files"
    whole = minimal()
    content = whole + b"\n%" + b"x" * 5 * MB + b"\n" + whole[whole.rindex(b"startxref") :]
    file = SimpleUploadedFile("scan.pdf", content, content_type="application/pdf")
    answer = priya.post(path, {"file": file}, MULTIPART_CONTENT)
    assert answer.status_code == code, answer.content[:300]
    assert len(ids(priya, path)) == (1 if code == 201 else 0)
