"""Every page of the clinic's admin, found from its registry: who sees it, and at what cost."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tenants.utils import tenant_context

from accounts.audit.models import AccessAction, AccessLog
from accounts.fields import uuid7
from accounts.models import Account
from accounts.roles import Role
from accounts.services.members import add_member
from documents.models import ArchiveFile, Erasure, ImageBatch
from filemaker.models import Area, FileMakerRecord
from invites.services.sending import InviteOptions, generate_invite
from jobs.models import Job
from medical_records.models import LabResult
from patients.models import Company, Coordinator, Guardian, Patient, Referrer
from sms_integration.models import Conversation, InboundMedia, Message
from tests.conftest import member
from tests.isolation.conftest import VISITED, attach, build_world, quarantined
from tests.isolation.conversations import add_conversation, one_more
from tests.isolation.messages import add_messages, message_rows
from tests.shared_rows import rows_of_a_module

# For each model: a word that its row shows, a search that finds it, the answers that Ada and Priya
# get for list, add, change, history and delete, and the queries of a list.
PAGES = {
    "patients.patient": (
        "Okafor", "okaf", (200, 200, 200, 200, 200), (200, 200, 200, 200, 403)
    ),
    "patients.guardian": (
        "Parent", "okafor", (200, 200, 200, 200, 403), (200, 200, 200, 200, 403)
    ),
    "patients.company": (
        "Harbour Practice", "harb", (200, 200, 200, 200, 200), (200, 200, 200, 200, 403)
    ),
    "patients.coordinator": (
        "Cole", "cole", (200, 200, 200, 200, 200), (200, 200, 200, 200, 403)
    ),
    "patients.referrer": (
        "Rowe", "rowe", (200, 200, 200, 200, 200), (200, 200, 200, 200, 403)
    ),
    "medical_records.labresult": (
        "Potassium", "potas", (200, 200, 200, 200, 200), (200, 200, 200, 200, 200)
    ),
    "medical_records.visit": (
        "At home", "hill street", (200, 200, 200, 200, 200), (200, 200, 200, 200, 200)
    ),
    "medical_records.procedure": (
        "Joint injection", "joint", (200, 200, 200, 200, 200), (200, 200, 200, 200, 200)
    ),
    "medical_records.insurance": (
        "Wattle Health", "wattle", (200, 200, 200, 200, 200), (200, 200, 200, 200, 200)
    ),
    "medical_records.medicalrecord": (
        "Sore throat", "sore", (200, 200, 200, 200, 200), (200, 200, 200, 200, 200)
    ),
    "medical_records.atreport": (
        "Okafor", "frame", (200, 200, 200, 200, 200), (200, 200, 200, 200, 200)
    ),
    "documents.document": (
        "note.txt", "note", (200, 403, 200, 200, 403), (200, 403, 200, 200, 403)
    ),
    "documents.quarantineddocument": (
        "held.txt", "held", (200, 403, 200, 200, 403), (403, 403, 403, 302, 403)
    ),
    "documents.archivefile": (
        "Documents", "zip", (200, 403, 200, 200, 403), (200, 403, 302, 302, 403)
    ),
    "documents.erasure": (
        "Asked for it", "asked", (200, 403, 200, 200, 403), (403, 403, 403, 302, 403)
    ),
    "documents.imagebatch": (
        "visit", "visit", (200, 200, 200, 200, 403), (200, 200, 200, 200, 403)
    ),
    "audit.accesslog": (
        "patients.patient", "req-1", (200, 403, 200, 302, 403), (403, 403, 403, 403, 403)
    ),
    "invites.invite": (
        "erin@mail.test", "erin", (200, 403, 200, 200, 403), (200, 403, 200, 200, 403)
    ),
    "sms_integration.gateway": (
        "Main line", "main", (200, 200, 200, 200, 403), (403, 403, 403, 302, 403)
    ),
    "sms_integration.template": (
        "Ready", "first_name", (200, 200, 200, 200, 403), (200, 403, 200, 200, 403)
    ),
    "sms_integration.suppression": (
        "+61498765432", "98765", (200, 200, 200, 200, 403), (200, 200, 200, 200, 403)
    ),
    "sms_integration.message": (
        "Draft", "draft", (200, 403, 200, 200, 403), (200, 403, 200, 200, 403)
    ),
    "sms_integration.conversation": (
        "Brace rubs", "brace", (200, 403, 200, 200, 403), (200, 403, 200, 200, 403)
    ),
    "jobs.job": (
        "Rollback", "rollb", (200, 403, 200, 200, 403), (403, 403, 403, 302, 403)
    ),
    "filemaker.filemakerrecord": (
        "API_Docs/1", "docs/1", (200, 403, 200, 200, 403), (403, 403, 403, 302, 403)
    ),
    "sms_integration.inboundmedia": (
        "Not there.", "not there", (200, 403, 200, 200, 403), (200, 403, 200, 200, 403)
    ),
    "accounts.membership": (
        "dev@alpha.test", "dev", (200, 200, 200, 200, 403), (403, 403, 403, 302, 403)
    ),
}  # fmt: skip
# Two to choose the schema, domain, session, membership; count, rows, filters, log; with documents,
# their counts or kinds.
QUERIES = dict.fromkeys(PAGES, 9) | {
    "documents.document": 10,
    "documents.quarantineddocument": 10,
    "audit.accesslog": 10,
    "jobs.job": 10,  # its kinds, for the filter
}
LABELS = sorted(PAGES)
FOR_ADMINISTRATORS = {
    "audit.accesslog", "accounts.membership", "jobs.job", "filemaker.filemakerrecord",
    "documents.quarantineddocument",
    "documents.erasure",
    "sms_integration.gateway",
}  # fmt: skip
KINDS = ("list", "add", "change", "history", "delete")


def not_fetched(patient):
    """A file of a message of the patient's that could not be fetched."""
    message = Message.objects.create(
        conversation=Conversation.objects.create(phone="+61491570006", patient=patient),
        patient=patient,
        direction="inbound",
        status="received",
    )
    return InboundMedia.objects.create(
        message=message, ordinal=0, state="refused", error="Not there."
    )


