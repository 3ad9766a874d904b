"""What the clinic of these tests holds, and how its rows are compared with another's."""

import gzip
import hashlib
import io
from datetime import UTC, date, datetime

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection, models
from django.utils import timezone

from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.desk.models import SavedFilter
from accounts.fields import EncryptedTextField, uuid7
from accounts.models import Membership
from accounts.roles import Role
from accounts.services.accounts import create_account
from accounts.services.members import add_member
from accounts.tenancy import current_schema
from backups.shapes import LEFT_OUT, is_of_clinics, tables_in, tenant_models
from documents.models import Document, Erasure, ErasureObject, ImageBatch
from documents.registry import policy_for_model
from documents.services.batches import save_image_batch
from documents.services.trash import trash_document
from documents.services.upload import NewDocument, upload_document
from documents.storage import object_store
from jobs.models import Job, JobItem
from medical_records.models import ATReport, Insurance, LabResult, Procedure, Visit
from medical_records.services.at_reports import create_at_report
from medical_records.services.diagnoses import NewDiagnosis
from medical_records.services.entries import add_entry
from medical_records.services.records import add_addendum, create_record, finalize_record
from patients.models import Company, Guardian, Patient
from patients.services.directory import save_directory_entry
from patients.services.patients import create_patient, update_patient
from sms_integration.models import Conversation, Message
from tests.documents.corpus_pdf import minimal

WHEN = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
NOTES = "Back\\slash, tab\there, new\nline, \\N, Zoë, 漢字 and 😀"
PASSWORD = "correct-horse-battery"


def new_clinic(schema="saved"):
    account = create_account(
        schema_name=schema,
        name=f"{schema.title()} Clinic",
        domain=f"{schema}.localhost",
        admin_email="sue@saved.test",
        time_zone="Europe/Berlin",
    )
    for name, role in (("doc", Role.PROVIDER), ("pip", Role.PATIENT)):
        add_member(
            account=account,
            email=f"{name}@saved.test",
            role=role,
            name=name.title(),
            password=PASSWORD,
        )
    return account


def who(name, account=None):
    found = Membership.objects.select_related("user", "account").filter(
        user__email=f"{name}@saved.test", account__schema_name=(account or "saved")
    )
    membership = found.get()
    membership.user.membership = membership
    return membership


def attach(owner, body=None, name="scan.pdf"):
    content = minimal() if body is None else body
    return upload_document(
        membership=who("sue"),
        policy=policy_for_model(owner),
        owner=owner,
        new=NewDocument(content=io.BytesIO(content), filename=name, size=len(content)),
    )


def fill(account):
    """Make some of everything through the services, and what is left by hand."""
    sue, doc = who("sue"), who("doc")
    company = save_directory_entry(membership=sue, entry=Company(), name="Harbour Practice")
    attach(company, name="contract.pdf")
    patients = [
        create_patient(
            membership=sue,
            first_name=name,
            last_name='O\'Hara "Zoë"',
            email=f"{name.lower()}@mail.test",
            date_of_birth=date(1990, 2, 3),
            clinician=doc,
            notes=NOTES,
        )
        for name in ("Pia", "Pit")
    ]
    update_patient(membership=sue, patient=patients[0], phone="+61412345678")
    pia = patients[0]
    for number in range(3):
        result = add_entry(
            membership=doc, entry=LabResult(), patient=pia, test_name=f"Potassium {number}"
        )
        attach(result, name=f"result {number}.pdf")
    add_entry(
        membership=doc, entry=Insurance(), patient=pia, company="Medibank", member_id="123 456"
    )
    visit = add_entry(
        membership=doc,
        entry=Visit(),
        patient=pia,
        clinician=doc,
        started_at=WHEN,
        reason="Cough",
    )
    add_entry(
        membership=doc,
        entry=Procedure(),
        patient=pia,
        visit=visit,
        name="Plaster",
        performed_at=WHEN,
    )
    record = create_record(
        membership=doc,
        patient=pia,
        visit_date=WHEN,
        chief_complaint="Cough",
        diagnosis="A cold",
        diagnoses=[NewDiagnosis(icd_code="J00", diagnosis_type="primary")],
    )
    finalize_record(membership=doc, record=record)
    add_addendum(membership=doc, record=record, text="Much better.")
    create_at_report(membership=doc, patient=pia, assessed_on=date(2026, 3, 4), findings="Walks.")
    assert ATReport.objects.exists()
    trash_document(membership=sue, document=attach(pia, name="wrong.pdf"))
    batch = save_image_batch(
        membership=sue, batch=ImageBatch(), patient=pia, name="Leg", taken_on=WHEN.date()
    )
    seen = Document.objects.latest("pk").pk
    ImageBatch.objects.filter(pk=batch.pk).update(cover=seen, picture_order=[seen])
    zipped(pia)
    unfinished(pia)
    by_hand(sue, pia)
    for _ in range(3):
        fill_empty_tables(account)


def zipped(patient):
    """A document whose bytes are stored compressed, as nothing makes them yet."""
    plain = b"lab result\n" * 50_000
    stored = gzip.compress(plain, mtime=0)
    document = attach(patient, name="letter.pdf")
    key = document.s3_key.replace(str(document.pk), str(uuid7()))
    Document.objects.filter(pk=document.pk).update(
        s3_key=key,
        encoding="gzip",
        file_size=len(plain),
        sha256=hashlib.sha256(plain).hexdigest(),
    )
    object_store().put(
        key,
        io.BytesIO(stored),
        size=len(stored),
        content_type="text/plain",
        sha256=hashlib.sha256(stored).hexdigest(),
        tags={"retention": "clinical"},
    )
    object_store().remove(document.s3_key)
    return key


