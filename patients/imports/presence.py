"""Whether the rows of a file are in the database, by reading both again."""

from collections.abc import Sequence

from patients.imports.delimited import Record
from patients.imports.people import look_up
from patients.imports.reading import Recipe
from patients.imports.values import understand
from patients.models import Patient


def missing_of(records: Sequence[Record], recipe: Recipe) -> list[Record]:
    """Return the records of whom no patient is there with their id, e-mail or name."""
    rows = [
        Patient(**understand(recipe.cells_of(record), recipe.date_order).fields)
        for record in records
    ]
    people = look_up(rows)
    return [record for record, row in zip(records, rows, strict=True) if not people.has(row)]
