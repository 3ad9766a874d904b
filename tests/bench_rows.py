"""Rows by the hundred thousand: `INSERT … SELECT` with what a model's columns need."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models


def insert_into(model: type[models.Model], rest: str, **said: str) -> str:
    """Return `INSERT INTO … (…) SELECT …` and the rest, from `FROM`; `said` are SQL expressions.

    Texts and lists that are not said are empty; `created_at` and `updated_at` are now.
    """
    found = {"created_at": "now()", "updated_at": "now()", **said}
    for field in _needed(model):
        if field.column not in found:
            found[field.column] = "'{}'" if isinstance(field, ArrayField) else "''"
    columns = ", ".join(f'"{name}"' for name in found)
    values = ", ".join(found.values())
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) SELECT {values} {rest}'


def _needed(model: type[models.Model]) -> list[Any]:
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField | ArrayField)
        and not field.generated
        and not field.null
    ]
