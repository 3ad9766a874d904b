"""What people may say of a document after it was uploaded."""

from datetime import date
from typing import TypedDict, Unpack

from django.db import transaction

from accounts.errors import ProblemError
from accounts.models import Membership
from documents.models import Document
from documents.policies import require
from documents.services.trash import policy_of


class Description(TypedDict, total=False):
    description: str
    category: str
    document_date: date | None
    tags: list[str]


def describe_document(
    *, membership: Membership, document: Document, **changes: Unpack[Description]
) -> Document:
    """Change description, category, date or tags. The bytes and their name never change."""
    policy = policy_of(document)
    require(membership, policy, "change")
    if "category" in changes and changes["category"] not in policy.categories:
        raise ProblemError(
            f"Choose one of {', '.join(policy.categories)}.",
            field="category",
            code="invalid_choice",
        )
    with transaction.atomic():
        locked = Document.objects.select_for_update().get(pk=document.pk)
        for name, value in changes.items():
            setattr(locked, name, value)
        locked.full_clean(
            exclude=["content_type", "patient", "uploaded_by", "trashed_by", "batch"],
            validate_unique=False,
            validate_constraints=False,
        )
        locked.save()
    locked.uploaded_by = document.uploaded_by
    return locked