def build():
    """By the label of its page, the row that each page shows."""
    with tenant_context(Account.objects.get(schema_name="alpha")):
        world = build_world()
        add_messages(world)
        add_conversation(world)
        access = AccessLog.objects.create(
            user=member("ada").user,
            action=AccessAction.VIEW,
            object_type="patients.patient",
            object_ids=[world.patient.pk],
            request_id="req-1",
        )
        return {
            "patients.patient": world.patient,
            "patients.guardian": Guardian.objects.get(),
            "patients.company": world.company,
            "patients.referrer": world.referrer,
            "patients.coordinator": world.coordinator,
            "medical_records.labresult": world.lab,
            "medical_records.visit": world.visit,
            "medical_records.procedure": world.procedure,
            "medical_records.insurance": world.insurance,
            "medical_records.medicalrecord": world.record,
            "medical_records.atreport": world.report,
            "documents.document": world.document,
            "documents.quarantineddocument": world.held,
            "documents.archivefile": world.archive,
            "documents.erasure": Erasure.objects.create(
                patient_uuid=world.job.pk, reason="Asked for it"
            ),
            "documents.imagebatch": world.batch,
            "audit.accesslog": access,
            "accounts.membership": member("dev"),
            "invites.invite": world.invite,
            "sms_integration.gateway": world.gateway,
            "sms_integration.template": world.template,
            "sms_integration.suppression": world.suppression,
            "sms_integration.message": world.messages["draft"],
            "sms_integration.conversation": world.conversation,
            "jobs.job": world.job,
            "sms_integration.inboundmedia": not_fetched(world.patient),
            "filemaker.filemakerrecord": FileMakerRecord.objects.create(
                area=Area.DOCUMENTS, source_id="API_Docs/1", record_id="1"
            ),
        }


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker, tmp_path_factory):
    names = "ada priya paul pat gina rex dev bea"
    with rows_of_a_module(build, django_db_blocker, tmp_path_factory, names) as kept:
        yield kept


@pytest.fixture
def rows(made, alpha, settings):
    return made.lend(settings)


@pytest.fixture
def client_of(made, db):
    return made.client_of


def address(label, kind, row=None):
    name = {"list": "changelist"}.get(kind, kind)
    arguments = [row.pk] if kind in {"change", "history", "delete"} else []
    return reverse(f"admin:{label.replace('.', '_')}_{name}", args=arguments)


def test_the_pages_are_those_of_the_registry():
    assert {model._meta.label_lower for model in admin.site._registry} == set(PAGES)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(("name", "column"), [("ada", 2), ("priya", 3)])
def test_staff_open_what_their_role_allows(rows, client_of, label, name, column):
    client = client_of(name)
    answers = {kind: client.get(address(label, kind, rows[label])) for kind in KINDS}
    found = tuple(answers[kind].status_code for kind in KINDS)
    assert found == PAGES[label][column]
    if found[0] == 200 and (name, label) != ("priya", "documents.archivefile"):  # Ada's own
        assert PAGES[label][0] in answers["list"].content.decode()
        assert str(rows[label].pk) in answers["list"].content.decode()
    for kind in KINDS[1:]:
        if answers[kind].status_code == 200:
            assert b"</html>" in answers[kind].content


@pytest.mark.parametrize("label", LABELS)
def test_the_search_finds_the_row_and_nothing_else(rows, client_of, label):
    client = client_of("ada")
    text = str(rows[label].pk)
    found = client.get(address(label, "list"), {"q": PAGES[label][1]})
    assert (found.status_code, text in found.content.decode()) == (200, True)
    nothing = client.get(address(label, "list"), {"q": "zzzz-nothing"})
    assert (nothing.status_code, text in nothing.content.decode()) == (200, False)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("name", ["pat", "gina", "rex", "dev", "bea", None])
def test_nobody_else_gets_in(rows, client_of, label, name):
    client = client_of(name, host="alpha")
    for kind in KINDS:
        path = address(label, kind, rows[label])
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={path}")
    assert client_of("ada").get(address(label, "list")).status_code == 200


