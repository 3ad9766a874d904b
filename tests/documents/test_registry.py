"""Which models carry documents: declared once, refused otherwise."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.checks import run_checks

from accounts.models import Membership
from documents.checks import check_policies
from documents.keys import patient_document_key
from documents.models import Document
from documents.registry import (
    MB,
    DocumentPolicy,
    PolicyError,
    all_policies,
    policy_for_model,
    policy_for_slug,
    register,
    unregister,
)
from patients.models import Guardian, Patient
from patients.policies import guardians_visible_to
from tests.conftest import member
from tests.documents.helpers import assert_problem, send

# All that a new model needs.
GUARDIANS = DocumentPolicy(
    slug="guardians",
    model="patients.Guardian",
    extensions=(".pdf",),
    max_size=1 * MB,
    max_files=2,
    categories=("mandate", "other"),
    key=patient_document_key,
    visible_to=guardians_visible_to,
)


@pytest.fixture
def guardians():
    yield register(GUARDIANS)
    unregister("guardians")


def test_a_new_model_carries_documents_by_its_policy_alone(guardians, world, priya, client_of):
    gina = Guardian.objects.create(user_id=member("gina").user_id, patient=world.amal)
    other = Guardian.objects.create(user_id=member("gina").user_id, patient=world.petra)
    url = f"/api/v1/guardians/{gina.pk}/files"

    made = send(priya, url).json()

    assert (made["entity_type"], made["entity_id"], made["patient_id"], made["category"]) == (
        "guardians",
        str(gina.pk),
        str(world.amal.pk),
        "mandate",
    )
    assert made["s3_key"] == f"alpha/patients/documents/{world.amal.pk}/{made['id']}.pdf"
    assert [one["id"] for one in priya.get(url).json()["results"]] == [made["id"]]
    asked = {"entity_type": "guardian", "entity_ids": [str(gina.pk), str(other.pk)]}
    counts = priya.post("/api/v1/files/batch-counts", asked, content_type="application/json")
    assert counts.json() == {"counts": {str(gina.pk): 1, str(other.pk): 0}}
    back = priya.get(made["download_url"])
    assert back["Content-Type"] == "application/pdf"
    assert_problem(send(priya, url, name="a.png"), 400, "extension_not_allowed", "file")
    assert send(priya, url).status_code == 201
    assert_problem(send(priya, url), 409, "too_many_files", "file")
    assert_problem(send(priya, f"/api/v1/guardians/{other.pk}/files"), 404, "not_found")
    assert "guardians" in {one["slug"] for one in priya.get("/api/v1/document-policies").json()}


def test_without_a_policy_there_is_nothing(world, priya):
    gina = Guardian.objects.create(user_id=member("gina").user_id, patient=world.amal)
    assert_problem(send(priya, f"/api/v1/guardians/{gina.pk}/files"), 404, "not_found")
    with pytest.raises(PolicyError):
        policy_for_model(Guardian)
    with pytest.raises(PolicyError):
        policy_for_model(gina)
    assert policy_for_slug("guardians") is None
    assert policy_for_model(world.amal) == policy_for_model(Patient) == policy_for_slug("patients")
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"slug": "others"},
        {"model": "patients.Patient"},
        {"model": "accounts.User", "slug": "patients"},
    ],
    ids=["same model", "model has one", "same slug"],
)
def test_a_second_policy_is_refused(change, guardians):
    before = list(all_policies())
    with pytest.raises(PolicyError):
        register(replace(GUARDIANS, **change))
    assert list(all_policies()) == before


@pytest.mark.parametrize(
    "change",
    [
        {"categories": ()},
        {"extensions": ()},
        {"operations": frozenset({"upload", "fly"})},
        {"link_ttl": timedelta(days=7, seconds=1)},
        {"link_ttl": timedelta(0)},
    ],
    ids=["no category", "no extension", "unknown operation", "endless links", "dead links"],
)
def test_a_policy_that_makes_no_sense_is_refused(change):
    with pytest.raises(PolicyError):
        register(replace(GUARDIANS, **change))
    assert policy_for_slug("guardians") is None
    assert register(GUARDIANS) is policy_for_slug("guardians")
    unregister("guardians")


@pytest.mark.parametrize(
    ("change", "ident", "named"),
    [
        ({"extensions": (".pdf", ".exe")}, "documents.E001", ".exe"),
        ({"retention": "a while"}, "documents.E002", "a while"),
    ],
    ids=["extension", "retention"],
)
def test_the_system_check_names_what_cannot_work(change, ident, named):
    assert check_policies() == []
    register(replace(GUARDIANS, **change))
    try:
        found = [problem for problem in run_checks() if problem.id.startswith("documents.")]
    finally:
        unregister("guardians")
    assert [problem.id for problem in found] == [ident]
    assert "guardians" in found[0].msg
    assert named in found[0].msg


@pytest.mark.parametrize(
    ("slug", "found"),
    [
        ("lab-results", "lab-results"),
        ("lab-result", "lab-results"),
        ("company", "companies"),
        ("image-batch", "image-batches"),
        ("patient", "patients"),
        ("Patients", None),
        ("", None),
        ("s", None),
    ],
)
def test_a_slug_may_be_singular(slug, found):
    policy = policy_for_slug(slug)
    assert (policy.slug if policy else None) == found


PAPERS = "pdf doc docx jpg jpeg png"
CLINICAL = "pdf jpg jpeg png tiff dcm txt csv xml json doc docx xls xlsx"
ALL = "upload download delete preview"
# slug: extensions, megabytes, files, categories, operations
TABLE = {
    "lab-results": (
        "pdf jpg jpeg png tiff bmp gif txt csv xml json doc docx xls xlsx",
        10,
        10,
        "result report image document",
        ALL,
    ),
    "patients": (
        f"{CLINICAL} heic webp",
        50,
        None,
        "referral report letter consent identification correspondence other",
        ALL,
    ),
    "image-batches": (
        "jpg jpeg png tiff heic webp dcm",
        50,
        200,
        "clinical_photo scan xray other",
        ALL,
    ),
    "referrers": (PAPERS, 20, None, "agreement correspondence other", ALL),
    "companies": (PAPERS, 20, None, "agreement correspondence other", ALL),
    "coordinators": (PAPERS, 20, None, "agreement correspondence other", ALL),
}


@pytest.mark.parametrize("slug", TABLE)
def test_the_rules_that_clients_read(slug, world, priya):
    extensions, size, files, categories, operations = TABLE[slug]
    policies = {one["slug"]: one for one in priya.get("/api/v1/document-policies").json()}
    policy = policies[slug]
    assert set(policy["extensions"]) == {f".{name}" for name in extensions.split()}
    assert (policy["max_size"], policy["max_files"]) == (size * MB, files)
    assert policy["categories"] == categories.split()  # in this order: the first is the default
    assert set(policy["operations"]) == set(operations.split())
    assert list(policies) == sorted(policies)


def test_links_to_clinical_documents_live_a_quarter_of_an_hour(world, priya):
    lives = {one["slug"]: one["link_ttl"] for one in priya.get("/api/v1/document-policies").json()}
    others = {"referrers", "companies", "coordinators", "insurances"}
    assert lives == {slug: 3600 if slug in others else 900 for slug in lives}
    assert others < lives.keys()


def test_the_rules_are_for_members(client_of):
    assert_problem(client_of(None).get("/api/v1/document-policies"), 401, "not_authenticated")
    answer = client_of("pat").get("/api/v1/document-policies")
    assert {one["slug"] for one in answer.json()} >= set(TABLE)


def test_an_operators_limit_is_what_clients_read(world, priya, settings):
    settings.DOCUMENT_MAX_SIZES = {"patients": 100 * MB}
    policies = {one["slug"]: one for one in priya.get("/api/v1/document-policies").json()}
    assert policies["patients"]["max_size"] == 100 * MB
    assert policies["lab-results"]["max_size"] == 10 * MB


@pytest.mark.parametrize("operation", ["upload", "download", "delete"])
def test_what_the_policy_leaves_out_nobody_may_do(operation, world, priya):
    gina = Guardian.objects.create(user_id=member("gina").user_id, patient=world.amal)
    url = f"/api/v1/guardians/{gina.pk}/files"
    register(GUARDIANS)
    document = send(priya, url).json()
    unregister("guardians")
    calls = {
        "upload": lambda: send(priya, url),
        "download": lambda: priya.get(document["download_url"]),
        "delete": lambda: priya.delete(f"/api/v1/files/{document['id']}"),
    }
    register(replace(GUARDIANS, operations=GUARDIANS.operations - {operation}))
    try:
        assert_problem(calls[operation](), 403, "operation_not_allowed")
    finally:
        unregister("guardians")
    register(GUARDIANS)
    try:
        assert (
            calls[operation]().status_code
            == {"upload": 201, "download": 200, "delete": 204}[operation]
        )
    finally:
        unregister("guardians")


def test_a_policy_says_whose_patient_it_is(world):
    assert isinstance(member("priya"), Membership)
    owners = {"patients": world.amal, "lab-results": world.blood}
    found = {slug: policy_for_slug(slug).patient_id_of(owner) for slug, owner in owners.items()}
    assert found == dict.fromkeys(owners, world.amal.pk)
    assert policy_for_slug("companies").patient_id_of(world.amal) is None
