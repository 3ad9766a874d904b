"""From a file and what its sender says of it to the row that it will have. Nothing is written."""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO

from django.db.models import Model
from django.utils import timezone

from accounts.errors import ProblemError
from accounts.fields import uuid7
from accounts.models import User
from documents.keys import KeyContext, current_tenant
from documents.models import Document, ImageBatch
from documents.names import clean_name
from documents.registry import DocumentPolicy
from documents.services.arrival import note_scan
from documents.services.packing import encoding_for
from documents.storage import object_store
from documents.storage.base import CHUNK
from documents.verification import Verified, expected, verify_file

DESCRIPTION_LENGTH = 500  # characters, as the column


@dataclass(frozen=True, kw_only=True)
class NewDocument:
    """A file and what its sender says of it. `content` is open at any position, `size` in bytes."""

    content: BinaryIO
    filename: str
    size: int
    declared_type: str = ""
    description: str = ""
    category: str = ""
    document_date: date | None = None
    tags: list[str] = field(default_factory=list)
    source: str = ""
    source_id: str = ""
    upload_key: str = ""


def prepare_document(
    *,
    policy: DocumentPolicy,
    owner: Model,
    new: NewDocument,
    uploaded_by: User | None,
    batch: ImageBatch | None = None,
    is_here: bool = True,
) -> Document:
    """Verify a file, have it scanned, and return the row that it will have; nothing is written.

    What the scanner finds is no refusal: it stands in the row (`arrival.py`), and `show` puts the
    document into the quarantine. Of a file that is not here yet only what is said of it is
    verified; the hash stays empty.
    """
    filename = clean_name(new.filename)
    category = _category(new.category, policy)
    if len(new.description) > DESCRIPTION_LENGTH:
        raise ProblemError("The description has more than 500 characters.", field="description")
    if is_here:
        verified = verify_file(
            new.content,
            filename=filename,
            size=new.size,
            declared_type=new.declared_type,
            policy=policy,
        )
    else:
        verified = expected(filename=filename, size=new.size, policy=policy)
    document = Document(
        id=uuid7(),
        content_type_id=policy.content_type_id,
        object_id=owner.pk,
        patient_id=policy.patient_id_of(owner),
        batch=batch,
        original_filename=filename,
        file_type=verified.file_type,
        file_size=new.size,
        sha256=sha256_of(new.content) if is_here else "",
        s3_bucket=object_store().bucket_name,
        encoding=encoding_for(new.content, file_type=verified.file_type, size=new.size),
        category=category,
        description=new.description,
        document_date=new.document_date,
        tags=new.tags,
        metadata=verified.metadata,
        uploaded_by=uploaded_by,
        retention=policy.retention,
        source=new.source,
        source_id=new.source_id,
        upload_key=new.upload_key,
    )
    document.s3_key = policy.key(_key_context(document, owner, policy, verified))
    if is_here:
        note_scan(document, new.content)
    return document


def _key_context(
    document: Document, owner: Model, policy: DocumentPolicy, verified: Verified
) -> KeyContext:
    return KeyContext(
        tenant=current_tenant(),
        document_id=document.pk,
        owner_id=owner.pk,
        extension=verified.extension,
        patient_id=document.patient_id,
        batch_id=document.batch_id,
        on=document.document_date or timezone.localdate(),
        source_id=document.source_id,
        **policy.key_facts(owner),
    )


def _category(category: str, policy: DocumentPolicy) -> str:
    chosen = category or policy.default_category
    if chosen not in policy.categories:
        raise ProblemError(
            f"{chosen[:50]!r} is no category here; choose one of {', '.join(policy.categories)}.",
            field="category",
            code="invalid_choice",
        )
    return chosen


def sha256_of(content: BinaryIO) -> str:
    """Return a file's SHA-256; one that was hashed while it was received is not read again."""
    known = getattr(content, "sha256", None)
    if known:
        return str(known)
    digest = hashlib.sha256()
    content.seek(0)
    while chunk := content.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
