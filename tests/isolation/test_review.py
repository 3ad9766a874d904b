"""Ways round the policies that somebody found, each closed."""

import json

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from accounts.audit.models import AccessLog
from accounts.models import Domain, Membership
from documents.models import Document, DocumentState
from medical_records.models import LabResult
from patients.models import Guardian, Patient
from patients.services.patients import update_patient
from tests.conftest import member
from tests.isolation.conftest import attach


@pytest.fixture
def petra(in_alpha):
    """A patient of Paul's, whom Priya does not see."""
    return Patient.objects.create(first_name="Petra", last_name="Hidden", clinician=member("paul"))


def anna():
    return Patient.objects.create(first_name="Anna", last_name="Seen", clinician=member("priya"))


def guardian_form(patient):
    return {
        "patient": str(patient.pk),
        "user": str(member("pat").user_id),
        "relationship": "parent",
        "is_active": "on",
    }


def test_nobody_makes_a_guardian_of_a_patient_they_do_not_see(petra, client_of):
    seen = anna()
    client = client_of("priya")
    for patient in (petra, seen):
        client.post("/admin/patients/guardian/add/", guardian_form(patient))
    assert list(Guardian.objects.values_list("patient_id", flat=True)) == [seen.pk]


@pytest.mark.parametrize(
    "page", ["medical_records/labresult", "documents/imagebatch", "patients/guardian"]
)
def test_forms_show_no_name_of_an_unseen_patient(petra, client_of, page):
    address = f"/admin/{page}/add/?patient={petra.pk}"
    assert "Petra" not in client_of("priya").get(address).content.decode()
    assert "Petra" in client_of("paul").get(address).content.decode()


def test_a_clinician_who_has_left_stays_until_somebody_decides(petra, client_of):
    ada = member("ada")
    Membership.objects.filter(pk=member("paul").pk).update(is_active=False)
    changed = update_patient(membership=ada, patient=petra, address="1 New Street")
    assert changed.clinician_id == petra.clinician_id
    client = client_of("ada")
    page = client.get(f"/admin/patients/patient/{petra.pk}/change/").context_data
    form = page["adminform"].form
    assert petra.clinician_id in {row.pk for row in form.fields["clinician"].queryset}


def test_patients_do_not_learn_who_else_is_one(in_alpha, client_of):
    Patient.objects.create(first_name="O", last_name="Ther", email="other@mail.test")
    own = Patient.objects.create(first_name="P", last_name="At", user=member("pat").user)
    answers = {
        email: client_of("pat").patch(
            f"/api/v1/patients/{own.pk}",
            json.dumps({"email": email}),
            content_type="application/json",
        )
        for email in ("other@mail.test", "nobody@mail.test")
    }
    assert {answer.status_code for answer in answers.values()} == {403}
    assert len({answer.content for answer in answers.values()}) == 1


def test_the_trash_is_for_who_may_restore(petra, client_of):
    Patient.objects.filter(pk=petra.pk).update(user=member("pat").user_id)
    assert client_of("pat").get("/api/v1/files/trash").status_code == 403
    assert client_of("paul").get("/api/v1/files/trash").status_code == 200


def test_a_login_address_is_not_shown_as_a_name(petra, client_of):
    document = attach(petra, by=member("ada"))
    user = member("ada").user
    user.name = ""
    user.save()
    body = client_of("paul").get(f"/api/v1/files/{document.pk}").content.decode()
    assert "ada@alpha.test" not in body
    assert '"Staff"' in body


def logged(client, call):
    before = set(AccessLog.objects.values_list("pk", flat=True))
    call(client)
    return {
        (entry.object_type, entry.action, str(pk))
        for entry in AccessLog.objects.exclude(pk__in=before)
        for pk in entry.object_ids
    }


def test_suggestions_inlines_and_confirmations_are_in_the_access_log(petra, client_of):
    paul = client_of("paul")
    result = LabResult.objects.create(patient=petra, test_name="TSH")
    document = attach(result, by=member("ada"))
    suggest = (
        "/admin/autocomplete/?term=Petra&app_label=medical_records&model_name=labresult"
        "&field_name=patient"
    )
    page = f"/admin/medical_records/labresult/{result.pk}"
    with tenant_context(member("ada").account):
        found = [
            logged(paul, lambda client: client.get(suggest)),
            logged(paul, lambda client: client.get(f"{page}/change/")),
            logged(paul, lambda client: client.get(f"{page}/delete/")),
        ]
    assert found == [
        {("patients.patient", "list", str(petra.pk))},
        {
            ("medical_records.labresult", "view", str(result.pk)),
            ("documents.document", "list", str(document.pk)),
        },
        {("medical_records.labresult", "view", str(result.pk))},
    ]


def test_a_record_is_not_removed_under_an_upload(petra, client_of):
    from accounts.errors import NotFoundError

    result = LabResult.objects.create(patient=petra, test_name="TSH")
    LabResult.objects.filter(pk=result.pk).delete()
    with pytest.raises(NotFoundError):
        attach(result, by=member("ada"))
    assert Document.objects.count() == 0


