"""Looking that each old invite has its patient."""

from collections import Counter
from itertools import islice
from typing import Any

from jobs.kinds import Gap, Kind, Reconciliation
from jobs.models import ItemState, JobItem
from legacy.schema import INVITES
from legacy.source import OldSystem
from legacy.values import text_of
from patients.models import Patient

BATCH = 500
MOST = 1_000  # patients named in the report
OPEN = frozenset({"pending", "sent", "open"})


def check_invites(kind: Kind, old: OldSystem) -> Reconciliation:
    """Compare the old invites with their patients; read both again.

    The report says how many invites there were of each status, and whom to invite: those whose
    invite was open and who have no login here. Nobody is sent anything by this.
    """
    gaps: list[Gap] = []
    statuses: Counter[str] = Counter()
    to_invite: dict[str, None] = {}
    source = old.stream(INVITES)
    while rows := list(islice(source, BATCH)):
        names = [f"{INVITES}:{row['id']}" for row in rows]
        links = kind.links(names)
        reasons = _reasons(kind, names)
        patients = Patient.objects.in_bulk([link.target_id for link in links.values()])
        for row, name in zip(rows, names, strict=True):
            status = text_of(row.get("status")).lower()
            statuses[status or "none"] += 1
            link = links.get(name)
            if link is None:
                if name not in reasons and not kind.dry_run:
                    gaps.append(Gap(name, "not_accounted"))
                continue
            patient = patients.get(link.target_id)
            if patient is not None and status in OPEN and patient.user_id is None:
                to_invite[str(patient.pk)] = None
    report: dict[str, Any] = {
        "source": kind.source,
        "statuses": dict(statuses),
        "to_invite": len(to_invite),
        "to_invite_patients": list(to_invite)[:MOST],
    }
    return Reconciliation(tuple(gaps), report)


def _reasons(kind: Kind, names: list[str]) -> set[str]:
    items = JobItem.objects.filter(
        job=kind.job, source_id__in=names, state__in=(ItemState.FAILED, ItemState.SKIPPED)
    )
    return set(items.values_list("source_id", flat=True))
