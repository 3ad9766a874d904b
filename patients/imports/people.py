"""Who is there already: the patient that a row means, if there is one, and when that is unclear.

A row and a patient are the same person when the external id (or FileMaker id) agrees, unless name
and date of birth both differ; or when the e-mail agrees, no id and no date of birth contradicts,
and the first name or the date of birth agrees too: families share addresses. A row with none of
the three means a patient of exactly that name with that date of birth. Where one of the two dates
is not known, it means a patient who has everything that the row says, and is otherwise unclear.
Unclear rows are never skipped and never imported: they are listed, for people to decide.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from accounts.folding import fold
from patients.models import Patient
from patients.services.bulk import RowFault

IDS = ("external_id", "filemaker_id")
KEYS = (*IDS, "email")
IMPORTED = (
    *("first_name", "last_name", "email", "phone", "address", "date_of_birth", "sex"),
    *("external_id", "filemaker_id", "status", "notes"),
)
_SAME_NAMES = """
    SELECT p.id FROM patients_patient p
      JOIN unnest(%s::text[], %s::text[]) wanted(last_name, first_name)
        ON p.last_name = wanted.last_name AND p.first_name = wanted.first_name"""


class UnclearError(Exception):
    """It cannot be said who is meant; `fault` is for the list."""

    def __init__(self, fault: RowFault) -> None:
        super().__init__(fault.code)
        self.fault = fault


class People:
    """Patients by what a row may name them by: those in the database and those of earlier rows."""

    def __init__(self, found: Iterable[Patient] = ()) -> None:
        self._by_key: dict[tuple[str, str], UUID] = {}
        self._by_name: dict[tuple[str, str], dict[UUID, None]] = defaultdict(dict)  # in their order
        self._by_pk: dict[UUID, Patient] = {}
        for patient in found:
            self.add(patient)

    def add(self, patient: Patient) -> None:
        """Take somebody in, or what has become of them."""
        for name in KEYS:
            value = key_of(patient, name)
            if value:
                self._by_key[name, value] = patient.pk
        self._by_name[_name_of(patient)][patient.pk] = None
        self._by_pk[patient.pk] = patient

    def meant_by(self, row: Patient, given: Sequence[str]) -> Patient | None:
        """Return whom a row means, None for somebody new. Raises `UnclearError`."""
        found = {name: other for name in KEYS if (other := self._holder(row, name))}
        if len({other.pk for other in found.values()}) > 1:
            names = " and ".join(found)
            raise _unclear("conflict", next(iter(found)), f"{names} are of different patients.")
        for name, other in found.items():
            if not _same_person(row, other, name):
                raise _unclear(
                    "other_person",
                    name,
                    f"A patient with another name, birth date or id has this {_words(name)}."
                    " Mend the row, or leave it out.",
                )
        if found:
            return next(iter(found.values()))
        return None if any(key_of(row, name) for name in KEYS) else self._namesake(row, given)

    def has(self, row: Patient) -> bool:
        """Say whether there is anybody whom a row may mean."""
        if any(key_of(row, name) for name in KEYS):
            return any(self._holder(row, name) for name in KEYS)
        return _name_of(row) in self._by_name

    def _holder(self, row: Patient, name: str) -> Patient | None:
        value = key_of(row, name)
        if not value or (name, value) not in self._by_key:
            return None
        other = self._by_pk[self._by_key[name, value]]
        return other if key_of(other, name) == value else None  # an earlier row may have changed it

    def _namesake(self, row: Patient, given: Sequence[str]) -> Patient | None:
        found = [self._by_pk[pk] for pk in self._by_name.get(_name_of(row), ())]
        namesakes = [other for other in found if _name_of(other) == _name_of(row)]
        born = row.date_of_birth
        same = [other for other in namesakes if born and other.date_of_birth == born]
        same = same or [
            other for other in namesakes if all(_equal(row, other, name) for name in given)
        ]
        if same:
            return same[0]
        if any(born is None or other.date_of_birth is None for other in namesakes):
            raise _unclear(
                "possible_duplicate",
                "date_of_birth",
                "A patient has this name; only an id, e-mail or date of birth can tell them apart.",
            )
        return None


def look_up(rows: Sequence[Patient], *, lock: bool = False) -> People:
    """Return those in the database whom rows may mean, in four queries at most."""
    people = Patient.objects.order_by("pk")
    if lock:
        people = people.select_for_update()
    found: list[Patient] = []
    for name in KEYS:
        found += _holders(people, name, {key_of(row, name) for row in rows} - {""})
    nameless = [row for row in rows if not any(key_of(row, name) for name in KEYS)]
    if nameless:
        names = [[row.last_name for row in nameless], [row.first_name for row in nameless]]
        found += people.filter(pk__in=RawSQL(_SAME_NAMES, names))  # noqa: S611  parameters
    return People({patient.pk: patient for patient in found}.values())


def _holders(people: QuerySet[Patient], name: str, values: set[str]) -> Iterable[Patient]:
    if not values:
        return ()
    people = people.exclude(**{name: ""})
    if name == "email":
        return people.alias(lower=Lower("email")).filter(lower__in=values)
    return people.filter(**{f"{name}__in": values})


def key_of(patient: Patient, name: str) -> str:
    value = str(getattr(patient, name))
    return value.lower() if name == "email" else value


def _name_of(patient: Patient) -> tuple[str, str]:
    return patient.last_name, patient.first_name


def changed_fields(row: Patient, other: Patient, given: Sequence[str]) -> dict[str, Any]:
    """Return what a row says otherwise than the patient has it."""
    return {name: getattr(row, name) for name in given if not _equal(row, other, name)}


def _equal(row: Patient, other: Patient, name: str) -> bool:
    ours, theirs = getattr(row, name), getattr(other, name)
    return ours == theirs or (name == "phone" and str(ours) == str(theirs))


def _same_person(row: Patient, other: Patient, by: str) -> bool:
    first = fold(row.first_name) == fold(other.first_name)
    last = fold(row.last_name) == fold(other.last_name)
    dated = row.date_of_birth is not None and other.date_of_birth is not None
    born = dated and row.date_of_birth == other.date_of_birth
    if by != "email":
        return first or last or not dated or born
    ids = ((getattr(row, name), getattr(other, name)) for name in IDS)
    if any(ours and theirs and ours != theirs for ours, theirs in ids):
        return False
    return (first or born) and (born or not dated)


def _unclear(code: str, field: str, message: str) -> UnclearError:
    return UnclearError(RowFault(field, code, message))


def _words(name: str) -> str:
    return {"email": "e-mail"}.get(name, name.replace("_", " "))
