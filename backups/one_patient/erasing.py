"""A patient is erased: the rows in one transaction, then the objects, then the receipt.

The transaction locks what is to go, asks whether anything forbids it, writes down which objects are
to be removed, and removes the rows with their history. So either nothing has happened, or the
patient is gone from view and `ErasureObject` says what the store has still to lose. Whatever dies
afterwards is gone on with by the job, or by typing the same again.

It is the one place that passes over the triggers which forbid to delete (docs/decisions/0013).
"""

import hashlib
from typing import Any
from uuid import UUID

import pgtrigger
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.errors import NotFoundError, NotPermittedError, ProblemError
from accounts.models import Membership, User
from accounts.policies import current_account
from accounts.roles import Role
from accounts.services.members import set_membership
from accounts.tenancy import current_schema
from backups.one_patient.duties import require_no_duties
from backups.one_patient.graph import DOCUMENT, PATIENT, Covered, covered
from documents.errors import StoreUnavailableError
from documents.keys import belongs_to, staging_key
from documents.models import (
    ArchiveFile,
    ArchiveState,
    DirectUpload,
    Document,
    Erasure,
    ErasureObject,
    ErasureState,
    Preview,
)
from documents.services.copies import remove_copies
from documents.services.locking import lock_owners
from documents.services.restructuring.claims import SOURCE as RESTRUCTURED
from documents.storage import StoreError, object_store
from jobs.models import JobItem, SourceLink
from patients.models import Guardian, Patient
from patients.policies import patients_visible_to

SOURCE = "patient_export"  # of re-imports: these may be repeated after an erasure
REASON = 300  # characters
AT_ONCE = 5_000  # ids or rows in one statement


def may_erase(*, membership: Membership, patient_id: UUID) -> Patient:
    """Return the patient. Raises `NotFoundError`, `NotPermittedError`."""
    patient = patients_visible_to(membership).filter(pk=patient_id).first()
    if patient is None:
        raise NotFoundError
    if not membership.may("patients.erase"):
        raise NotPermittedError
    return patient


def begin_erasure(*, erased_by: User | None, patient_id: UUID, reason: str) -> Erasure:
    """Remove all rows of a patient and note which objects are to follow; return the receipt.

    An erasure that is under way already is returned as it is. Raises `PatientKeptError` with what
    must be kept (then nothing has changed), `NotFoundError`, `ProblemError` (field `reason`).
    """
    under_way = Erasure.objects.filter(patient_uuid=patient_id, state=ErasureState.ERASING)
    if (found := under_way.first()) is not None:
        return found
    reason = _reason(reason)
    _remove_copies(patient_id)
    with transaction.atomic():
        patient = Patient.objects.select_for_update().filter(pk=patient_id).first()
        if patient is None:
            found = under_way.first()  # somebody was faster
            if found is None:
                raise NotFoundError("There is no such patient in this clinic.")
            return found
        _lock(patient_id)
        require_no_duties(patient_id)
        ids = _ids_of(patient_id)
        keys = _keys(patient_id, ids)
        erasure = Erasure.objects.create(
            patient_uuid=patient_id,
            erased_by=erased_by,
            reason=reason,
            keys_sha256=_sha256(keys),
        )
        ErasureObject.objects.bulk_create(
            (ErasureObject(erasure=erasure, s3_key=key) for key in keys), batch_size=AT_ONCE
        )
        _close_logins(patient)
        counts = _remove_rows(patient_id, ids)
        _forget_traces(ids)
        erasure.counts = {**counts, "objects": len(keys)}
        erasure.save()
    return erasure


def remove_object(left: ErasureObject) -> None:
    """Remove an object with all its versions, then the note of it. Raises `StoreError`."""
    object_store().erase(left.s3_key)
    left.delete()


def finish_erasure(erasure: Erasure) -> Erasure:
    """Make the receipt final when no object is left; safe to call twice."""
    with transaction.atomic():
        locked = Erasure.objects.select_for_update().get(pk=erasure.pk)
        if locked.state == ErasureState.ERASING and not locked.objects_left.exists():
            locked.state, locked.erased_at = ErasureState.ERASED, timezone.now()
            locked.save()
            ArchiveFile.objects.filter(
                state=ArchiveState.EXPIRED, patient_ids__contains=[locked.patient_uuid]
            ).update(state=ArchiveState.REMOVED, s3_key=None)
    return locked


