"""ZIPs that a job makes: how far one is, and its bytes while it lives."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import membership_of_request
from accounts.errors import NotPermittedError
from accounts.models import Membership
from documents.api.downloads import Chunks, WhateverItIs, no_bytes
from documents.api.ranges import Span, UnsatisfiableRangeError, parse_range
from documents.models import ArchiveFile, ArchiveState
from documents.policies import archives_visible_to, get_archive_for
from documents.services.fetching_archives import (
    fetchable,
    file_name,
    link_to_archive,
    open_archive,
    require_readable,
)
from documents.services.stored_archives import ZIP, has_failed

FAILED = "failed"
STATES = [*ArchiveState.values, FAILED]
EXAMPLE = {
    "id": "0190a3c4-0000-7000-8000-000000000000",
    "kind": "zip",
    "state": "ready",
    "job": "0190a3c4-0000-7000-8000-000000000001",
    "documents": 812,
    "complete": True,
    "size": 1503238553,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "created_at": "2026-11-02T01:30:00Z",
    "expires_at": "2026-11-03T01:32:00Z",
    "download": "/api/v1/archives/0190a3c4-0000-7000-8000-000000000000/download",
}


class ArchiveFileSerializer(serializers.ModelSerializer):
    """A ZIP. `download` is where it is to be had, and null where it is not."""

    state = serializers.SerializerMethodField()
    job = serializers.UUIDField(source="job_id", allow_null=True, read_only=True)
    documents = serializers.SerializerMethodField()
    complete = serializers.BooleanField(
        source="is_complete", read_only=True, help_text="nothing is left out or altered"
    )
    size = serializers.IntegerField(
        source="file_size", allow_null=True, read_only=True, help_text="bytes"
    )
    download = serializers.SerializerMethodField()

    class Meta:
        model = ArchiveFile
        fields = (
            *("id", "kind", "state", "job", "documents", "complete", "size", "sha256"),
            *("created_at", "expires_at", "download"),
        )
        read_only_fields = fields

    def get_state(self, archive: ArchiveFile) -> str:
        """`making`, `ready`, `expired`, `removed`, or `failed`: then its job says why."""
        return FAILED if has_failed(archive) else archive.state

    def get_documents(self, archive: ArchiveFile) -> int:
        return len(archive.document_ids)

    def get_download(self, archive: ArchiveFile) -> str | None:
        ready = archive.state == ArchiveState.READY
        return address_of(archive) if ready else None


def address_of(archive: ArchiveFile) -> str:
    return f"/api/v1/archives/{archive.pk}/download"


def accepted(archive: ArchiveFile) -> Response:
    """Answer that an archive is being made, and where it is said how far it is."""
    body = ArchiveFileSerializer(archive).data
    return Response(body, status=202, headers={"Location": f"/api/v1/archives/{archive.pk}"})


@extend_schema_view(
    list=extend_schema(operation_id="archives_list"),
    retrieve=extend_schema(
        operation_id="archives_retrieve",
        examples=[OpenApiExample("One that is ready", value=EXAMPLE, response_only=True)],
    ),
)
class ArchivesView(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """The ZIPs that the caller has asked for and a job makes, the newest first."""

    queryset = ArchiveFile.objects.none()
    serializer_class = ArchiveFileSerializer
    filter_backends = ()
    lookup_value_converter = "uuid"
    further_statuses: ClassVar[dict[str, tuple[str, ...]]] = {"download": ("410", "503")}

    def get_queryset(self) -> QuerySet[ArchiveFile]:
        membership = membership_of_request(self.request)
        if self.action == "list" and not membership.may("documents.view"):
            raise NotPermittedError
        return archives_visible_to(membership).select_related("job")

    def get_object(self) -> ArchiveFile:
        return get_archive_for(membership_of_request(self.request), self.kwargs["pk"])

    @extend_schema(
        operation_id="archives_download",
        responses={
            (200, ZIP): OpenApiTypes.BINARY,
            (206, ZIP): OpenApiTypes.BINARY,
            302: OpenApiResponse(description="A link that lives for an hour"),
            416: OpenApiResponse(description="The ZIP has no such range of bytes"),
        },
    )
    @action(detail=True, methods=["get"], content_negotiation_class=WhateverItIs)
    def download(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The ZIP, for who asked for it: 409 while it is being made, 410 when it has expired.

        Ranges work, so that a transfer that broke off can be gone on with.
        """
        membership = membership_of_request(request)
        return give_out_stored(request, fetchable(membership, pk), membership)


def give_out_stored(request: Any, archive: ArchiveFile, membership: Membership) -> HttpResponseBase:
    """Answer with a redirection to a link that lives for an hour, or with the bytes."""
    head = request.method == "HEAD"  # whether it is to be had; nobody gets it, so nothing is noted
    if head:
        require_readable(archive)
    elif (link := link_to_archive(archive, membership=membership)) is not None:
        return HttpResponseRedirect(link)
    size, etag = int(archive.file_size or 0), f'"{archive.sha256}"'
    asked = request.headers.get("Range")
    if request.headers.get("If-Range", etag) != etag:
        asked = None
    try:
        span = parse_range(asked, size)
    except UnsatisfiableRangeError:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}", "ETag": etag})
    part = span or Span(0, size - 1)
    opened = (
        no_bytes()
        if head
        else open_archive(archive, membership=membership, start=part.start, end=part.end)
    )
    headers = {
        "Content-Length": str(part.length),
        "Content-Disposition": str(
            content_disposition_header(as_attachment=True, filename=file_name(archive))
        ),
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    if span:
        headers["Content-Range"] = f"bytes {span.start}-{span.end}/{size}"
    return StreamingHttpResponse(
        Chunks(opened), status=206 if span else 200, content_type=ZIP, headers=headers
    )
