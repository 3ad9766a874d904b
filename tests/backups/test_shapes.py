"""What a backup takes, and that it takes all of it: by the catalogue and by the models."""

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from accounts.fields import shared_key
from accounts.models import Domain, User
from accounts.services.cloning import tables_of
from backups.errors import BackupRefusedError
from backups.format import TableStream, is_sound_key
from backups.keychecks import key_checks, missing_keys
from backups.services.translating import Translation, UntranslatableError, translator
from backups.shapes import (
    LEFT_OUT,
    SHARED,
    is_of_clinics,
    shared_columns,
    tables_in,
    tenant_models,
)
from tests.accounts.catalogue import rows

OLD, NEW = "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f", "01931f6e-5f1a-7c3e-9d55-000000000000"


def shapes():
    with connection.cursor() as cursor:
        return tables_in(cursor, "alpha")


def test_each_table_of_a_clinic_is_kept_but_three(in_alpha):
    with connection.cursor() as cursor:
        there = set(tables_of(cursor, "alpha"))
    # Previews are made anew; tests/documents/previews/test_catching_up.py shows it.
    assert {"django_session", "django_migrations", "documents_preview"} == LEFT_OUT
    assert {table.name for table in shapes()} == there - LEFT_OUT
    assert {model._meta.db_table for model in tenant_models()} == there - {"django_migrations"}


def test_each_column_is_kept_but_those_that_are_computed(in_alpha):
    there = rows(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'alpha' AND is_generated = 'NEVER'"
    )
    kept = {(table.name, column) for table in shapes() for column in table.columns}
    assert kept == {pair for pair in there if pair[0] not in LEFT_OUT}


def test_each_key_into_the_shared_schema_is_known(in_alpha):
    """All models of clinics, histories included; a new one is covered by being there."""
    by_table = {table.name: table for table in shapes()}
    seen = 0
    for model in tenant_models():
        if model._meta.db_table in LEFT_OUT:
            continue
        wanted = {
            field.column: SHARED[field.related_model._meta.label_lower]
            for field in model._meta.concrete_fields
            if field.is_relation and not is_of_clinics(field.related_model)
        }
        assert by_table[model._meta.db_table].shared == wanted, model
        seen += len(wanted)
    assert seen > 20
    assert by_table["documents_document"].shared == {
        "content_type_id": "content_types",
        "uploaded_by_id": "users",
        "trashed_by_id": "users",
        "held_by_id": "users",
        "released_by_id": "users",
    }
    assert {name for name, table in by_table.items() if table.object_keys} == {
        "documents_archivefile",
        "documents_document",
        "documents_documentevent",
        "documents_erasureobject",
    }


def test_no_other_column_holds_ids_of_shared_rows(in_alpha):
    """A UUID that is neither a key nor one of a generic relation's would have to be looked at."""
    keys = {
        (model._meta.db_table, field.column)
        for model in tenant_models()
        for field in model._meta.concrete_fields
        if field.is_relation or field.primary_key
    }
    loose = {
        (table, column)
        for table, column in rows(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'alpha' AND udt_name = 'uuid'"
        )
        if (table, column) not in keys
    }
    # The record of a document or an import; a batch's cover, a document; in a history, the record's
    # own id; research's name of a patient; a patient who was erased or exported; what pghistory
    # leaves empty here. Whatever it is, an id of a person would be translated all the same.
    known = {
        "object_id",
        "target_id",
        "id",
        "research_id",
        "pgh_context_id",
        "cover",
        "patient_uuid",
    }
    assert {column for _, column in loose} <= known
    assert ("documents_document", "object_id") in loose


def test_tables_stand_behind_those_they_refer_to(in_alpha):
    order = {table.name: number for number, table in enumerate(shapes())}
    references = rows(
        """SELECT c.relname, f.relname FROM pg_constraint k
             JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
            WHERE c.relnamespace = 'alpha'::regnamespace AND k.contype = 'f' AND c.oid <> f.oid"""
    )
    assert references
    kept = [pair for pair in references if pair[0] not in LEFT_OUT]  # nothing refers to those
    assert all(order[table] > order[target] for table, target in kept)


