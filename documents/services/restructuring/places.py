"""Where a document's object should lie, by its policy, and whether it lies there."""

from typing import Any

from django.utils import timezone

from documents.keys import KeyContext, ObjectKeyError, current_tenant, extension_of, parse_key
from documents.models import Document, DocumentQuerySet
from documents.registry import DocumentPolicy, no_facts, policy_for_content_type
from documents.services.verifying import WITH_BYTES

# Placed by an import or a message, not by the policy of the record that they hang on.
PLACED_OTHERWISE = frozenset({"filemaker-document", "filemaker-photo", "filemaker-scan", "message"})
# Parts that say when a key was built, or are the file's own; they may differ from today's.
TIMELY = frozenset({"year", "month", "date", "ext"})
COLUMNS = (
    *("pk", "content_type_id", "object_id", "patient_id", "batch_id", "original_filename"),
    *("s3_key", "document_date", "uploaded_at", "created_at", "source_id", "state", "file_size"),
    *("sha256", "encoding", "retention", "file_type", "updated_at", "s3_bucket"),
)


def with_bytes() -> DocumentQuerySet:
    """Return the documents that have an object, with the columns that placing them needs."""
    return Document.objects.filter(state__in=WITH_BYTES).only(*COLUMNS)


def right_key(document: Document) -> str:
    """Return the key that the policy builds. Raises `ObjectKeyError` where it cannot."""
    policy = policy_for_content_type(document.content_type_id)
    if policy is None:
        raise ObjectKeyError("This kind of record does not carry documents any more.")
    moment = document.uploaded_at or document.created_at
    return policy.key(
        KeyContext(
            tenant=current_tenant(),
            document_id=document.pk,
            owner_id=document.object_id,
            extension=_extension(document, policy),
            patient_id=document.patient_id,
            batch_id=document.batch_id,
            on=document.document_date or timezone.localdate(moment),
            source_id=document.source_id,
            **_facts(document, policy),
        )
    )


def _facts(document: Document, policy: DocumentPolicy) -> dict[str, Any]:
    """Return what the record itself has to say for the key, and the file's number on it."""
    if policy.key_facts is no_facts:
        return {}
    owner = policy.model_class._default_manager.filter(pk=document.object_id).first()
    if owner is None:
        raise ObjectKeyError("The record of this document is gone.")
    facts = policy.key_facts(owner)
    if policy.numbered:
        rows = Document.objects.of(
            content_type_id=document.content_type_id, object_ids=[document.object_id]
        )
        facts = {**facts, "ordinal": rows.filter(pk__lt=document.pk).count()}
    return facts


def misplaced_to(document: Document) -> str | None:
    """Return the key to move a document to, or None where it lies well.

    A key of another day or ending lies well, and so does what an import or a message has placed.
    Raises `ObjectKeyError` for one that lies nowhere and for which no key can be built.
    """
    tenant = current_tenant()
    try:
        there = parse_key(document.s3_key)
    except ObjectKeyError:
        return right_key(document)
    if there.tenant != tenant:
        return right_key(document)
    if there.kind in PLACED_OTHERWISE:
        return None
    try:
        wanted = right_key(document)
    except ObjectKeyError:
        return None  # organised, if not by today's rules
    right = parse_key(wanted)
    same = (there.kind, _lasting(there.parts)) == (right.kind, _lasting(right.parts))
    return None if same else wanted


def _lasting(parts: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in parts.items() if name not in TIMELY}


def _extension(document: Document, policy: DocumentPolicy) -> str:
    for name in (document.s3_key, document.original_filename):
        if (found := extension_of(name)) in policy.extensions:
            return found
    return extension_of(document.original_filename) or extension_of(document.s3_key)
