from accounts.api.pagination import SortedPagination


class DocumentPagination(SortedPagination):
    """Ids are time-ordered, so they stand for the time of upload."""

    orderings = {
        "uploaded": ("id",),
        "name": ("original_filename", "id"),
        "size": ("file_size", "id"),
        "type": ("file_type", "id"),
    }
    default_sort = "-uploaded"
