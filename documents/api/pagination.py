from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.pagination import CursorPagination

ORDERINGS = {
    "uploaded": ("id",),
    "-uploaded": ("-id",),
    "name": ("original_filename", "id"),
    "-name": ("-original_filename", "-id"),
    "size": ("file_size", "id"),
    "-size": ("-file_size", "-id"),
    "type": ("file_type", "id"),
    "-type": ("-file_type", "-id"),
}


class DocumentPagination(CursorPagination):
    """Sorted by `?sort=`; ids are time-ordered, so they stand for the time of upload."""

    def get_ordering(self, request: Request, queryset: QuerySet, view: APIView) -> tuple[str, ...]:
        return ORDERINGS.get(request.query_params.get("sort", ""), ("-id",))
