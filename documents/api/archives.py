"""Several documents as one ZIP, over the API and from the admin's list."""

from django.http import HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from accounts.api.permissions import membership_of_request
from accounts.models import Membership
from documents.api.downloads import WhateverItIs
from documents.api.serializers import ArchiveRequestSerializer
from documents.api.stored_archives import ArchiveFileSerializer, accepted
from documents.errors import ArchiveTooLargeError
from documents.services.archives import (
    archive_of_batch,
    archive_of_documents,
    archive_of_patient,
    give_out_archive,
    ids_of_batch,
    require_makeable,
)
from documents.services.stored_archives import ZIP, order_archive
from documents.services.zipping import Archive

ID = "0190a3c4-0000-7000-8000-000000000000"


def zip_response(archive: Archive, membership: Membership) -> StreamingHttpResponse:
    """Answer with the archive while it is made. Its name is its day, and no one's name."""
    chunks = give_out_archive(archive, membership=membership)
    headers = {
        "Content-Disposition": f'attachment; filename="documents-{archive.made_at:%Y-%m-%d}.zip"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return StreamingHttpResponse(chunks, content_type=ZIP, headers=headers)


class ArchiveAction:
    """Mix into the view of all files."""

    @extend_schema(
        operation_id="files_archive",
        request=ArchiveRequestSerializer,
        responses={(200, ZIP): OpenApiTypes.BINARY, 202: ArchiveFileSerializer},
        examples=[
            OpenApiExample("Some documents", value={"ids": [ID]}, request_only=True),
            OpenApiExample("All of a patient", value={"patient": ID}, request_only=True),
            OpenApiExample("A batch, in its order", value={"batch": ID}, request_only=True),
        ],
    )
    @action(detail=False, methods=["post"], content_negotiation_class=WhateverItIs)
    def archive(self, request: Request) -> HttpResponseBase:
        """Several documents as one ZIP: at once up to 500 files and 1 GB, else by a job.

        Then the answer is 202, and `/api/v1/archives/{id}` says how far it is.

        `manifest.json` at its end lists the files with their hashes and whatever is missing; then
        there is a file whose name begins with INCOMPLETE as well. A transfer that breaks off leaves
        no valid ZIP. One id that the caller may not know of refuses the whole (404).
        """
        form = ArchiveRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        membership, sent = membership_of_request(request), form.validated_data
        try:
            if "batch" in sent:
                archive = archive_of_batch(membership=membership, batch_id=sent["batch"])
            elif "patient" in sent:
                archive = archive_of_patient(membership=membership, patient_id=sent["patient"])
            else:
                archive = archive_of_documents(membership=membership, ids=sent["ids"])
        except ArchiveTooLargeError as error:
            require_makeable(error.extra["files"], error.extra["size"])
            ids = sent.get("ids", ())
            if "batch" in sent:
                ids = ids_of_batch(membership=membership, batch_id=sent["batch"])
            return accepted(
                order_archive(membership=membership, ids=ids, patient_id=sent.get("patient"))
            )
        return zip_response(archive, membership)
