"""Previews of documents over HTTP: pictures of pages, and the first lines of texts."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import membership_of_request
from documents.api.downloads import WhateverItIs
from documents.policies import get_document_for
from documents.rendering.limits import EDGES, MOST_PAGES
from documents.services.showing_previews import ShownPreview, show_preview
from documents.services.text_heads import show_text_head

SIZES = ", ".join(map(str, EDGES))
NOTE = "Why it is a placeholder and no picture of the file, such as `damaged` or `no_picture`"
PREVIEW = {
    (200, "image/jpeg"): OpenApiTypes.BINARY,
    (200, "image/png"): OpenApiTypes.BINARY,
    304: OpenApiResponse(description="The caller has this picture already (If-None-Match)"),
}
PLACEHOLDER = OpenApiParameter(
    "X-Preview-Placeholder", str, OpenApiParameter.HEADER, description=NOTE, response=["200"]
)

PAGES = OpenApiParameter(
    "X-Preview-Pages",
    int,
    OpenApiParameter.HEADER,
    description="How many pages or frames can be asked for",
    response=["200"],
)


class PreviewQuerySerializer(serializers.Serializer):
    """What is asked of a preview."""

    size = serializers.ChoiceField(
        choices=EDGES,
        default=EDGES[0],
        help_text="pixels of its longer side, at most",
        error_messages={"invalid_choice": f"Choose one of {SIZES}."},
    )
    page = serializers.IntegerField(
        min_value=1, max_value=MOST_PAGES, required=False, help_text="of a PDF or TIFF"
    )
    frame = serializers.IntegerField(
        min_value=1, max_value=MOST_PAGES, required=False, help_text="of a DICOM file; as `page`"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "page" in attrs and "frame" in attrs:
            raise serializers.ValidationError({"frame": "Send either page or frame."})
        return attrs


class TextHeadSerializer(serializers.Serializer):
    """`rows` of a CSV, or `lines` of any other text; the other is empty."""

    charset = serializers.CharField()
    truncated = serializers.BooleanField(help_text="the file has more than is shown")
    delimiter = serializers.CharField(allow_blank=True)
    lines = serializers.ListField(child=serializers.CharField(allow_blank=True))
    rows = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(allow_blank=True))
    )


def preview_response(shown: ShownPreview, *, known: str = "") -> HttpResponse:
    """Answer with a picture; `known` is what the caller has already (If-None-Match)."""
    headers = {
        "ETag": shown.etag,
        "X-Preview-Pages": str(shown.pages),
        # Names of files are names of people often enough; a preview needs none.
        "Content-Disposition": 'inline; filename="preview{}"'.format(
            ".png" if shown.mime == "image/png" else ".jpg"
        ),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    if shown.placeholder:
        headers["X-Preview-Placeholder"] = shown.placeholder
    if shown.etag in known:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(shown.content, content_type=shown.mime, headers=headers)


class PreviewActions:
    """For the view of all documents."""

    @extend_schema(
        operation_id="files_preview",
        parameters=[PreviewQuerySerializer, PLACEHOLDER, PAGES],
        responses=PREVIEW,
    )
    @action(detail=True, methods=["get"], content_negotiation_class=WhateverItIs)
    def preview(self, request: Request, pk: UUID) -> HttpResponse:
        """A small picture of a page, without what the camera wrote into the file.

        Of a file that cannot be shown it is a placeholder that names the kind of file; the header
        `X-Preview-Placeholder` says why. `X-Preview-Pages` is how many pages can be asked for.
        """
        form = PreviewQuerySerializer(data=request.query_params)
        form.is_valid(raise_exception=True)
        membership, asked = membership_of_request(request), form.validated_data
        shown = show_preview(
            get_document_for(membership, pk),
            membership=membership,
            edge=asked["size"],
            page=asked.get("page") or asked.get("frame") or 1,
        )
        return preview_response(shown, known=request.headers.get("If-None-Match", ""))

    @extend_schema(operation_id="files_preview_text", responses=TextHeadSerializer)
    @action(detail=True, methods=["get"], url_path="preview/text")
    def preview_text(self, request: Request, pk: UUID) -> Response:
        """The first lines of a text, or the first rows of a CSV, as data."""
        membership = membership_of_request(request)
        head = show_text_head(get_document_for(membership, pk), membership=membership)
        return Response(
            TextHeadSerializer(head).data, headers={"Cache-Control": "private, no-store"}
        )
