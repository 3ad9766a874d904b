"""Jobs in the clinic's admin: watched, paused, cancelled, resumed; their failures as a file."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from unfold.decorators import action

from accounts.clinic_admin import ClinicModelAdmin, membership_in
from accounts.confirmation import confirmed
from accounts.models import Membership
from jobs.kinds import kinds
from jobs.models import Job, JobState
from jobs.policies import jobs_visible_to, sees_rows
from jobs.services.control import cancel_job, pause_job, resume_job
from jobs.services.reporting import failures_of
from jobs.services.running import INCOMPLETE
from jobs.tasks import send_job

SHOWN = 100  # failures on the page; the file has all of them
COLUMNS = ("source_id", "code", "detail", "remedy", "attempts")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula
AT_REST = (JobState.PAUSED, JobState.INTERRUPTED, JobState.FAILED)


class Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line


@admin.register(Job)
class JobAdmin(ClinicModelAdmin):
    """For watching; each kind of work is started where it belongs."""

    list_display = ("title", "created_at", "progress", "outcome", "dry_run")
    list_filter = ("state", "kind", "dry_run")
    search_fields = ("kind", "stop_detail")
    ordering = ("-id",)
    actions_detail = ("pause", "resume", "cancel", "download_failures")
    fields = (
        ("title", "dry_run"),
        ("progress", "outcome"),
        ("created_at", "started_at", "finished_at"),
        ("stop_code", "stop_detail"),
        "codes",
        "failures",
        "diary",
    )
    readonly_fields = tuple(
        name for group in fields for name in ((group,) if isinstance(group, str) else group)
    )

    class Media:
        js = ("jobs/progress.js",)
        css = {"all": ("jobs/progress.css",)}

    def visible_to(self, membership: Membership) -> QuerySet[Job]:
        return jobs_visible_to(membership)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="kind", ordering="kind")
    def title(self, job: Job) -> str:
        kind = kinds().get(job.kind)
        return kind.title if kind else job.kind

    @admin.display(description="progress")
    def progress(self, job: Job) -> SafeString:
        total = job.total if job.total is not None else 0
        return format_html(
            '<span class="job" data-job="{}" data-state="{}"><progress max="{}" value="{}">'
            '</progress> <span class="job-numbers">{} of {}</span></span>',
            job.pk,
            job.state,
            total or 1,
            job.processed,
            job.processed,
            total if job.total is not None else "?",
        )

    @admin.display(description="outcome", ordering="state")
    def outcome(self, job: Job) -> SafeString:
        failed = f", {job.failed} failed" if job.failed else ""
        rejected = job.stop_code == INCOMPLETE  # all was done but for these
        label = "Finished" if rejected else JobState(job.state).label
        state = '<span><span class="job-state">{}</span>{}</span>'
        return format_html(state, label, failed)

    @admin.display(description="what became of the items")
    def codes(self, job: Job) -> SafeString:
        return format_html_join(" · ", "{}: {}", sorted(job.counts.items()))

    @admin.display(description="failures")
    def failures(self, job: Job) -> str:
        rows = [
            (item.source_id, item.code, item.detail, item.remedy)
            for item, _ in zip(failures_of(job), range(SHOWN), strict=False)
        ]
        if not rows:
            return "none"
        cells = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
        more = f"The file has all {job.failed}." if job.failed > SHOWN else ""
        return format_html('<table class="job-failures">{}</table>{}', cells, more)

    @admin.display(description="diary")
    def diary(self, job: Job) -> SafeString:
        lines = job.diary.order_by("-id")[:SHOWN]
        found = [(f"{localtime(event.at):%Y-%m-%d %H:%M:%S}", event.text) for event in lines]
        return format_html_join("", "<div>{} {}</div>", found)

    def has_pause_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, (JobState.NEW, JobState.RUNNING))

    def has_resume_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, AT_REST)

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        states = (JobState.NEW, JobState.RUNNING, JobState.PAUSING, *AT_REST)
        return self._may(request, object_id, states)

    def has_failures_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        membership = membership_in(request)
        return membership.may("jobs.view") and sees_rows(membership)

    def _may(self, request: HttpRequest, object_id: Any, states: tuple[JobState, ...]) -> bool:
        if not membership_in(request).may("jobs.change"):
            return False
        return object_id is None or Job.objects.filter(pk=object_id, state__in=states).exists()

    @action(description="Pause", permissions=["pause"], icon="pause")
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        text = "It stops after the items in hand and can be resumed."
        return self._ask(request, object_id, "Pause this job?", text, "Pause", pause_job)

    @action(description="Resume", permissions=["resume"], icon="play_arrow")
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        text = "It goes on in the background; what failed is tried again."

        def service(*, membership: Membership, job: Job) -> Job:
            resumed = resume_job(membership=membership, job=job)
            send_job(resumed)
            return resumed

        return self._ask(request, object_id, "Resume this job?", text, "Resume", service)

    @action(description="Cancel", permissions=["cancel"], icon="cancel")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        text = "It stops for good after the items in hand. What was done stays."
        return self._ask(request, object_id, "Cancel this job?", text, "Cancel the job", cancel_job)

    @action(description="Failures as CSV", permissions=["failures"], icon="download")
    def download_failures(self, request: HttpRequest, object_id: str) -> HttpResponse:
        job = self.get_object(request, object_id)
        if job is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        answer = StreamingHttpResponse(_csv_lines(job), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="failures-{job.pk}.csv"'
        return answer  # type: ignore[return-value]

    def _ask(
        self,
        request: HttpRequest,
        object_id: str,
        title: str,
        text: str,
        button: str,
        service: Any,
    ) -> HttpResponse:
        job = self.get_object(request, object_id)
        if job is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)

        def do(_: dict[str, Any]) -> str:
            changed = service(membership=membership_in(request), job=job)
            return f"The job is {JobState(changed.state).label.lower()}."

        return confirmed(self, request, job, title=title, text=text, button=button, do=do)


def _csv_lines(job: Job) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for item in failures_of(job):
        yield writer.writerow([_harmless(str(getattr(item, name))) for name in COLUMNS])


def _harmless(text: str) -> str:
    """Keep a spreadsheet from running what is only shown (ASVS 1.2.10)."""
    return f"'{text}" if text.startswith(FORMULA) else text