# --- Before ---------------------------------------------------------------------------------------


def _lock(patient_id: UUID) -> None:
    """Lock what hangs on the patient; an upload waits, and finds its record gone.

    Documents are locked before anything is asked of them: a hold that was set a moment ago is seen,
    and one that is set a moment later finds no document.
    """
    from django.contrib.contenttypes.models import ContentType

    owners = []
    for table in covered():
        rows = table.of(patient_id).select_for_update(of=("self",))
        pks = list(rows.values_list("pk", flat=True))
        kind = ContentType.objects.get_for_model(table.model).pk
        owners += [(kind, pk) for pk in pks if isinstance(pk, UUID)]
    lock_owners(owners)
    # Those that came between the two locks.
    list(_documents(patient_id).select_for_update(of=("self",)).values_list("pk", flat=True))


def _documents(patient_id: UUID) -> Any:
    return Document.objects.filter(
        Q(patient_id=patient_id) | Q(pk__in=_table(DOCUMENT).of(patient_id).values("pk"))
    ).order_by("pk")


def _table(label: str) -> Covered:
    return next(one for one in covered() if one.label == label)


def _ids_of(patient_id: UUID) -> dict[str, set[Any]]:
    """Return the ids of each table's rows, those included that only the history knows."""
    ids: dict[str, set[Any]] = {PATIENT: {patient_id}}
    for table in covered():
        if table.label == PATIENT:
            continue
        found = set(table.of(patient_id).values_list("pk", flat=True))
        events = _events(table)
        if events is not None:
            of_parents = events.objects.filter(_by_parents(table, ids)).order_by()
            known = set(of_parents.values_list("pgh_obj_id", flat=True).distinct())
            there = table.model._base_manager.filter(pk__in=known - found)
            found |= known - set(there.values_list("pk", flat=True))  # now another patient's
        ids[table.label] = found
    return ids


def _by_parents(table: Covered, ids: dict[str, set[Any]]) -> Q:
    condition = Q(pk__in=[])
    for field in table.parents():
        condition |= Q(**{f"{field.attname}__in": ids[field.related_model._meta.label_lower]})  # type: ignore[union-attr]
    return condition


def _events(table: Covered) -> Any:
    """Return the model of a table's history, or None."""
    for model in apps.get_models(include_auto_created=True):
        if getattr(model, "pgh_tracked_model", None) is table.model:
            return model
    return None


def _keys(patient_id: UUID, ids: dict[str, set[Any]]) -> list[str]:
    """Return the keys of documents, where these lay before, of previews, uploads and ZIPs.

    A key outside of the clinic, as an old system's in the history, is no object of ours to remove.
    """
    keys = set(_documents(patient_id).values_list("s3_key", flat=True))
    moving = _documents(patient_id).exclude(other_keys=[])
    keys |= {key for one in moving.values_list("other_keys", flat=True) for key in one}
    history = _events(_table(DOCUMENT)).objects
    before = history.filter(pgh_obj_id__in=ids[DOCUMENT]).order_by()
    keys |= set(before.values_list("s3_key", flat=True).distinct())
    previews = Preview.objects.filter(document__in=ids[DOCUMENT], s3_key__isnull=False)
    keys |= {str(key) for key in previews.values_list("s3_key", flat=True)}
    sent = DirectUpload.objects.filter(document__in=ids[DOCUMENT])
    keys |= {staging_key(pk) for pk in sent.values_list("document_id", flat=True)}
    archives = ArchiveFile.objects.filter(
        Q(patient_uuid=patient_id)
        | Q(patient_ids__contains=[patient_id])
        | Q(chosen__overlap=list(ids[DOCUMENT]))
        | Q(document_ids__overlap=list(ids[DOCUMENT]))
    )
    keys |= set(archives.exclude(s3_key=None).values_list("s3_key", flat=True))
    archives.exclude(state=ArchiveState.REMOVED).update(
        state=ArchiveState.EXPIRED, patient_ids=[patient_id], document_ids=[], chosen=[]
    )
    return sorted(key for key in keys if belongs_to(key, current_schema()))


