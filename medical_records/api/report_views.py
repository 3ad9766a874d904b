"""Assistive technology reports and their PDFs."""

from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from accounts.api.pagination import CursorPagination
from accounts.api.permissions import membership_of_request
from accounts.api.viewsets import RecordViewSet
from accounts.models import Membership
from documents.api.downloads import WhateverItIs, stream
from documents.models import Document, DocumentState
from documents.registry import policy_for_model
from documents.services.reading import note_download
from medical_records.api.examples import REPORT_EXAMPLES
from medical_records.api.filters import ATReportFilter
from medical_records.api.record_serializers import (
    ATReportSerializer,
    SendReportSerializer,
    SentReportSerializer,
)
from medical_records.models import ATReport
from medical_records.policies import at_reports_visible_to
from medical_records.services.at_reports import (
    create_at_report,
    delete_at_report,
    render_report,
    seal_at_report,
    store_report,
    store_soon,
    update_at_report,
)
from medical_records.services.sharing import document_of_link, send_report

PDF = {(200, "application/pdf"): OpenApiTypes.BINARY}


class ByAssessment(CursorPagination):
    ordering = ("-assessed_on", "-id")


def with_document(reports: QuerySet[ATReport]) -> QuerySet[ATReport]:
    """Add the id of each report's stored PDF."""
    stored = Document.objects.filter(
        content_type_id=policy_for_model(ATReport).content_type_id,
        object_id=OuterRef("pk"),
        state=DocumentState.AVAILABLE,
    )
    return reports.annotate(document_id=Subquery(stored.order_by("pk").values("pk")[:1]))


@extend_schema(examples=REPORT_EXAMPLES)
class ATReportsView(RecordViewSet):
    """Assessments of the assistive technology that patients need. Drafts are for staff."""

    area = "records"
    guarded = frozenset({"finalize"})
    further_statuses = {"pdf": ("503",), "send": ("503",)}
    queryset = ATReport.objects.none()
    filterset_class = ATReportFilter
    pagination_class = ByAssessment
    serializer_class = ATReportSerializer

    def visible_to(self, membership: Membership) -> QuerySet[ATReport]:
        return with_document(at_reports_visible_to(membership))

    def make(self, membership: Membership, fields: dict[str, Any]) -> ATReport:
        return create_at_report(membership=membership, **fields)

    def change(self, membership: Membership, record: ATReport, fields: dict[str, Any]) -> ATReport:
        return update_at_report(membership=membership, report=record, **fields)

    def remove(self, membership: Membership, record: ATReport) -> None:
        delete_at_report(membership=membership, report=record)

    @extend_schema(request=None, responses=ATReportSerializer, examples=[])
    @action(detail=True, methods=["post"])
    def finalize(self, request: Request, pk: str) -> Response:
        """Lock the report as it was read, and make its PDF.

        `document_id` is null while the store is away; the PDF is then stored a little later.
        """
        membership = membership_of_request(request)
        with transaction.atomic():
            record = self._allowed(membership, "change")
            sealed = seal_at_report(membership=membership, report=record)
        store_soon(sealed)
        return self.answer(self.get_object())

    @extend_schema(operation_id="at_reports_pdf", responses=PDF, examples=[])
    @action(detail=True, methods=["get"], content_negotiation_class=WhateverItIs)
    def pdf(self, request: Request, pk: str) -> HttpResponseBase:
        """The PDF of a finalised report, made again: byte for byte the one that is stored."""
        report = self.get_object()
        body = render_report(report)
        note_download(store_report(report), membership_of_request(request))
        name = f"AT_Report_{report.assessed_on:%Y-%m-%d}.pdf"
        return HttpResponse(
            body,
            content_type="application/pdf",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )

    @extend_schema(
        operation_id="at_reports_send",
        request=SendReportSerializer,
        responses=SentReportSerializer,
        examples=[],
    )
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str) -> Response:
        """E-mail a link to the PDF, good for 24 hours, to the patient or an active guardian."""
        report = self.get_object()
        form = SendReportSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = send_report(
            membership=membership_of_request(request),
            report=report,
            address=request.build_absolute_uri("/shared-report"),
            email=form.validated_data.get("email", ""),
        )
        return Response(SentReportSerializer(sent).data)


class SharedReportSerializer(serializers.Serializer):
    token = serializers.CharField(max_length=500)


class LinkThrottle(AnonRateThrottle):
    rate = "30/min"


class SharedReportView(APIView):
    """What the page behind an e-mailed link asks. The token comes in the body: no log has it."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (LinkThrottle,)
    content_negotiation_class = WhateverItIs
    further_statuses = {"post": ("404", "503")}

    @extend_schema(
        operation_id="shared_report", request=SharedReportSerializer, responses=PDF, auth=[]
    )
    def post(self, request: Request) -> HttpResponseBase:
        """The PDF behind a link that the clinic has e-mailed."""
        form = SharedReportSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return stream(document_of_link(form.validated_data["token"]))
