"""Which records a job takes up."""

from django.db.models import Q, QuerySet

from filemaker.fields import LayoutMap
from filemaker.models import Area, FileMakerRecord, RecordState

FAILED = (RecordState.FAILED, RecordState.UNMATCHED)


def open_records(area: Area, layout: LayoutMap) -> QuerySet[FileMakerRecord]:
    """Return what failed, what had no patient, and of these what has one by now.

    A record that waits only because it has never been tried is for a run over all of them.
    """
    chosen = Q(state=RecordState.PENDING) & (Q(assigned_by__isnull=False) | ~Q(code=""))
    records = FileMakerRecord.objects.filter(area=area, source_id__startswith=f"{layout.layout}/")
    return records.filter(Q(state__in=FAILED) | chosen).order_by("source_id")


def id_in(record: FileMakerRecord, layout: LayoutMap) -> str:
    """Return FileMaker's id of a record: `API_Docs/<id>` or `API_Docs/<id>#<number>`."""
    name = record.source_id.removeprefix(f"{layout.layout}/")
    return name.removesuffix(f"#{record.record_id}")
