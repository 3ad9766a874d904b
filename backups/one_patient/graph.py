"""Which tables hold what of a patient, asked of the models: foreign keys, and keys to those.

Nothing is listed by hand, so a table of tomorrow is exported and erased as well. What an import
does with a table is decided by hand (`rows.py`), and a test fails until it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Field, Model, Q, QuerySet

from backups.shapes import tenant_models

PATIENT, DOCUMENT = "patients.patient", "documents.document"


@dataclass(frozen=True)
class Covered:
    """A table with rows of patients. `paths` are the lookups from a row to the patient."""

    model: type[Model]
    paths: tuple[str, ...]

    @property
    def label(self) -> str:
        return str(self.model._meta.label_lower)

    def of(self, patient_id: UUID) -> "QuerySet[Any]":
        """Return the rows of one patient."""
        found = Q()
        for path in self.paths:
            found |= Q(**{path: patient_id})
        return self.model._base_manager.filter(found).order_by("pk")

    def parents(self) -> "Iterator[Field[Any, Any]]":
        """Yield the foreign keys to other rows of the patient."""
        for field in self.model._meta.concrete_fields:
            target = field.related_model
            if isinstance(target, type) and target is not self.model and _label(target) in _found():
                yield field


def covered() -> tuple[Covered, ...]:
    """Return the tables, each behind those that it refers to; the patient's comes first."""
    found = _found()
    order = TopologicalSorter(
        {
            label: {_label(field.related_model) for field in one.parents()}
            for label, one in found.items()
        }
    )
    return tuple(found[label] for label in order.static_order())


def covered_model(label: str) -> Covered:
    return _found()[label]


@cache
def _found() -> dict[str, Covered]:
    paths: dict[str, tuple[str, ...]] = {PATIENT: ("pk",)}
    models = [one for one in tenant_models() if not hasattr(one, "pgh_tracked_model")]
    while True:
        known = len(paths), sum(map(len, paths.values()))
        for model in models:
            ways = tuple(_ways(model, paths))
            if ways and _label(model) != PATIENT:
                paths[_label(model)] = ways
        if known == (len(paths), sum(map(len, paths.values()))):
            break
    return {label: Covered(apps.get_model(label), ways) for label, ways in sorted(paths.items())}


def _ways(model: type[Model], paths: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for field in model._meta.concrete_fields:
        target = field.related_model
        if isinstance(target, type) and target is not model and _label(target) in paths:
            for way in paths[_label(target)]:
                yield f"{field.name}__{way}"


def _label(model: Any) -> str:
    return str(model._meta.label_lower)
