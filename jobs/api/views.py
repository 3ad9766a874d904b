"""Jobs over HTTP: to watch, to pause and to cancel. Starting one is each kind's own affair."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.filters import YesNoFilter
from accounts.api.pagination import CursorPagination
from accounts.api.permissions import membership_of_request
from accounts.errors import NotPermittedError
from jobs.api.serializers import JOB, JobEventSerializer, JobFailureSerializer, JobSerializer
from jobs.models import ItemState, Job, JobEvent, JobItem, JobState
from jobs.policies import get_job_for, jobs_visible_to
from jobs.services.control import cancel_job, pause_job, resume_job
from jobs.tasks import send_job

EXAMPLE = [OpenApiExample("A job at work", value=JOB, response_only=True)]


class JobFilter(django_filters.FilterSet):
    kind = django_filters.CharFilter(max_length=50)
    state = django_filters.MultipleChoiceFilter(choices=JobState.choices)
    dry_run = YesNoFilter()

    class Meta:
        model = Job
        fields: tuple[str, ...] = ()


class OldestFirst(CursorPagination):
    ordering = "id"


@extend_schema_view(
    list=extend_schema(operation_id="jobs_list", examples=EXAMPLE),
    retrieve=extend_schema(operation_id="jobs_retrieve", examples=EXAMPLE),
)
class JobsView(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """The clinic's long work, the newest first; of providers what they started themselves."""

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    filterset_class = JobFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Job]:
        membership = membership_of_request(self.request)
        may = membership.may("jobs.view") or membership.may("jobs.own")
        if self.action == "list" and not may:
            raise NotPermittedError
        return jobs_visible_to(membership)

    def get_object(self) -> Job:
        return get_job_for(membership_of_request(self.request), self.kwargs["pk"])

    @extend_schema(
        operation_id="jobs_events", responses=JobEventSerializer(many=True), filters=False
    )
    @action(detail=True, methods=["get"], pagination_class=OldestFirst, filterset_class=None)
    def events(self, request: Request, pk: Any) -> Response:
        """The job's diary, the oldest line first."""
        return self._page(JobEvent.objects.filter(job=self.get_object()), JobEventSerializer)

    @extend_schema(
        operation_id="jobs_failures", responses=JobFailureSerializer(many=True), filters=False
    )
    @action(detail=True, methods=["get"], pagination_class=OldestFirst, filterset_class=None)
    def failures(self, request: Request, pk: Any) -> Response:
        """The items that failed, in the order of the source."""
        failed = JobItem.objects.filter(job=self.get_object(), state=ItemState.FAILED)
        return self._page(failed, JobFailureSerializer)

    @extend_schema(operation_id="jobs_pause", request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: Any) -> Response:
        """Stop after the items in hand; resuming goes on."""
        return self._answer(pause_job)

    @extend_schema(operation_id="jobs_resume", request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: Any) -> Response:
        """Go on with a job that is paused, was interrupted or has failed items."""
        answer = self._answer(resume_job)
        send_job(self.get_object())
        return answer

    @extend_schema(operation_id="jobs_cancel", request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: Any) -> Response:
        """Stop for good after the items in hand. What was done stays."""
        return self._answer(cancel_job)

    def _answer(self, service: Any) -> Response:
        job = service(membership=membership_of_request(self.request), job=self.get_object())
        return Response(self.get_serializer(job).data)

    def _page(self, rows: QuerySet[Any], serializer: type[Any]) -> Response:
        page = self.paginate_queryset(rows)
        context = self.get_serializer_context()
        return self.get_paginated_response(serializer(page, many=True, context=context).data)
