from rest_framework import pagination


class CursorPagination(pagination.CursorPagination):
    """Pages that cost the same however deep, and stay right while rows are added."""

    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = "-id"  # ids are time-ordered
