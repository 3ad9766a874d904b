"""The doors to documents: what a member sees, and the records they may attach to."""

from uuid import UUID

from django.db.models import Model, Q, QuerySet

from accounts.errors import NotFoundError, NotPermittedError
from accounts.models import Membership
from accounts.roles import Role
from documents.models import (
    ArchiveFile,
    DirectUpload,
    Document,
    DocumentQuerySet,
    DocumentState,
    Erasure,
)
from documents.registry import DocumentPolicy, all_policies, policy_for_slug

PATIENTS = "patients"  # the policy whose objects are the patients themselves


def documents_visible_to(membership: Membership) -> DocumentQuerySet:
    """Return the documents of every state that a member may know of.

    Who sees a patient sees the documents of all their records; documents without a patient
    (referrers, companies) are for those who see the directory.
    """
    documents = Document.objects.all()
    if not membership.may("documents.view"):
        return documents.none()
    if membership.role == Role.ADMIN:
        return documents
    patients = policy_for_slug(PATIENTS)
    scope = Q()
    if patients is not None:
        scope |= Q(patient__in=patients.visible_to(membership).order_by().values("pk"))
    if membership.may("directory.view"):
        scope |= Q(patient__isnull=True)
    return _without_hidden(documents.filter(scope), membership) if scope else documents.none()


def _without_hidden(documents: DocumentQuerySet, membership: Membership) -> DocumentQuerySet:
    for policy in all_policies():
        hidden = policy.hidden_from(membership) if policy.hidden_from else None
        if hidden is not None:
            documents = documents.exclude(
                content_type_id=policy.content_type_id,
                object_id__in=hidden.order_by().values("pk"),
            )
    return documents


def get_document_for(membership: Membership, document_id: UUID, *states: DocumentState) -> Document:
    """Return one document in one of these states (available), or raise `NotFoundError`."""
    found = (
        documents_visible_to(membership)
        .filter(pk=document_id, state__in=states or (DocumentState.AVAILABLE,))
        .select_related("uploaded_by")
        .first()
    )
    if found is None:
        raise NotFoundError
    return found


def get_upload_for(membership: Membership, document_id: UUID) -> DirectUpload:
    """Return a direct upload to who began it, or to an administrator; else `NotFoundError`."""
    mine = Q() if membership.role == Role.ADMIN else Q(document__uploaded_by=membership.user_id)
    found = (
        DirectUpload.objects.filter(
            mine, document_id=document_id, document__in=documents_visible_to(membership)
        )
        .select_related("document__uploaded_by", "document__batch")
        .first()
    )
    if found is None or not membership.may("documents.add"):
        raise NotFoundError
    return found


def get_policy(slug: str) -> DocumentPolicy:
    policy = policy_for_slug(slug)
    if policy is None:
        raise NotFoundError
    return policy


def get_owner_for(membership: Membership, policy: DocumentPolicy, owner_id: UUID) -> Model:
    """Return the record that documents hang on, if this member may see it."""
    if not membership.may("documents.view"):
        raise NotFoundError
    owner = policy.visible_to(membership).filter(pk=owner_id).first()
    if owner is None:
        raise NotFoundError
    return owner


def require(membership: Membership, policy: DocumentPolicy, operation: str) -> None:
    """Refuse what the role may not do, or what this kind of record does not allow at all."""
    abilities = {
        "upload": "documents.add",
        "download": "documents.view",
        "preview": "documents.view",
        "delete": "documents.delete",
        "change": "documents.change",
    }
    if not membership.may(abilities[operation]):
        raise NotPermittedError
    if operation != "change" and operation not in policy.operations:
        raise NotPermittedError(
            f"Documents of this kind of record do not allow {operation}.",
            code="operation_not_allowed",
        )


def archives_visible_to(membership: Membership) -> QuerySet[ArchiveFile]:
    """Return the archives that a member has asked for; of administrators an operator's too."""
    if not membership.may("documents.view"):
        return ArchiveFile.objects.none()
    scope = Q(requested_by=membership.user_id)
    if membership.role == Role.ADMIN:
        scope |= Q(requested_by__isnull=True)
    return ArchiveFile.objects.filter(scope)


def get_archive_for(membership: Membership, archive_id: UUID) -> ArchiveFile:
    """Return an archive of the caller's own, or raise `NotFoundError`."""
    found = archives_visible_to(membership).filter(pk=archive_id).select_related("job").first()
    if found is None:
        raise NotFoundError
    return found


def erasures_visible_to(membership: Membership) -> QuerySet[Erasure]:
    """Return the receipts of erased patients, for who reads the access log."""
    found = Erasure.objects.all()
    return found if membership.may("audit.view") else found.none()
