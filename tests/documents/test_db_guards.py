"""What the database itself refuses, whatever the program does."""
# ruff: noqa: S608 - the tables are named here

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.audit.models import AccessLog
from documents.models import Document, ImageBatch
from tests.documents.helpers import row

DOCUMENTS, EVENTS, LOG = "documents_document", "documents_documentevent", "audit_accesslog"


def execute(sql, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


def number(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


def refused(error, text, sql, *values):
    with pytest.raises(error, match=text):
        execute(sql, *values)


def test_a_document_is_never_deleted(world):
    document = row(world)
    refused(DatabaseError, "Cannot delete rows", f"DELETE FROM {DOCUMENTS}")
    with pytest.raises(DatabaseError, match="Cannot delete rows"), transaction.atomic():
        document.delete()
    with pytest.raises(DatabaseError, match="Cannot delete rows"), transaction.atomic():
        Document.objects.all().delete()
    assert Document.objects.get() == document
    assert execute(f"UPDATE {DOCUMENTS} SET state = 'purged' WHERE id = %s", document.pk) == 1


@pytest.mark.parametrize("sha256", ["x" * 64, "0" * 63, "A" * 64, "0" * 63 + "\n", "z"], ids=repr)
def test_a_hash_is_hexadecimal(sha256, world):
    document = row(world)
    set_hash = f"UPDATE {DOCUMENTS} SET sha256 = %s WHERE id = %s"
    refused(IntegrityError, "document_sha256_hex", set_hash, sha256, document.pk)
    assert execute(set_hash, "0a" * 32, document.pk) == 1
    assert execute(set_hash, "", document.pk) == 1


@pytest.mark.parametrize("missing", ["trashed_at", "purge_after"])
def test_what_is_in_the_trash_has_its_dates(missing, world):
    now = timezone.now()
    dates = {"trashed_at": now, "purge_after": now + timedelta(days=30)}
    with pytest.raises(IntegrityError, match="document_trash_dated"), transaction.atomic():
        row(world, state="trashed", **{**dates, missing: None})
    assert row(world, state="trashed", **dates).state == "trashed"


def test_an_import_brings_each_document_once(world):
    row(world, source="filemaker", source_id="4711")
    with pytest.raises(IntegrityError, match="document_source_unique"), transaction.atomic():
        row(world, source="filemaker", source_id="4711")
    row(world, source="filemaker", source_id="4712")
    row(world, source="folder", source_id="4711")
    for _ in range(2):  # uploads have neither
        row(world, source="", source_id="")
    assert Document.objects.count() == 5


def test_a_key_has_one_document(world):
    first = row(world)
    with pytest.raises(IntegrityError, match="s3_key"), transaction.atomic():
        row(world, s3_key=first.s3_key)
    assert row(world).s3_key != first.s3_key


def test_a_patient_with_documents_stays(world):
    row(world)
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    delete = "DELETE FROM patients_patient WHERE id = %s"
    refused(IntegrityError, "documents_document", delete, world.amal.pk)
    assert Document.objects.get().patient == world.amal


WRITES = {
    "change": "UPDATE {} SET {} = NULL",
    "delete": "DELETE FROM {}",
    "truncate": "TRUNCATE {} CASCADE",
}
TABLES = {
    "documents": (EVENTS, "pgh_context"),
    "batches": ("documents_imagebatchevent", "pgh_context"),
    "access log": (LOG, "user_id"),
}


@pytest.mark.parametrize("sql", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize(("table", "column"), TABLES.values(), ids=TABLES)
def test_history_and_access_log_are_only_added_to(table, column, sql, world):
    row(world)
    ImageBatch.objects.create(patient=world.amal, name="Visit", taken_on="2024-05-01")
    AccessLog.objects.create(action="view", object_type="documents.document")
    before = number(table)
    assert before > 0
    refused(DatabaseError, "Cannot update or delete|never emptied", sql.format(table, column))
    assert number(table) == before
    row(world)
    ImageBatch.objects.create(patient=world.amal, name="Visit", taken_on="2024-05-02")
    AccessLog.objects.create(action="view", object_type="documents.document")
    assert number(table) == before + 1


def test_every_change_is_in_the_history(world):
    document = row(world)
    execute(f"UPDATE {DOCUMENTS} SET description = 'new' WHERE id = %s", document.pk)
    execute(f"UPDATE {DOCUMENTS} SET description = 'new' WHERE id = %s", document.pk)  # no change
    events = document.events.order_by("pgh_id").values_list("pgh_label", "description")
    assert list(events) == [("insert", ""), ("update", "new")]
