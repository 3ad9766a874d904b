"""The pictures of an image batch in the order that people have put them, and the one on top.

The order is a list of ids in the batch's row, so it changes whole or not at all. It may name what
is in the trash by now, which comes back to its place when it is restored; what it does not name
(what was added since) comes behind, in the order of upload.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import (
    Case,
    Count,
    F,
    Func,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.errors import NotPermittedError, ProblemError
from accounts.models import Membership
from documents.models import Document, DocumentQuerySet, ImageBatch
from documents.policies import documents_visible_to
from documents.registry import policy_for_model

BATCHES = "image-batches"
MOST_IDS = 5_000


class NotThePicturesError(ProblemError):
    """An order that is none of the batch's pictures; nothing was changed."""

    status = 422
    code = "not_the_pictures"


def pictures_of(batch: ImageBatch, *, membership: Membership) -> list[Document]:
    """Return the batch's available documents, in order, in one query."""
    found = _in(documents_visible_to(membership).available(), [batch.pk])
    rows = {row.pk: row for row in found.select_related("uploaded_by").order_by("pk")}
    return [rows[pk] for pk in in_order(batch, list(rows))]


def in_order(batch: ImageBatch, ids: Sequence[UUID]) -> list[UUID]:
    """Return the ids (given in the order of upload) as people have put them."""
    places = {pk: place for place, pk in enumerate(batch.picture_order)}
    return sorted(ids, key=lambda pk: places.get(pk, len(places)))  # the sort is stable


def cover_of(batch: ImageBatch, ids: Sequence[UUID]) -> UUID | None:
    """Return the chosen cover if it is one of these (in order), else the first of them."""
    if batch.cover in ids:
        return batch.cover
    return ids[0] if ids else None


def with_covers(batches: "QuerySet[ImageBatch]") -> "QuerySet[ImageBatch]":
    """Annotate `file_count` and `cover_id` (a document or None): no further query for a list."""
    policy = policy_for_model(ImageBatch)
    documents = Document.objects.available().filter(
        content_type_id=policy.content_type_id, object_id=OuterRef("pk")
    )
    number = documents.order_by().values("object_id").annotate(number=Count("pk")).values("number")
    # Annotated before it is ordered by: an outer reference in an order is not resolved.
    ranked = documents.annotate(
        chosen=Case(When(pk=OuterRef("cover"), then=Value(0)), default=Value(1)),
        place=Func(
            OuterRef("picture_order"),
            F("pk"),
            function="array_position",
            output_field=IntegerField(),
        ),
    )
    first = ranked.order_by("chosen", F("place").asc(nulls_last=True), "pk").values("pk")[:1]
    return batches.annotate(
        file_count=Coalesce(Subquery(number, output_field=IntegerField()), Value(0)),
        cover_id=Subquery(first),
    )


def order_pictures(
    *, membership: Membership, batch: ImageBatch, ids: Collection[UUID]
) -> ImageBatch:
    """Put the pictures into this order. The caller got the batch from its policy.

    `ids` name each available document of the batch once. Raises `NotPermittedError`, and
    `NotThePicturesError` with what is missing, strange or named twice; what was added or put into
    the trash since the caller looked is such a difference, so nobody orders what they did not see.
    """
    if not membership.may("documents.change"):
        raise NotPermittedError
    asked = list(ids)
    with transaction.atomic():
        batch = ImageBatch.objects.select_for_update().get(pk=batch.pk)
        there = set(_in(Document.objects.available(), [batch.pk]).values_list("pk", flat=True))
        _require_permutation(asked, there)
        # What is in the trash keeps its place behind the picture it stood behind.
        batch.picture_order = _merged(batch.picture_order, asked)
        batch.save(update_fields=["picture_order", "updated_at"])
    return batch


def choose_cover(*, membership: Membership, batch: ImageBatch, cover: UUID | None) -> ImageBatch:
    """Let one of the batch's pictures stand for it; None: the first does.

    Raises `NotPermittedError`, and `NotThePicturesError` for what is none of its pictures.
    """
    if not membership.may("documents.change"):
        raise NotPermittedError
    with transaction.atomic():
        batch = ImageBatch.objects.select_for_update().get(pk=batch.pk)
        pictures = _in(Document.objects.available(), [batch.pk])
        if cover is not None and not pictures.filter(pk=cover).exists():
            raise NotThePicturesError(
                "Choose one of the batch's own pictures that is not in the trash.", field="cover"
            )
        batch.cover = cover
        batch.save(update_fields=["cover", "updated_at"])
    return batch


def _in(documents: DocumentQuerySet, batch_ids: Collection[Any]) -> DocumentQuerySet:
    policy = policy_for_model(ImageBatch)
    return documents.of(content_type_id=policy.content_type_id, object_ids=batch_ids)


def _require_permutation(asked: Sequence[UUID], there: set[UUID]) -> None:
    named = set(asked)
    wrong = {
        "twice": len(asked) - len(named),
        "missing": len(there - named),
        "strange": len(named - there),
    }
    if any(wrong.values()):
        raise NotThePicturesError(
            f"Name each of the batch's {len(there)} pictures once:"
            f" {wrong['missing']} are missing, {wrong['strange']} are none of its available"
            f" pictures, {wrong['twice']} are named again. Read the order anew and repeat.",
            field="ids",
            extra=wrong,
        )


def _merged(before: Sequence[UUID], asked: Sequence[UUID]) -> list[UUID]:
    """Return the new order with what it does not name (the trash) behind its old neighbours."""
    named, found = set(asked), list(asked)
    for place, pk in enumerate(before):
        if pk not in named:
            ahead = before[place - 1] if place else None
            found.insert(found.index(ahead) + 1 if ahead in found else 0, pk)
    return found
