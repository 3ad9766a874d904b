"""Direct uploads over HTTP: begin, send parts, complete; docs/uploads.md tells it to clients."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.idempotency import IDEMPOTENCY_KEY
from accounts.api.permissions import membership_of_request
from accounts.errors import ProblemError
from accounts.idempotency import HEADER
from documents.api.direct_serializers import (
    BeginUploadSerializer,
    BegunUploadSerializer,
    DirectUploadSerializer,
    PartNumbersSerializer,
    PartsSerializer,
    SignedPartsSerializer,
)
from documents.errors import UploadRejectedError
from documents.models import DirectUpload, DocumentState
from documents.policies import get_owner_for, get_policy, get_upload_for
from documents.services.direct_uploads import (
    Announced,
    abort_upload,
    arrived_parts,
    post_form,
    sign_parts,
)
from documents.services.finishing import complete_upload
from documents.services.upload_once import begin_upload_once
from documents.storage.base import PostForm
from documents.upload_tokens import WHOLE, UploadToken, make_token

# What other uploads say of the field `file` is here said of what was announced.
FIELDS = {
    "empty": "size",
    "too_large": "size",
    "name_invalid": "filename",
    "name_too_long": "filename",
    "extension_not_allowed": "filename",
}


class BeginUploadView(APIView):
    further_statuses = {"post": ("503",)}

    @extend_schema(
        operation_id="record_files_begin_upload",
        parameters=[IDEMPOTENCY_KEY],
        request=BeginUploadSerializer,
        responses={201: BegunUploadSerializer},
    )
    def post(self, request: Request, slug: str, owner_id: UUID) -> Response:
        """Announce a file; its bytes then go straight to the store."""
        membership = membership_of_request(request)
        policy = get_policy(slug)
        owner = get_owner_for(membership, policy, owner_id)
        form = BeginUploadSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        announced = Announced(**form.validated_data)
        try:
            upload = begin_upload_once(
                membership=membership,
                policy=policy,
                owner=owner,
                announced=announced,
                key=request.headers.get(HEADER, ""),
            )
        except ProblemError as error:
            error.field = FIELDS.get(error.code, error.field)
            raise
        body: dict[str, Any] = {**DirectUploadSerializer(upload).data, "url": None, "fields": None}
        if upload.part_size is None and upload.document.state == DocumentState.PENDING:
            made = post_form(upload) or PostForm(self._own_link(request, upload), {})
            body |= {"url": made.url, "fields": made.fields}
        return Response(body, status=status.HTTP_201_CREATED)

    @staticmethod
    def _own_link(request: Request, upload: DirectUpload) -> str:
        return _link(request, upload, WHOLE, upload.document.file_size)


class UploadView(APIView):
    """A direct upload, for who began it and for administrators."""

    further_statuses = {"delete": ("503",)}

    @extend_schema(operation_id="files_upload_state", responses=DirectUploadSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """How it stands; `reason` and `detail` say why it was rejected."""
        upload = get_upload_for(membership_of_request(request), pk)
        return Response(DirectUploadSerializer(upload).data)

    @extend_schema(operation_id="files_upload_abort", responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Take it back, while it is pending; its place at the record is free again."""
        membership = membership_of_request(request)
        abort_upload(membership=membership, upload=get_upload_for(membership, pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PartsView(APIView):
    further_statuses = {"get": ("503",), "post": ("503",)}

    @extend_schema(operation_id="files_upload_parts", responses=PartsSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """Which parts have arrived: send the others after a lost connection."""
        upload = get_upload_for(membership_of_request(request), pk)
        found = {"arrived": arrived_parts(upload), "parts": len(upload.part_sizes)}
        return Response(PartsSerializer(found).data)

    @extend_schema(
        operation_id="files_upload_sign_parts",
        request=PartNumbersSerializer,
        responses=SignedPartsSerializer,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Get addresses to PUT parts to; at most 100 at a time, as often as needed."""
        membership = membership_of_request(request)
        upload = get_upload_for(membership, pk)
        form = PartNumbersSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        signed = sign_parts(membership=membership, upload=upload, **form.validated_data)
        upload.refresh_from_db(fields=["links_until"])
        found = [
            {
                "number": part.number,
                "size": part.size,
                "url": part.url or _link(request, upload, part.number, part.size),
            }
            for part in signed
        ]
        return Response(
            SignedPartsSerializer({"parts": found, "links_until": upload.links_until}).data
        )


class CompleteUploadView(APIView):
    further_statuses = {"post": ("422", "503")}

    @extend_schema(
        operation_id="files_upload_complete",
        request=None,
        responses={200: DirectUploadSerializer, 202: DirectUploadSerializer},
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Have the bytes verified: 200 it is a document, 202 ask again, 422 they are refused."""
        membership = membership_of_request(request)
        upload = get_upload_for(membership, pk)
        upload = complete_upload(membership=membership, upload=upload)
        body = DirectUploadSerializer(upload).data
        if body["state"] == "rejected":
            raise UploadRejectedError(code=body["reason"], detail=body["detail"])
        under_way = body["state"] in {"pending", "verifying"}
        return Response(body, status=202 if under_way else 200)


def _link(request: Request, upload: DirectUpload, number: int, size: int) -> str:
    """Return an address of our own, for a store that has none; the query is kept out of logs."""
    token = make_token(UploadToken(upload.document_id, number, size), until=upload.links_until)
    return request.build_absolute_uri(f"{reverse('receive-upload')}?{urlencode({'token': token})}")