@isolate_apps("patients")
def test_a_shared_model_that_backups_do_not_know_is_refused():
    class Known(models.Model):
        user = shared_key(User)

        class Meta:
            app_label = "patients"

        def __str__(self):
            return "known"

    assert shared_columns(Known) == {"user_id": "users"}

    class Unknown(models.Model):
        domain = models.ForeignKey(Domain, on_delete=models.DO_NOTHING, related_name="+")

        class Meta:
            app_label = "patients"

        def __str__(self):
            return "unknown"

    with pytest.raises(BackupRefusedError) as refused:
        shared_columns(Unknown)
    assert refused.value.code == "unknown_shared_model"


@pytest.mark.parametrize("statement", ["(id int PRIMARY KEY)", "(id int)"])
def test_a_table_that_nothing_describes_is_refused(in_alpha, statement):
    rows(f"CREATE TABLE alpha.stray {statement}; SELECT 1")
    with pytest.raises(BackupRefusedError) as refused:
        shapes()
    assert refused.value.code == "unknown_table"
    assert "stray" in refused.value.detail


TABLE = TableStream(
    columns=["id", "content_type_id", "s3_key", "data"],
    content_types=["content_type_id"],
    object_keys=["s3_key"],
)
THERE = Translation(
    "saved", "new", {OLD.encode(): NEW.encode()}, {b"1": b"2", b"2": b"1", b"3": b"3"}
)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (rf"{OLD}\t1\tsaved/a\tx", rf"{NEW}\t2\tnew/a\tx"),
        (r"x\t2\tsaved/saved/a\tsaved/a", r"x\t1\tnew/saved/a\tsaved/a"),
        (rf'x\t3\tsaved/a\t{{"user": "{OLD}"}}', rf'x\t3\tnew/a\t{{"user": "{NEW}"}}'),
        (rf"x\t3\tsaved/a\t{{{OLD},{OLD}}}", rf"x\t3\tnew/a\t{{{NEW},{NEW}}}"),
        (rf"x\t3\tsaved/a\t{OLD}0", rf"x\t3\tnew/a\t{OLD}0"),  # part of something longer
        (r"x\t\N\t\N\t\N", r"x\t\N\t\N\t\N"),
    ],
)
def test_lines_are_translated_there_and_back(line, wanted):
    given, made = (text.replace(r"\t", "\t").encode() + b"\n" for text in (line, wanted))
    assert translator(THERE, TABLE)(given) == made
    assert translator(THERE.back(), TABLE)(made) == given


@pytest.mark.parametrize("line", ["x\t4\tsaved/a\tx\n", "x\t1\tother/a\tx\n", "x\t1\tsaved\tx\n"])
def test_what_means_nothing_here_is_refused(line):
    with pytest.raises(UntranslatableError):
        translator(THERE, TABLE)(line.encode())


@pytest.mark.parametrize(
    ("key", "sound"),
    [
        ("saved/patients/documents/a/b.pdf", True),
        ("saved/a", True),
        ("alpha/a", False),
        ("saved", False),
        ("saved/", False),
        ("saved//a", False),
        ("saved/../alpha/a", False),
        ("saved/a/..", False),
        ("saved/.partial-a", False),
        ("saved/a\n", False),
        ("saved/a b", False),
        ("/saved/a", False),
        ("saved2/a", False),
        ("saved/" + "a" * 494, True),
        ("saved/" + "a" * 495, False),
    ],
)
def test_keys_that_lead_nowhere_else(key, sound):
    assert is_sound_key(key, "saved") is sound


def test_a_check_value_tells_keys_apart_and_nothing_of_them(settings):
    mine = settings.FIELD_ENCRYPTION_KEYS[0]
    checks = key_checks()
    assert missing_keys(checks) == []
    assert missing_keys([*checks, "0" * 16]) == ["0" * 16]
    settings.FIELD_ENCRYPTION_KEYS = [mine[:-2] + "A=" if mine[-2] != "A" else mine[:-2] + "E="]
    assert key_checks() != checks
    assert missing_keys(checks) == checks
