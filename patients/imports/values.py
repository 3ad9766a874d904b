"""Cells to fields: what a row of a file means, by the same rules as everywhere else.

Here only the many ways of writing a thing are made one. Whether it may be is said by
`patients.services.checks.check_fields`, which every patient goes through.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from patients.imports.columns import REQUIRED, plain
from patients.imports.dates import HOW, day_of
from patients.imports.phones import phone_of
from patients.models import PatientStatus, Sex
from patients.services.bulk import RowFault

_SEXES = {
    Sex.FEMALE: "f female w weiblich frau woman féminin femme",
    Sex.MALE: "m male männlich mann man masculin homme h",
    Sex.OTHER: "o other d divers diverse x autre",
    Sex.UNKNOWN: "u unknown unbekannt inconnu n/a",
}
_STATUSES = {
    PatientStatus.ACTIVE: "active aktiv actif active",
    PatientStatus.INACTIVE: "inactive inaktiv inactif",
    PatientStatus.ARCHIVED: "archived archiviert archivé archive",
    PatientStatus.DECEASED: "deceased verstorben décédé décédée dead",
}
SEXES = {plain(word): sex for sex, words in _SEXES.items() for word in words.split()}
STATUSES = {plain(word): status for status, words in _STATUSES.items() for word in words.split()}
_CHOICES: dict[str, tuple[dict[str, Any], str]] = {
    "sex": (SEXES, f"Write one of {', '.join(Sex.values)}."),
    "status": (STATUSES, f"Write one of {', '.join(PatientStatus.values)}."),
}
PHONE = "Write a phone number as one dials it here, or with + and the country."


@dataclass(frozen=True, slots=True)
class Understood:
    """The fields of a row that are clear, and what is wrong with the others."""

    fields: dict[str, Any]
    faults: tuple[RowFault, ...] = ()


def understand(cells: Mapping[str, str], date_order: str) -> Understood:
    """Return what a row's cells mean; `cells` are trimmed, by field, without the empty ones."""
    fields: dict[str, Any] = dict.fromkeys(REQUIRED, "")
    fields.update(cells)
    faults = []
    if "email" in cells:
        fields["email"] = cells["email"].lower()
    if "phone" in cells:
        phone = phone_of(cells["phone"])
        if phone is None:
            faults.append(RowFault("phone", "invalid", PHONE))
        fields["phone"] = phone
    if "date_of_birth" in cells:
        day = day_of(cells["date_of_birth"], date_order)
        if day is None:
            faults.append(RowFault("date_of_birth", "invalid", HOW[date_order]))
        fields["date_of_birth"] = day
    for name, (words, how) in _CHOICES.items():
        if name in cells:
            chosen = words.get(plain(cells[name]))
            if chosen is None:
                faults.append(RowFault(name, "invalid_choice", how))
            fields[name] = chosen
    for fault in faults:
        del fields[fault.field]
    return Understood(fields, tuple(faults))