@pytest.mark.parametrize("label", LABELS)
def test_a_provider_who_is_not_theirs_sees_no_patient(rows, client_of, label):
    client = client_of("paul")
    listed = client.get(address(label, "list"))
    directory = label in {"patients.company", "patients.referrer", "patients.coordinator"}
    directory |= label in {"sms_integration.template", "sms_integration.suppression"}
    if label not in FOR_ADMINISTRATORS:
        assert (str(rows[label].pk) in listed.content.decode()) is directory
    change = client.get(address(label, "change", rows[label]))
    refused = 403 if label in FOR_ADMINISTRATORS else 302
    assert change.status_code == (200 if directory else refused)


MORE = {
    "medical_records.visit": {"started_at": VISITED},
    "medical_records.procedure": {"name": "Cast", "performed_at": VISITED},
    "medical_records.insurance": {"company": "Other", "member_id": "8"},
    "medical_records.medicalrecord": {"visit_date": VISITED},
    "medical_records.atreport": {"assessed_on": VISITED.date()},
}


def two_more(label, rows, ada):  # noqa: C901, PLR0912, PLR0915  a branch per page
    patient, make = rows["patients.patient"], None
    for number in range(2):
        if label == "patients.patient":
            make = Patient.objects.create(
                first_name="More", last_name=f"Person{number}", clinician=member("paul")
            )
        elif label == "patients.guardian":
            other = member(("rex", "dev")[number]).user
            make = Guardian.objects.create(user=other, patient=patient)
        elif label == "patients.company":
            make = Company.objects.create(name=f"More {number}")
        elif label == "patients.referrer":
            company = Company.objects.create(name=f"Company {number}")
            make = Referrer.objects.create(first_name="M", last_name=f"R{number}", company=company)
        elif label == "patients.coordinator":
            company = Company.objects.create(name=f"Company {number}")
            make = Coordinator.objects.create(
                first_name="M", last_name=f"C{number}", company=company
            )
        elif label == "medical_records.labresult":
            other = Patient.objects.create(first_name="Other", last_name=f"Person{number}")
            make = LabResult.objects.create(patient=other, test_name="TSH")
        elif label in MORE:
            other = Patient.objects.create(first_name="Other", last_name=f"Person{number}")
            page = admin.site._registry[apps.get_model(label)]
            make = page.make(member(("ada", "paul")[number]), {"patient": other, **MORE[label]})
        elif label == "invites.invite":
            email = f"more{number}@mail.test"
            other = Patient.objects.create(first_name="More", last_name="Invited", email=email)
            quiet = InviteOptions(send_email=False)
            make = generate_invite(membership=ada, patient_id=other.pk, options=quiet)
        elif label == "accounts.membership":
            email = f"more{number}@alpha.test"
            make = add_member(account=ada.account, email=email, role=Role.PROVIDER)
        elif label == "documents.document":
            other = Patient.objects.create(first_name="Other", last_name=f"Person{number}")
            make = attach(other, by=ada, name=f"more{number}.txt")
        elif label == "documents.quarantineddocument":
            other = Patient.objects.create(first_name="Other", last_name=f"Person{number}")
            make = quarantined(other, by=ada, name=f"held{number}.txt")
        elif label == "documents.erasure":
            make = Erasure.objects.create(patient_uuid=uuid7(), reason="Asked for it")
        elif label == "documents.archivefile":
            make = ArchiveFile.objects.create(requested_by=ada.user)
        elif label == "documents.imagebatch":
            other = Patient.objects.create(first_name="Other", last_name=f"Person{number}")
            make = ImageBatch.objects.create(patient=other, name="m", taken_on="2026-11-02")
        elif label == "sms_integration.inboundmedia":
            other = Patient.objects.create(first_name="Other", last_name=f"Person{number}")
            make = not_fetched(other)
        elif label == "sms_integration.conversation":
            make = one_more(number)
        elif label.startswith("sms_integration."):
            make = message_rows(label, number, patient)
        elif label == "jobs.job":
            make = Job.objects.create(kind="rollback")
        elif label == "filemaker.filemakerrecord":
            other = Patient.objects.create(first_name="Other", last_name=f"Person{number}")
            make = FileMakerRecord.objects.create(
                area=Area.IMAGES, source_id=f"API_Images/{number}", record_id="2",
                patient=other, document=rows["documents.document"],
            )  # fmt: skip
        else:
            make = AccessLog.objects.create(
                user=member(("rex", "dev")[number]).user,
                action=AccessAction.VIEW,
                object_type="patients.patient",
            )
    return make


@pytest.mark.parametrize("label", LABELS)
def test_a_list_costs_the_same_with_more_rows(rows, client_of, alpha, label):
    client, path = client_of("ada"), address(label, "list")
    client.get(path)

    def cost():
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        shown = len(answer.context["cl"].result_list)
        return shown, len(captured)

    shown, first = cost()
    with tenant_context(alpha):
        two_more(label, rows, member("ada"))
    more, second = cost()
    assert more >= shown + 2
    assert (first, second) == (QUERIES[label], QUERIES[label])