def test_a_rejected_upload_does_not_keep_its_record_for_ever(petra, client_of):
    result = LabResult.objects.create(patient=petra, test_name="TSH")
    document = attach(result, by=member("ada"))
    address = f"/api/v1/lab-results/{result.pk}"
    client = client_of("ada")
    assert client.delete(address).json()["code"] == "has_documents"
    Document.objects.filter(pk=document.pk).update(state=DocumentState.REJECTED)
    assert client.delete(address).status_code == 204


def test_files_of_a_batch_belong_to_it(petra, client_of):
    client = client_of("paul")
    made = client.post(
        "/api/v1/image-batches",
        {"patient_id": str(petra.pk), "name": "visit", "taken_on": "2026-11-20"},
        content_type="application/json",
    ).json()
    from tests.documents.corpus import GOOD

    photo = next(u for u in GOOD if u.name.endswith(".jpg"))
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = client.post(
        f"/api/v1/image-batches/{made['id']}/files",
        {"file": SimpleUploadedFile("foot.jpg", photo.build(), "image/jpeg")},
    )
    assert sent.status_code == 201, sent.content
    with tenant_context(member("ada").account):
        document = Document.objects.get(pk=sent.json()["id"])
        assert str(document.batch_id) == made["id"]
        assert f"/patients/images/{petra.pk}/{made['id']}/" in document.s3_key


@pytest.mark.logs_errors  # Django notes a forbidden lookup as a security event
@pytest.mark.parametrize(
    "query",
    [
        "original_filename__regex=(",
        "status=%00",
        "category=%00",
        "tags__contains={",
        "metadata__a=%00",
        "uploaded_at__year=99999999999",
    ],
)
def test_hostile_lookups_in_admin_addresses_are_turned_away(in_alpha, client_of, query):
    client = client_of("priya")
    client.raise_request_exception = False
    answer = client.get(f"/admin/documents/document/?{query}")
    assert answer.status_code in {302, 400}
    assert client.get("/admin/documents/document/?category=result").status_code == 200


@pytest.mark.parametrize("value", ["zz", "%00"])
def test_hostile_ids_in_admin_addresses_are_turned_away(in_alpha, client_of, value):
    client = client_of("priya")
    client.raise_request_exception = False
    page = "/admin/medical_records/labresult/add/"
    assert client.get(f"{page}?patient={value}").status_code in {200, 302}
    suggest = (
        f"/admin/autocomplete/?term={value}&app_label=medical_records&model_name=labresult"
        "&field_name=patient"
    )
    assert client.get(suggest).status_code in {200, 400}
    assert client.get("/admin/r/7/not-a-uuid/").status_code == 404


def platform_form(account, domains, prefix="domains"):
    rows = list(account.domains.all())
    data = {
        "name": account.name,
        "status": account.status,
        "provider_scope": account.provider_scope,
        "time_zone": account.time_zone,
        "locale": account.locale,
        f"{prefix}-TOTAL_FORMS": str(len(rows) + len(domains)),
        f"{prefix}-INITIAL_FORMS": str(len(rows)),
    }
    for number, row in enumerate(rows):
        data |= {
            f"{prefix}-{number}-id": str(row.pk),
            f"{prefix}-{number}-tenant": str(account.pk),
            f"{prefix}-{number}-domain": row.domain,
            f"{prefix}-{number}-is_primary": "on",
        }
    for number, domain in enumerate(domains, start=len(rows)):
        data |= {f"{prefix}-{number}-tenant": str(account.pk), f"{prefix}-{number}-domain": domain}
    return data


def test_the_platform_takes_sound_host_names_only(alpha, root_client):
    address = f"/admin/accounts/account/{alpha.pk}/change/"
    for bad in ("localhost", "http://x y/", "beta.localhost"):
        root_client.post(address, platform_form(alpha, [bad]))
    root_client.post(address, platform_form(alpha, ["Second.Alpha.Example"]))
    connection.set_schema_to_public()
    assert set(Domain.objects.filter(tenant=alpha).values_list("domain", flat=True)) == {
        "alpha.localhost",
        "second.alpha.example",
    }


@pytest.fixture
def root_client(db):
    from django.test import Client

    from accounts.models import User

    client = Client(HTTP_HOST="localhost")
    client.force_login(
        User.objects.get(email="root@platform.test"),
        backend="accounts.backends.MembershipBackend",
    )
    return client


def test_a_membership_never_changes_hands(alpha, root_client):
    paul = member("paul")
    root_client.post(
        f"/admin/accounts/membership/{paul.pk}/change/",
        {"account": str(alpha.pk), "user": str(member("ada").user_id), "role": "admin"},
    )
    connection.set_schema_to_public()
    paul.refresh_from_db()
    assert (paul.user.email, paul.role) == ("paul@alpha.test", "admin")
