"""What an AT report's PDF says, as plain data that is kept as JSON for years."""

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

LAYOUT = 1  # what layout.typ draws; a sheet says for which layout it was made
DATES = ("date_of_birth", "assessed_on", "finalized_on")


@dataclass(frozen=True, kw_only=True)
class ReportItem:
    """A recommended item; `cost` is in the clinic's currency, with at most two decimals."""

    item: str
    quantity: int
    supplier: str = ""
    cost: float | None = None
    rationale: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "ReportItem":
        """Read a row as a report keeps it: what was left empty may be missing or null."""
        given = {name: value for name, value in data.items() if value is not None}
        return cls(**_known(cls, given))


@dataclass(frozen=True, kw_only=True)
class ReportSheet:
    """Everything that the PDF of a finalised report is made of, and nothing else."""

    report_id: str
    clinic_name: str
    patient_name: str
    date_of_birth: date | None
    external_id: str
    assessed_on: date
    author_name: str
    finalized_on: date
    finalized_by: str
    findings: str
    goals: str
    items: tuple[ReportItem, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads back as an equal sheet, from any JSON store."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        days = {name: own[name].isoformat() if own[name] else None for name in DATES}
        return {**own, **days, "items": [row.to_json() for row in self.items], "layout": LAYOUT}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "ReportSheet":
        """Raises `ValueError` for a sheet that this layout cannot draw as it was drawn."""
        own = {name: value for name, value in data.items() if name != "layout"}
        if data.get("layout") != LAYOUT:
            raise ValueError(f"A sheet for layout {data.get('layout')!r}, not {LAYOUT}")
        days = {name: date.fromisoformat(own[name]) if own[name] else None for name in DATES}
        items = tuple(ReportItem.from_json(row) for row in own["items"])
        return cls(**{**_known(cls, own), **days, "items": items})


def _known(cls: type, data: dict[str, Any]) -> dict[str, Any]:
    """Refuse what would be lost silently."""
    unknown = data.keys() - {field.name for field in fields(cls)}
    if unknown:
        raise ValueError(f"{cls.__name__} does not know {', '.join(sorted(unknown))}")
    return data