def _remove_copies(patient_id: UUID) -> None:
    """Remove what a restructuring has kept of the documents, while its notes say where.

    Before the transaction, whose locks do not wait for the store. These are further copies: should
    the erasure be refused after all, no document has lost its own. Raises `PatientKeptError`,
    `StoreUnavailableError`.
    """
    documents = _documents(patient_id).order_by().values("pk")
    noted = SourceLink.objects.filter(source=RESTRUCTURED, target_id__in=documents)
    copied = set(noted.values_list("target_id", flat=True))
    if copied:
        require_no_duties(patient_id)
    try:
        for pk in copied:
            remove_copies(pk)
    except StoreError as error:
        raise StoreUnavailableError("The store cannot remove copies now; try again.") from error


def _sha256(keys: list[str]) -> str:
    digest = hashlib.sha256()
    for key in keys:
        digest.update(f"{key}\n".encode())
    return digest.hexdigest()


def _reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise ProblemError("Say why; the receipt shows it.", field="reason")
    if len(text) > REASON:
        raise ProblemError(f"The reason has more than {REASON} characters.", field="reason")
    return text


# --- The rows -------------------------------------------------------------------------------------


def _close_logins(patient: Patient) -> None:
    """Deactivate the patient's own membership here, unless they act for somebody else."""
    if patient.user_id is None:
        return
    others = Guardian.objects.filter(user_id=patient.user_id, is_active=True)
    if others.exclude(patient_id=patient.pk).exists():
        return
    own = Membership.objects.filter(
        account_id=current_account().pk, user_id=patient.user_id, role=Role.PATIENT, is_active=True
    )
    for member in own:
        set_membership(member=member, is_active=False)


def _remove_rows(patient_id: UUID, ids: dict[str, set[Any]]) -> dict[str, Any]:
    """Remove the rows and their history, children first; return how many, by table."""
    counts: dict[str, int] = {}
    history = 0
    tables = covered()[::-1]
    with pgtrigger.ignore(*_guards(tables)):
        for table in tables:
            rows = table.of(patient_id).order_by()
            # As SQL, not through Django, which would load what it deletes and ask what hangs on it.
            counts[table.label] = rows._raw_delete(rows.db) or 0
            history += _remove_history(table, ids)
    return {
        "rows": {label: number for label, number in counts.items() if number},
        "history": history,
    }


def _remove_history(table: Covered, ids: dict[str, set[Any]]) -> int:
    events = _events(table)
    if events is None:
        return 0
    removed = 0
    named = events.objects.filter(_by_parents(table, ids))
    for found in (*_parts(events, ids[table.label]), named):
        removed += found._raw_delete(found.db) or 0  # None where nothing is asked for
    return removed


def _parts(events: Any, ids: set[Any]) -> Any:
    wanted = list(ids)
    for begin in range(0, len(wanted), AT_ONCE):
        yield events.objects.filter(pgh_obj_id__in=wanted[begin : begin + AT_ONCE])


def _guards(tables: tuple[Covered, ...]) -> list[str]:
    """Return the triggers that see a row of these tables, or of their histories, deleted."""
    models = [*(one.model for one in tables), *filter(None, map(_events, tables))]
    return [
        f"{model._meta.label}:{trigger.name}"
        for model in models
        for trigger in getattr(model._meta, "triggers", ())
        if "DELETE" in str(trigger.operation).upper()
    ]


def _forget_traces(ids: dict[str, set[Any]]) -> None:
    """Remove what other tables say of the rows without a key to them.

    Where something came from is kept, without any facts, so that no import brings it back; what an
    export brought may come again.
    """
    gone = [pk for pks in ids.values() for pk in pks if isinstance(pk, UUID)]
    for begin in range(0, len(gone), AT_ONCE):
        some = gone[begin : begin + AT_ONCE]
        LogEntry.objects.filter(object_id__in=[str(pk) for pk in some]).delete()
        links = SourceLink.objects.filter(target_id__in=some)
        for job_id, source_id in links.values_list("job_id", "source_id"):
            JobItem.objects.filter(job_id=job_id, source_id=source_id).update(
                payload={}, result={}, detail=""
            )
        links.filter(source=SOURCE).delete()
        links.update(facts={})
