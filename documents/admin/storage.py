"""The page of numbers: what the clinic keeps, as charts that the server draws and as tables."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action

from accounts.clinic_admin import membership_in
from documents.services.amounts import ABILITY, Amount, amounts

MB = 1024 * 1024
WIDTH, HEIGHT, BAR, GAP = 720, 220, 22, 8  # of the drawings, in SVG's own units
LABELS, ROOM = 130, 90  # beside the bars, for the classes' names and numbers
MOST_MONTHS_NAMED = 12


@dataclass(frozen=True)
class Row:
    """A line of a table and its bar in the chart above."""

    label: str
    files: int
    mb: str
    x: float
    y: float
    width: float
    height: float
    is_named: bool = True


class StorageAdminMixin:
    """Mix in before `ClinicModelAdmin`, for documents."""

    actions_list: Any = ("storage",)

    def has_storage_permission(self, request: HttpRequest) -> bool:
        return membership_in(request).may(ABILITY)

    @action(description="Storage", permissions=["storage"], icon="bar_chart", url_path="storage")
    def storage(self, request: HttpRequest) -> TemplateResponse:
        found = amounts(membership=membership_in(request))
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": "Storage",
            "classes": _lying(found.classes),
            "months": _standing(found.months),
            "total": _row(found.total, 0, 0, 0, 0),
            "back": reverse("admin:documents_document_changelist"),
            "width": WIDTH,
            "height": HEIGHT,
            "classes_height": len(found.classes) * (BAR + GAP) + GAP,
            "labels": LABELS,
        }
        return TemplateResponse(request, "documents/storage.html", context)


def _lying(found: tuple[Amount, ...]) -> list[Row]:
    """Return horizontal bars, one below the other, as long as there are bytes."""
    most = max((one.size for one in found), default=0) or 1
    room = WIDTH - LABELS - ROOM
    return [
        _row(one, LABELS, GAP + at * (BAR + GAP), room * one.size / most, BAR)
        for at, one in enumerate(found)
    ]


def _standing(found: tuple[Amount, ...]) -> list[Row]:
    """Return upright bars, one for each month, as high as there are bytes."""
    most = max((one.size for one in found), default=0) or 1
    step = min(60.0, WIDTH / (len(found) or 1))
    each = -(-len(found) // MOST_MONTHS_NAMED) or 1
    room = HEIGHT - 40
    rows = []
    for at, one in enumerate(found):
        high = room * one.size / most
        rows.append(
            _row(one, at * step, 10 + room - high, step * 0.8, high, is_named=at % each == 0)
        )
    return rows


def _row(
    one: Amount, x: float, y: float, width: float, height: float, *, is_named: bool = True
) -> Row:
    return Row(
        one.label,
        one.files,
        f"{one.size / MB:,.2f}",
        x=round(x, 1),
        y=round(y, 1),
        width=round(width, 1),
        height=round(height, 1),
        is_named=is_named,
    )
