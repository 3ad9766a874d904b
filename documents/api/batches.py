"""Image batches over HTTP: photographs taken together, their order, and the one on top."""

from typing import Any
from uuid import UUID

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.etags import etag_of
from accounts.api.permissions import membership_of_request
from accounts.api.viewsets import RecordViewSet
from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.models import Membership
from documents.models import Document, ImageBatch
from documents.policies import get_policy
from documents.services.batches import save_image_batch
from documents.services.pictures import (
    BATCHES,
    MOST_IDS,
    choose_cover,
    cover_of,
    order_pictures,
    pictures_of,
    with_covers,
)
from documents.services.previews import is_previewed


class ImageBatchFilter(django_filters.FilterSet):
    patient = django_filters.UUIDFilter("patient_id")

    class Meta:
        model = ImageBatch
        fields: tuple[str, ...] = ()


class ImageBatchSerializer(serializers.ModelSerializer):
    """A batch; `cover` is chosen, `cover_id` is the picture to be shown: chosen, or the first."""

    patient_id = serializers.UUIDField()
    cover = serializers.UUIDField(
        required=False, allow_null=True, help_text="one of its pictures; null: the first"
    )
    cover_id = serializers.UUIDField(read_only=True, allow_null=True)
    cover_url = serializers.SerializerMethodField(help_text="its preview; null: no pictures yet")
    file_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = ImageBatch
        fields = (
            *("id", "patient_id", "name", "taken_on", "appointment", "created_at"),
            *("cover", "cover_id", "cover_url", "file_count"),
        )
        read_only_fields = ("created_at",)

    def get_cover_url(self, batch: Any) -> str | None:
        return f"/api/v1/files/{batch.cover_id}/preview" if batch.cover_id else None


class PictureSerializer(serializers.ModelSerializer):
    """A picture in its place; its caption is the document's description."""

    position = serializers.SerializerMethodField(help_text="from 1")
    file_name = serializers.CharField(source="original_filename")
    caption = serializers.CharField(source="description")
    is_cover = serializers.SerializerMethodField()
    preview_url = serializers.SerializerMethodField()

    class Meta:
        model = Document
        fields = (
            *("id", "position", "file_name", "file_type", "caption", "is_cover"),
            *("document_date", "preview_url"),
        )

    def get_position(self, document: Document) -> int:
        return int(self.context["positions"][document.pk])

    def get_is_cover(self, document: Document) -> bool:
        return bool(document.pk == self.context["cover"])

    def get_preview_url(self, document: Document) -> str | None:
        return f"/api/v1/files/{document.pk}/preview" if is_previewed(document) else None


class PicturesSerializer(serializers.Serializer):
    """The whole order of a batch."""

    pictures = PictureSerializer(many=True)


class OrderSerializer(serializers.Serializer):
    """The ids of all the batch's pictures, each once."""

    ids = serializers.ListField(child=serializers.UUIDField(), max_length=MOST_IDS)


class ImageBatchesView(RecordViewSet):
    """Photographs taken together; their files are at `/image-batches/{id}/files`."""

    area = "documents"
    queryset = ImageBatch.objects.none()
    serializer_class = ImageBatchSerializer
    filterset_class = ImageBatchFilter
    guarded = frozenset({"reorder"})
    further_statuses = {
        "create": ("404",),
        "partial_update": ("422",),
        "reorder": ("422",),
    }

    def visible_to(self, membership: Membership) -> QuerySet[ImageBatch]:
        return get_policy(BATCHES).visible_to(membership)

    def get_queryset(self) -> QuerySet[Any]:
        return with_covers(super().get_queryset())

    def make(self, membership: Membership, fields: dict[str, Any]) -> ImageBatch:
        if fields.pop("cover", None) is not None:
            message = "Send the pictures first; a new batch has none that could be its cover."
            raise serializers.ValidationError({"cover": message})
        return self._again(save_image_batch(membership=membership, batch=ImageBatch(), **fields))

    def change(
        self, membership: Membership, record: ImageBatch, fields: dict[str, Any]
    ) -> ImageBatch:
        if "cover" in fields:
            choose_cover(membership=membership, batch=record, cover=fields.pop("cover"))
        return self._again(save_image_batch(membership=membership, batch=record, **fields))

    @extend_schema(operation_id="image_batch_order", responses=PicturesSerializer)
    def order(self, request: Request, pk: UUID) -> Response:
        """The batch's pictures in their order, with captions and positions."""
        return self._pictures(self.get_object())

    @extend_schema(
        operation_id="image_batch_reorder", request=OrderSerializer, responses=PicturesSerializer
    )
    @transaction.atomic
    def reorder(self, request: Request, pk: UUID) -> Response:
        """Put all pictures of the batch into an order; another set of ids is refused (422).

        `If-Match` takes the ETag of the batch or of its order: who has read an older one is
        refused (412).
        """
        membership = membership_of_request(request)
        record = self._allowed(membership, "change")
        form = OrderSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        batch = order_pictures(membership=membership, batch=record, ids=form.validated_data["ids"])
        return self._pictures(batch)

    def _pictures(self, batch: ImageBatch) -> Response:
        membership = membership_of_request(self.request)
        found = pictures_of(batch, membership=membership)
        ids = [one.pk for one in found]
        self._note(self.request, AccessAction.VIEW, [str(batch.pk)])
        if ids:
            record_access(
                membership=membership,
                action=AccessAction.LIST,
                object_type="documents.document",
                object_ids=ids,
                patient=str(batch.patient_id),
            )
        positions = {pk: place for place, pk in enumerate(ids, 1)}
        context = {"positions": positions, "cover": cover_of(batch, ids)}
        body = PictureSerializer(found, many=True, context=context).data
        return Response({"pictures": body}, headers={"ETag": etag_of(batch)})

    def _again(self, batch: ImageBatch) -> ImageBatch:
        """Return the batch with what a list shows of it."""
        return with_covers(ImageBatch.objects.filter(pk=batch.pk)).get()
