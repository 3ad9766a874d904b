"""Batches of photographs."""

from typing import Any

from django.db import transaction

from accounts.errors import ConflictError, NotFoundError, NotPermittedError
from accounts.models import Membership
from documents.models import ImageBatch
from documents.policies import PATIENTS, get_policy


def save_image_batch(*, membership: Membership, batch: ImageBatch, **fields: Any) -> ImageBatch:
    """Add or change a batch of a patient that the member may see; it stays with its patient."""
    if not membership.may("documents.add"):
        raise NotPermittedError
    with transaction.atomic():
        if not batch._state.adding:
            batch = ImageBatch.objects.select_for_update().get(pk=batch.pk)
            if fields.get("patient_id", batch.patient_id) != batch.patient_id:
                raise ConflictError("A batch stays with its patient.", field="patient_id")
        for name, value in fields.items():
            setattr(batch, name, value)
        patients = get_policy(PATIENTS).visible_to(membership)
        if not patients.filter(pk=batch.patient_id).exists():
            raise NotFoundError("There is no such patient for you.", field="patient_id")
        batch.full_clean(exclude=["patient"])
        batch.save()
    return batch
