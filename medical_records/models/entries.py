from datetime import UTC, datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from accounts.models import Entity
from medical_records.values.faults import Fault
from patients.models import Patient

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class PatientEntry(Entity):
    """Something that is kept about one patient, and stays theirs.

    `services.entries` adds, changes and removes the plain ones: lab results, visits, procedures
    and insurances. `area` is the ability area (accounts/roles.py) that they ask for.
    """

    area: ClassVar[str] = "records"
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="%(class)ss")

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse moments that no calendar of a clinic holds: other zones could not show them."""
        for field in self._meta.fields:
            moment = getattr(self, field.attname)
            if isinstance(moment, datetime) and not EARLIEST <= moment < LATEST:
                raise ValidationError({field.name: "Choose a moment between 1900 and 2200."})


def refuse(**faults: list[Fault]) -> None:
    """Raise what was found wrong inside JSON fields; `path` says where in the field."""
    errors = {
        field: [
            ValidationError(fault.message, code=fault.code, params={"path": fault.path})
            for fault in found
        ]
        for field, found in faults.items()
        if found
    }
    if errors:
        raise ValidationError(errors)


def in_order(earlier: str, later: str, name: str, message: str) -> models.CheckConstraint:
    """Return the constraint that one column is not before another, where both are given."""
    condition = (
        models.Q(**{f"{earlier}__isnull": True})
        | models.Q(**{f"{later}__isnull": True})
        | models.Q(**{f"{later}__gte": models.F(earlier)})
    )
    return models.CheckConstraint(condition=condition, name=name, violation_error_message=message)
