"""Many patients changed in one statement; the history gets a row for each, by trigger."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from patients.imports.people import IMPORTED
from patients.models import Patient


def update_patients(patients: Sequence[Patient]) -> None:
    """Write the imported fields of patients whose rows the caller has locked and checked.

    Raises `IntegrityError` as any update does.
    """
    if not patients:
        return
    now = timezone.now()
    fields: list[Any] = [Patient._meta.get_field(name) for name in (*IMPORTED, "updated_at")]
    rows = []
    for patient in patients:
        patient.updated_at = now
        values = {
            field.column: field.get_prep_value(getattr(patient, field.name)) for field in fields
        }
        rows.append({"id": str(patient.pk), **values})
    changes = ", ".join(f'"{field.column}" = new."{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE patients_patient old SET {changes}"  # noqa: S608  names of ours
            "  FROM json_populate_recordset(NULL::patients_patient, %s::json) new"
            " WHERE old.id = new.id",
            [json.dumps(rows, default=str)],
        )
        if cursor.rowcount != len(patients):
            raise RuntimeError("Not all of the locked patients were there.")