def unfinished(patient):
    """An upload that is under way: a row, and no bytes yet."""
    document = attach(patient, name="coming.pdf")
    object_store().remove(document.s3_key)
    Document.objects.filter(pk=document.pk).update(state="pending")


def by_hand(sue, patient):
    record_access(
        membership=sue,
        action=AccessAction.VIEW,
        object_type="accounts.membership",
        object_ids=[sue.pk, patient.pk],
    )
    LogEntry.objects.create(
        user_id=sue.user_id,
        content_type=ContentType.objects.get_for_model(Membership),
        object_id=str(sue.pk),
        object_repr="Sue",
        action_flag=CHANGE,
    )
    erasure = Erasure.objects.create(patient_uuid=uuid7(), reason="Asked for it")
    ErasureObject.objects.create(
        erasure=erasure, s3_key=f"{current_schema()}/system/exports/gone.zip"
    )
    SavedFilter.objects.create(user=sue.user, page="patients.patient", name="Mine", query="a=1")
    Guardian.objects.create(patient=patient, user_id=who("pip").user_id, relationship="parent")
    messages_with(patient)
    job = Job.objects.create(
        kind="make_companies",
        state="running",
        background=True,
        requested_by=sue.user,
        parameters={"membership": str(sue.pk)},
    )
    JobItem.objects.create(job=job, source_id="x", state="leased", worker=7)
    JobItem.objects.create(job=job, source_id="y", state="done").delete()  # its number is used up
    Session.objects.create(
        session_key="k" * 32, session_data="session of somebody", expire_date=timezone.now()
    )


def messages_with(patient):
    """One that went out, and those that wait or are on their way: nobody may send them again."""
    talk = Conversation.objects.create(phone="+61412345678", patient=patient)
    for status in ("sent", "scheduled", "queued", "sending"):
        Message.objects.create(
            conversation=talk,
            patient=patient,
            direction="outbound",
            status=status,
            body=f"A message that is {status}",
            recipient="+61412345678",
            scheduled_at=timezone.now(),
            due_at=None if status == "sent" else timezone.now(),
        )


def fill_empty_tables(account):
    """Give each table that has no row yet one, so that tables of tomorrow are in the tests."""
    with connection.cursor() as cursor:
        order = [table.name for table in tables_in(cursor, account.schema_name)]
        found = {model._meta.db_table: model for model in tenant_models()}
        for name in order:
            cursor.execute(f'SELECT count(*) FROM "{name}"')  # noqa: S608
            if cursor.fetchone()[0] == 0:
                model = found[name]
                if hasattr(model, "pgh_tracked_model"):
                    continue  # the triggers write the history
                row = model(**{f.attname: some(f) for f in given(model)})
                model._base_manager.bulk_create([row])


def given(model):
    for field in model._meta.concrete_fields:
        if not field.generated and not isinstance(field, models.AutoField):
            yield field


def some(field):
    """Return a value that a column takes."""
    if field.is_relation and not field.null:
        return related(field.related_model)
    if field.has_default():
        return field.get_default()
    if field.null:
        return None
    if field.choices:
        return field.choices[0][0]
    found = [value for kind, value in VALUES.items() if isinstance(field, kind)]
    return found[0] if found else "some"[: field.max_length]


def related(model):
    if is_of_clinics(model):
        return model._base_manager.values_list("pk", flat=True).first()
    if model is ContentType:
        return ContentType.objects.get_for_model(Patient).pk
    return who("doc").pk if model is Membership else who("doc").user_id


VALUES = {
    EncryptedTextField: NOTES,
    models.UUIDField: uuid7(),
    models.DateTimeField: datetime(2090, 1, 1, tzinfo=UTC),
    models.DateField: WHEN.date(),
    models.BooleanField: True,
    models.EmailField: "somebody@mail.test",
    models.JSONField: {"some": "value"},
    models.IntegerField: 1,
}


# --- Comparing -------------------------------------------------------------------------------


def rows_of(schema):
    """Return each table's rows as PostgreSQL shows them, in the order of their keys."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SET timezone = 'UTC'")
        for table in tables_in(cursor, schema):
            columns = ", ".join(f'"{one}"::text' for one in table.columns)
            key = ", ".join(f'"{one}"' for one in table.key)
            cursor.execute(f'SELECT {columns} FROM "{schema}"."{table.name}" ORDER BY {key}')  # noqa: S608
            found[table.name] = [dict(zip(table.columns, row, strict=True)) for row in cursor]
    assert not set(found) & LEFT_OUT
    return found


def objects_of(schema):
    """Return what lies under a clinic's prefix: key without the prefix, and the bytes' hash."""
    from django_tenants.utils import schema_context

    found = {}
    with schema_context(schema):
        store = object_store()
        for info in store.keys(f"{schema}/"):
            digest = hashlib.sha256()
            with store.read(info.key) as chunks:
                for chunk in chunks:
                    digest.update(chunk)
            found[info.key.removeprefix(f"{schema}/")] = digest.hexdigest()
    return found
