"""Documents over HTTP: every read goes through documents.policies, every write by a service."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.idempotency import IDEMPOTENCY_KEY
from accounts.api.permissions import membership_of_request
from accounts.api.reads import LoggedReads
from accounts.errors import NotPermittedError, ProblemError
from accounts.idempotency import HEADER
from accounts.models import Membership
from documents.api.archives import ArchiveAction
from documents.api.downloads import WhateverItIs, give_out
from documents.api.filters import AccountDocumentFilter, DocumentFilter
from documents.api.keeping import KeepingActions
from documents.api.pagination import DocumentPagination
from documents.api.parsers import DocumentParser
from documents.api.previews import PreviewActions
from documents.api.quarantine import QUARANTINE_ACTIONS, QuarantineActions
from documents.api.serializers import (
    CountsRequestSerializer,
    CountsSerializer,
    DescribeSerializer,
    DocumentSerializer,
    PolicySerializer,
    UploadSerializer,
)
from documents.errors import DocumentTooLargeError
from documents.models import Document, DocumentState
from documents.policies import (
    documents_visible_to,
    get_document_for,
    get_owner_for,
    get_policy,
    require,
)
from documents.registry import DocumentPolicy, all_policies, policy_for_slug
from documents.services.counting import MAX_IDS, count_documents
from documents.services.metadata import describe_document
from documents.services.trash import restore_document, trash_document
from documents.services.upload import NewDocument
from documents.services.upload_once import upload_document_once
from documents.uploads import LengthRequiredError, SpooledUploadHandler

STATES = {"trash": DocumentState.TRASHED, "quarantine": DocumentState.QUARANTINED}  # by action
FORM_OVERHEAD = 64 * 1024  # bytes of an upload's body that are not the file
BYTES = {
    (200, "*/*"): OpenApiTypes.BINARY,
    (206, "*/*"): OpenApiTypes.BINARY,
    302: OpenApiResponse(description="A link that lives a short while"),
    304: OpenApiResponse(description="The caller has these bytes already (If-None-Match)"),
    416: OpenApiResponse(description="The file has no such range of bytes"),
}


class RecordFilesView(LoggedReads, generics.ListAPIView):
    """The documents of one record."""

    serializer_class = DocumentSerializer
    pagination_class = DocumentPagination
    filterset_class = DocumentFilter
    queryset = Document.objects.none()
    parser_classes = (DocumentParser,)
    further_statuses = {"post": ("411", "503")}

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Set the limits before anybody, the login included, can read the body."""
        policy = policy_for_slug(self.kwargs.get("slug", ""))
        if request.method == "POST" and policy is not None:
            request.upload_handlers = [
                SpooledUploadHandler(request, limit=policy.size_limit, only_field="file")
            ]
        return super().initialize_request(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Document]:
        membership = membership_of_request(self.request)
        policy = get_policy(self.kwargs["slug"])
        owner = get_owner_for(membership, policy, self.kwargs["owner_id"])
        return (
            Document.objects.available()
            .of(content_type_id=policy.content_type_id, object_ids=[owner.pk])
            .select_related("uploaded_by")
        )

    @extend_schema(operation_id="record_files_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="record_files_upload",
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": UploadSerializer},
        responses={201: DocumentSerializer},
    )
    def post(self, request: Request, slug: str, owner_id: UUID) -> Response:
        membership = membership_of_request(request)
        policy = get_policy(slug)
        owner = get_owner_for(membership, policy, owner_id)
        require(membership, policy, "upload")
        self._refuse_by_length(request, policy.size_limit)
        form = UploadSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = form.validated_data["file"]
        document = upload_document_once(
            key=request.headers.get(HEADER, ""),
            membership=membership,
            policy=policy,
            owner=owner,
            new=NewDocument(
                content=sent,
                filename=sent.name,
                size=sent.size,
                declared_type=sent.content_type or "",
                description=form.validated_data["description"],
                category=form.validated_data["category"],
                document_date=form.validated_data["document_date"],
            ),
        )
        body = DocumentSerializer(document, context={"request": request}).data
        return Response(body, status=status.HTTP_201_CREATED)

    @staticmethod
    def _refuse_by_length(request: Request, limit: int) -> None:
        length = request.META.get("CONTENT_LENGTH") or ""
        if not length.isdigit():
            raise LengthRequiredError
        if int(length) > limit + FORM_OVERHEAD:
            raise DocumentTooLargeError(limit=limit)


