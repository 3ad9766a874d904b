"""Whose a record is: the patient with the FileMaker id that the record names as its contact."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models.functions import Upper

from patients.models import Patient


def patients_of(contact_ids: Iterable[str]) -> dict[str, Patient]:
    """Return the patient of each FileMaker contact id; those without one are left out.

    Exactly the same id, or the same but for letter case where that is one patient only: UUIDs are
    the same in both cases, and files of patients are written in either.
    """
    asked = {one for one in contact_ids if one}
    if not asked:
        return {}
    found: dict[str, list[Patient]] = defaultdict(list)
    patients = Patient.objects.exclude(filemaker_id="").annotate(upper=Upper("filemaker_id"))
    for patient in patients.filter(upper__in={one.upper() for one in asked}):
        found[patient.filemaker_id.upper()].append(patient)
    chosen: dict[str, Patient] = {}
    for contact_id in asked:
        near = found.get(contact_id.upper(), [])
        exact = [one for one in near if one.filemaker_id == contact_id]
        only = exact or near
        if len(only) == 1:
            chosen[contact_id] = only[0]
    return chosen
