"""The objects of an erased patient go, as a job; and the look beforehand."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from accounts.models import Membership
from backups.one_patient.duties import Duty, duties_of
from backups.one_patient.erasing import begin_erasure, finish_erasure, may_erase, remove_object
from backups.one_patient.graph import covered
from documents.models import Erasure, ErasureObject, ErasureState
from documents.storage import StoreError
from jobs.errors import JobParametersError, TransientError
from jobs.kinds import (
    Done,
    Gap,
    ItemKind,
    NewItem,
    Outcome,
    Reconciliation,
    WorkItem,
    register,
)
from jobs.models import Job
from jobs.services.background import start_in_background
from patients.models import Patient

ERASE = "erase_patient"
MOST_GAPS = 1_000


@register
class ErasePatient(ItemKind):
    """Removes the objects that an erasure has noted; in a dry run it says what would go."""

    name = ERASE
    title = "Erase a patient"
    concurrency = 1
    max_failed_share = 1.0
    gap = "to be kept"

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if "erasure" in parameters:
            pk = _uuid(parameters["erasure"], "erasure")
            if not Erasure.objects.filter(pk=pk).exists():
                raise JobParametersError("There is no such erasure.", field="erasure")
            return {"erasure": str(pk)}
        pk = _uuid(parameters.get("patient"), "patient")
        if not Patient.objects.filter(pk=pk).exists():
            raise JobParametersError("There is no such patient in this clinic.", field="patient")
        return {"patient": str(pk)}

    def start(self) -> None:
        if not self.dry_run and "erasure" not in self.parameters:
            raise JobParametersError("Without an erasure it can only be shown.", field="erasure")

    def list_items(self) -> Iterator[NewItem]:
        if not self.dry_run:
            left = ErasureObject.objects.filter(erasure=self.parameters["erasure"])
            for pk in left.values_list("pk", flat=True).iterator(chunk_size=1_000):
                yield NewItem(str(pk))

    def process(self, item: WorkItem) -> Outcome:
        left = ErasureObject.objects.filter(pk=item.source_id).first()
        if left is not None:  # else by an attempt that could not say so
            try:
                remove_object(left)
            except StoreError as error:
                raise TransientError(
                    "store_unavailable",
                    str(error),
                    "If the store denies it, run erase_patient with the rights of `erase`.",
                ) from error
        return Done("removed")

    def reconcile(self) -> Reconciliation:
        if self.dry_run:
            return self._preview(UUID(self.parameters["patient"]))
        erasure = finish_erasure(Erasure.objects.get(pk=self.parameters["erasure"]))
        left = erasure.objects_left.order_by("pk").values_list("pk", flat=True)[:MOST_GAPS]
        detail = "The object is in the store still. Start the job again."
        gaps = tuple(Gap(str(pk), "not_removed", detail) for pk in left)
        return Reconciliation(gaps, {"receipt": str(erasure.pk), "state": erasure.state})

    def _preview(self, patient_id: UUID) -> Reconciliation:
        rows = {table.label: table.of(patient_id).count() for table in covered()}
        gaps = tuple(_gap(duty) for duty in duties_of(patient_id))
        return Reconciliation(gaps, {"rows": {name: n for name, n in rows.items() if n}})


def erase_patient(*, membership: Membership, patient_id: UUID, reason: str) -> tuple[Erasure, Job]:
    """Erase a patient for an administrator: the rows now, the objects in the background.

    Raises `PatientKeptError`, `NotFoundError`, `NotPermittedError`, `ProblemError` (`reason`).
    """
    may_erase(membership=membership, patient_id=patient_id)
    erasure = begin_erasure(erased_by=membership.user, patient_id=patient_id, reason=reason)
    return erasure, start_in_background(
        kind=ERASE, parameters={"erasure": str(erasure.pk)}, requested_by=membership.user
    )


def is_under_way(patient_id: UUID) -> bool:
    return Erasure.objects.filter(patient_uuid=patient_id, state=ErasureState.ERASING).exists()


def _gap(duty: Duty) -> Gap:
    until = f"until {duty.until}" if duty.until else ""
    return Gap(f"{duty.kind} {duty.id}", duty.reason, until)


def _uuid(value: Any, field: str) -> UUID:
    try:
        return UUID(str(value))
    except ValueError as error:
        raise JobParametersError("That is no id.", field=field) from error