class FilesView(
    KeepingActions,
    QuarantineActions,
    ArchiveAction,
    PreviewActions,
    LoggedReads,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """All documents of the account that the caller may see."""

    serializer_class = DocumentSerializer
    pagination_class = DocumentPagination
    filterset_class = AccountDocumentFilter
    queryset = Document.objects.none()
    lookup_value_converter = "uuid"
    further_statuses = {
        "download": ("503",),
        "preview": ("503",),
        "preview_text": ("409", "503"),
        "archive": ("404", "422", "503"),
        **dict.fromkeys(QUARANTINE_ACTIONS, ("503",)),
    }

    def get_queryset(self) -> QuerySet[Document]:
        state = STATES.get(self.action, DocumentState.AVAILABLE)
        found = documents_visible_to(self._reader())
        return found.filter(state=state).select_related("uploaded_by")

    def get_object(self) -> Document:
        return get_document_for(membership_of_request(self.request), self.kwargs["pk"])

    def _reader(self) -> Membership:
        """Return the caller, who must be of a role that sees documents at all."""
        membership = membership_of_request(self.request)
        if not membership.may("documents.view"):
            raise NotPermittedError
        return membership

    @extend_schema(operation_id="files_list")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(operation_id="files_trash", responses=DocumentSerializer(many=True))
    @action(detail=False, methods=["get"])
    def trash(self, request: Request) -> Response:
        """What is in the trash, for who may restore it; `purge_after` says until when."""
        if not membership_of_request(request).may("documents.delete"):
            raise NotPermittedError
        return super().list(request)

    @extend_schema(
        operation_id="files_describe", request=DescribeSerializer, responses=DocumentSerializer
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change description, category, document date or tags."""
        form = DescribeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        membership = membership_of_request(request)
        document = describe_document(
            membership=membership,
            document=get_document_for(membership, pk),
            **form.validated_data,
        )
        return Response(self.get_serializer(document).data)

    @extend_schema(operation_id="files_delete", responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Put the document into the trash."""
        membership = membership_of_request(request)
        trash_document(membership=membership, document=get_document_for(membership, pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="files_restore", request=None, responses=DocumentSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: UUID) -> Response:
        """Take the document out of the trash, to its record."""
        membership = membership_of_request(request)
        trashed = get_document_for(membership, pk, DocumentState.TRASHED)
        document = restore_document(membership=membership, document=trashed)
        return Response(self.get_serializer(document).data)

    @extend_schema(
        operation_id="files_download",
        responses=BYTES,
    )
    @action(detail=True, methods=["get"], content_negotiation_class=WhateverItIs)
    def download(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The bytes, or a redirection to a short-lived link to them. Ranges work on both."""
        membership = membership_of_request(request)
        return give_out(request, get_document_for(membership, pk), membership)

    @extend_schema(
        operation_id="files_batch_counts",
        request=CountsRequestSerializer,
        responses=CountsSerializer,
    )
    @action(detail=False, methods=["post"], url_path="batch-counts")
    def batch_counts(self, request: Request) -> Response:
        """How many documents each record has; at most 1,000 ids at once."""
        form = CountsRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = form.validated_data
        one = "entities" not in sent
        wanted = {sent["entity_type"]: sent["entity_ids"]} if one else sent["entities"]
        if sum(len(ids) for ids in wanted.values()) > MAX_IDS:
            raise ProblemError(f"Ask for at most {MAX_IDS} records at once.", code="too_many_ids")
        by_policy: dict[DocumentPolicy, Any] = {}
        for slug, ids in wanted.items():
            policy = policy_for_slug(slug)
            if policy is None:
                raise ProblemError(
                    f"There is no kind of record {slug[:50]!r}.",
                    field="entity_type" if one else "entities",
                )
            by_policy.setdefault(policy, []).extend(ids)  # a kind may be named twice
        counts = count_documents(self._reader(), by_policy)
        return Response({"counts": next(iter(counts.values())) if one else counts})


class PoliciesView(APIView):
    @extend_schema(operation_id="document_policies", responses=PolicySerializer(many=True))
    def get(self, request: Request) -> Response:
        """Which kinds of record carry documents, and by what rules."""
        return Response(PolicySerializer(all_policies(), many=True).data)
