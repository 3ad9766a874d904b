"""Taking back what a job has moved in: what nobody has worked on since."""

from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Model, ProtectedError

from accounts.errors import ConflictError
from documents.models import Document
from documents.services.importing import take_back_document
from documents.services.owners import RECEIPTS, require_no_documents
from jobs.errors import ItemError
from jobs.models import SourceLink
from legacy.models import OldRow
from patients.models import Patient, PatientStatus


def take_back(link: SourceLink, target: Model | None) -> None:
    """Undo one row, inside a transaction. Raises `ItemError("changed_since")`.

    Files go into the trash. A record or patient whose files lie there is left standing, a patient
    archived, until the trash is emptied: moving the row again takes it up.
    """
    table, _, old_id = link.source_id.partition(":")
    kept = OldRow.objects.filter(source=link.source, table=table, old_id=old_id)
    if target is None:
        kept.delete()
        return
    if isinstance(target, Document):
        _require_only_link(link, target)
        kept.delete()
        return
    row = kept.first()
    if row is not None and row.made_as_of is None:  # it was here before; only the tie was made
        kept.delete()
        return
    locked: Any = type(target)._base_manager.select_for_update().get(pk=target.pk)
    if row is None or locked.updated_at > row.made_as_of:
        raise _changed()
    if SourceLink.objects.filter(target_id=target.pk).exclude(pk=link.pk).exists():
        raise _changed()  # another import has tied something to it since
    if _remove(locked):
        kept.delete()
    elif isinstance(locked, Patient):
        locked.status = PatientStatus.ARCHIVED
        locked.save(update_fields=["status", "updated_at"])
        kept.update(made_as_of=locked.updated_at)


def _require_only_link(link: SourceLink, document: Document) -> None:
    """A file that two rows named goes with the last of them."""
    others = SourceLink.objects.filter(source=link.source, target_id=document.pk)
    if not others.exclude(pk=link.pk).exists():
        take_back_document(document)


def _remove(target: Any) -> bool:
    """Remove a record or patient; say False where only what was taken back itself keeps it."""
    documents = _documents_of(target).exclude(state__in=RECEIPTS)
    if documents.exclude(metadata__has_key="rolled_back_from").exists():
        raise _changed()
    is_patient = isinstance(target, Patient)
    if is_patient and (_has_own_work(target) or not _only_left_standing(target)):
        raise _changed()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            require_no_documents(target, remedy="")
            target.delete()
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except ConflictError:
        return False
    except (ProtectedError, IntegrityError):
        if is_patient:
            return False
        raise _changed() from None
    return True


def _documents_of(target: Any) -> Any:
    if isinstance(target, Patient):
        return Document.objects.filter(patient=target)
    return Document.objects.filter(object_id=target.pk)


def _has_own_work(patient: Patient) -> bool:
    """Say whether people have tied to a patient what would go with them: a login, an invite."""
    invites = getattr(patient, "invites", None)
    return bool(patient.user_id or (invites is not None and invites.exists()))


def _only_left_standing(patient: Patient) -> bool:
    """Say whether all that refers to a patient is what this rollback had to leave."""
    rows = OldRow.objects.filter(patient=patient).exclude(target_id=patient.pk)
    left = set(rows.values_list("target_id", flat=True))
    left -= set(SourceLink.objects.filter(target_id__in=left).values_list("target_id", flat=True))
    for relation in patient._meta.related_objects:
        model: Any = relation.related_model
        if model in {OldRow, Document} or model.__name__.endswith("Event"):
            continue
        referring = model._base_manager.filter(**{relation.field.name: patient})
        if set(referring.values_list("pk", flat=True)) - left:
            return False
    return True


def _changed() -> ItemError:
    return ItemError(
        "changed_since",
        "People have worked on it since it was moved in.",
        "Decide about it by hand.",
    )
