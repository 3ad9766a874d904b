"""The time in which the old system's addresses still answer."""

import re
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.errors import ConflictError, NotFoundError, ProblemError
from accounts.models import Membership
from documents.models import Document
from documents.policies import get_document_for
from jobs.models import SourceLink
from legacy.models import Transition
from legacy.schema import ENTITY_FILES, LAB_FILES

FILE_TABLES = (LAB_FILES, ENTITY_FILES)
_OLD_ID = re.compile(r"(?:[a-z_]+:)?[A-Za-z0-9_-]{1,100}\Z", re.ASCII)  # a number or a UUID


def begin_transition(source: str) -> None:
    """Let an old system's addresses answer, unless the operator has ended that before."""
    Transition.objects.get_or_create(source=source)


@dataclass(frozen=True)
class Ended:
    """What ends: how many of an old system's files are reached by their old address."""

    source: str
    addresses: int


def end_transition(*, source: str = "", apply: bool) -> list[Ended]:
    """End the transition of one old system, or of all; without `apply` only say what would end.

    The records stay, and so does the note of what came from where. Raises `ProblemError` for a
    source that has none. Ending it twice changes nothing.
    """
    with transaction.atomic():
        found = Transition.objects.select_for_update().filter(ended_at=None)
        if source:
            if not Transition.objects.filter(source=source).exists():
                known = ", ".join(Transition.objects.values_list("source", flat=True)) or "none"
                raise ProblemError(
                    f"No old system is called {source!r} here. Known: {known}.", field="source_name"
                )
            found = found.filter(source=source)
        ended = [
            Ended(one.source, SourceLink.objects.filter(_files(), source=one.source).count())
            for one in found
        ]
        if apply:
            now = timezone.now()
            found.update(ended_at=now, updated_at=now)
    return ended


def find_by_old_id(
    *, membership: Membership, old_id: str, tables: tuple[str, ...] = FILE_TABLES
) -> Document:
    """Return the document that an old system's file has become, if this member may see it.

    `old_id` may name its table (`entity_files:12`). Raises `NotFoundError` for all else, and
    `ConflictError` where several old systems or tables had that number.
    """
    if not _OLD_ID.match(old_id):
        raise NotFoundError
    table, colon, _ = old_id.partition(":")
    if colon and table not in tables:
        raise NotFoundError
    wanted = [old_id] if colon else [f"{name}:{table}" for name in tables]
    open_ones = Transition.objects.filter(ended_at=None).values("source")
    links = SourceLink.objects.filter(source__in=open_ones, source_id__in=wanted)
    seen: dict[object, Document] = {}
    for link in links:
        try:
            document = get_document_for(membership, link.target_id)
        except NotFoundError:
            continue
        seen[document.pk] = document
    if not seen:
        raise NotFoundError
    if len(seen) > 1:
        raise ConflictError(
            "Several files had this number; name the table too, such as lab_result_files:12.",
            code="ambiguous",
        )
    return next(iter(seen.values()))


def _files() -> Q:
    condition = Q()
    for table in FILE_TABLES:
        condition |= Q(source_id__startswith=f"{table}:")
    return condition
