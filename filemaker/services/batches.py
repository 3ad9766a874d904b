"""The batches of photographs that imported pictures belong to: one for each patient and day."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import transaction

from documents.models import ImageBatch
from patients.models import Patient

NAME = "{day}_filemaker"
PatientDay = tuple[UUID, date]


def find_batches(asked: Iterable[PatientDay]) -> dict[PatientDay, ImageBatch]:
    """Return the batches that an import has made; one that people renamed is theirs."""
    wanted = set(asked)
    if not wanted:
        return {}
    batches = ImageBatch.objects.filter(
        patient__in={patient for patient, _ in wanted}, taken_on__in={day for _, day in wanted}
    )
    found: dict[PatientDay, ImageBatch] = {}
    for batch in batches.order_by("id"):
        if batch.name == NAME.format(day=batch.taken_on):
            found.setdefault((batch.patient_id, batch.taken_on), batch)
    return {key: batch for key, batch in found.items() if key in wanted}


def new_batch(patient: Patient, day: date) -> ImageBatch:
    """Return a batch that is not stored."""
    return ImageBatch(patient=patient, taken_on=day, name=NAME.format(day=day))


def keep_batches(asked: Iterable[ImageBatch]) -> dict[PatientDay, ImageBatch]:
    """Return the stored batches, made where there are none; two at once make one.

    `asked` are batches that are not stored. Those of patients who are gone are left out.
    """
    wanted = {(batch.patient_id, batch.taken_on): batch for batch in asked}
    if not wanted:
        return {}
    with transaction.atomic():
        patients = Patient.objects.filter(pk__in={patient for patient, _ in wanted})
        locked = patients.select_for_update(no_key=True).order_by("pk")
        there = set(locked.values_list("pk", flat=True))
        kept = find_batches(wanted)
        new = [one for key, one in wanted.items() if key not in kept and key[0] in there]
        for batch in new:
            batch.full_clean(exclude=["id", "patient"])
        ImageBatch.objects.bulk_create(new)
    return kept | {(batch.patient_id, batch.taken_on): batch for batch in new}
