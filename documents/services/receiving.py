"""Bytes that the application takes itself, where the store has no addresses for clients."""

from collections.abc import Iterable
from uuid import UUID

from accounts.errors import NotFoundError
from documents.errors import DocumentStateError, StoreUnavailableError
from documents.keys import staging_key
from documents.models import DirectUpload, DocumentState
from documents.storage import StoreError, object_store
from documents.storage.base import ObjectMissingError
from documents.storage.folder_uploads import FolderUploads
from documents.upload_tokens import WHOLE, UploadToken


def receive(token: UploadToken, chunks: Iterable[bytes]) -> str:
    """Write what came with a link to the staging place; return its ETag.

    Sent again, it takes the place of what was sent before. Raises `DocumentStateError` when the
    upload is over, `StoreUnavailableError`; nothing of these bytes is kept then.
    """
    store = object_store()
    if not isinstance(store, FolderUploads):
        raise NotFoundError
    upload = _open_upload(token.document_id)
    key = staging_key(upload.document_id)
    try:
        if token.number == WHOLE:
            return store.receive(key, chunks, size=token.size)
        return store.receive_part(key, upload.multipart_id, token.number, chunks, size=token.size)
    except ObjectMissingError as error:
        raise DocumentStateError("This upload was begun anew; ask for new links.") from error
    except StoreError as error:
        raise StoreUnavailableError from error


def _open_upload(document_id: UUID) -> DirectUpload:
    found = DirectUpload.objects.filter(document_id=document_id).select_related("document").first()
    if found is None or found.document.state != DocumentState.PENDING:
        raise DocumentStateError("Nothing is waited for any more; look at the upload's state.")
    return found
