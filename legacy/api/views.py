"""Addresses of the old system, during the transition: each leads to the document's own."""

from typing import Any

from django.http import HttpResponseRedirect
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.permissions import membership_of_request
from documents.api.downloads import WhateverItIs
from legacy.schema import LAB_FILES
from legacy.services.transition import FILE_TABLES, find_by_old_id

MOVED = {
    302: OpenApiResponse(description="The document's own address"),
    409: OpenApiResponse(description="Several files had this number; name the table"),
}


class LegacyFileView(APIView):
    """A file by its number in the old system, such as `12` or `entity_files:12`."""

    content_negotiation_class = WhateverItIs
    tables: tuple[str, ...] = FILE_TABLES
    further_statuses = {"get": ("409",)}

    @extend_schema(operation_id="legacy_files_download", responses=MOVED)
    def get(self, request: Request, old_id: str, **_: Any) -> HttpResponseRedirect:
        """Lead to the download of the document that the old file has become.

        Who may not see the document learns nothing of it: 404, as after the transition.
        """
        document = find_by_old_id(
            membership=membership_of_request(request), old_id=old_id, tables=self.tables
        )
        return HttpResponseRedirect(reverse("file-download", kwargs={"pk": document.pk}))


class LabResultFileView(LegacyFileView):
    """The old system's own address of a laboratory file."""

    tables = (LAB_FILES,)

    @extend_schema(operation_id="lab_result_files_download", responses=MOVED)
    def get(self, request: Request, old_id: str, **kwargs: Any) -> HttpResponseRedirect:
        """Lead to the download of the document that the laboratory file has become."""
        return super().get(request, old_id, **kwargs)
