from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.permissions import membership_of_request
from jobs.models import Job, JobEvent, JobItem
from jobs.policies import sees_rows
from jobs.services.reporting import counts_of


class JobCountsSerializer(serializers.Serializer):
    total = serializers.IntegerField(allow_null=True, help_text="null while it is not known")
    done = serializers.IntegerField(help_text="made or changed")
    skipped = serializers.IntegerField(help_text="nothing was to be done")
    failed = serializers.IntegerField()


class JobSerializer(serializers.ModelSerializer):
    """A job. `stop_code` says why it rests, where that was not wished for."""

    counts = serializers.SerializerMethodField()
    codes = serializers.DictField(
        source="counts", child=serializers.IntegerField(), help_text="items by what became of them"
    )
    gaps = serializers.IntegerField(
        source="report.gaps_found", default=0, help_text="of the source, not accounted for"
    )

    class Meta:
        model = Job
        fields = (
            *("id", "kind", "state", "phase", "dry_run", "background", "counts", "codes", "gaps"),
            *("stop_code", "stop_detail", "created_at", "started_at", "finished_at"),
            "rolled_back_at",
        )
        read_only_fields = fields

    @extend_schema_field(JobCountsSerializer)
    def get_counts(self, job: Job) -> dict[str, int | None]:
        return counts_of(job)


class JobEventSerializer(serializers.ModelSerializer):
    class Meta:
        model = JobEvent
        fields = ("at", "text")


class JobFailureSerializer(serializers.ModelSerializer):
    """An item that failed; whose rows are not for the caller gets the reason alone."""

    source_id = serializers.SerializerMethodField()
    detail = serializers.SerializerMethodField()

    class Meta:
        model = JobItem
        fields = ("id", "source_id", "code", "detail", "remedy", "attempts", "updated_at")

    def get_source_id(self, item: JobItem) -> str:
        return item.source_id if self._sees_rows() else ""

    def get_detail(self, item: JobItem) -> str:
        return item.detail if self._sees_rows() else ""

    def _sees_rows(self) -> bool:
        return sees_rows(membership_of_request(self.context["request"]))


JOB: dict[str, Any] = {
    "id": "0190a3c4-0000-7000-8000-000000000000",
    "kind": "import_patients",
    "state": "running",
    "phase": "working",
    "dry_run": False,
    "background": True,
    "counts": {"total": 17933, "done": 5094, "skipped": 12, "failed": 3},
    "codes": {"imported": 5094, "already_there": 12, "invalid": 3},
    "gaps": 0,
    "stop_code": "",
    "stop_detail": "",
    "created_at": "2026-11-02T01:30:00Z",
    "started_at": "2026-11-02T01:30:02Z",
    "finished_at": None,
    "rolled_back_at": None,
}
