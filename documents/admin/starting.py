"""Long work on chosen rows: started, and its page shown to the administrator who chose."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.clinic_admin import membership_in
from accounts.errors import ProblemError
from documents.services.verification_options import MOST_NAMED
from jobs.models import Job


def start_for_chosen(
    page: "ModelAdmin[Any]",
    request: HttpRequest,
    queryset: "QuerySet[Any]",
    start: Callable[..., Job],
) -> HttpResponse | None:
    """Start a job for the chosen documents; a refusal is said on the list."""
    pks = queryset.order_by("pk").values_list("pk", flat=True)[: MOST_NAMED + 1]
    try:
        job = start(membership=membership_in(request), documents=pks)
    except ProblemError as error:
        page.message_user(request, error.detail, messages.ERROR)
        return None
    return HttpResponseRedirect(reverse("admin:jobs_job_change", args=[job.pk]))
