"""Bodies from strangers: JSON of a sane depth, and forms with file names as they were sent.

Django cuts paths and control characters out of names, which is right for those who write files
under them. Here a bad name is refused with its reason, so it must be seen.
"""

from typing import Any

from django.http import multipartparser
from django.http.multipartparser import MultiPartParser as DjangoParser, MultiPartParserError
from rest_framework.exceptions import ParseError
from rest_framework.parsers import DataAndFiles, JSONParser, MultiPartParser

from accounts.errors import ProblemError

# Django's 1,024 bytes are less than a name of 255 emoji takes.
multipartparser.MAX_TOTAL_HEADER_SIZE = 8 * 1024  # type: ignore[attr-defined]  # bytes


MAX_DEPTH = 32  # levels of lists and objects; ours have four


class ShallowJSONParser(JSONParser):
    """Refuses what is nested so deeply that reading it, or working on it, ends the recursion."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            found = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
        if is_too_deep(found):
            raise ParseError("The JSON is nested too deeply.")
        return found


def is_too_deep(found: Any) -> bool:
    """Tell whether there are more than MAX_DEPTH levels, without a recursion of our own."""
    level = [found]
    for _ in range(MAX_DEPTH + 1):
        level = [child for parent in level for child in children(parent)]
        if not level:
            return False
    return True


def children(parent: Any) -> list[Any]:
    """Return what a list or an object holds, an object's keys included."""
    if isinstance(parent, dict):
        return [*parent.keys(), *parent.values()]
    return parent if isinstance(parent, list) else []


class RawNameParser(DjangoParser):
    def sanitize_file_name(self, file_name: str) -> str:
        return file_name


class DocumentParser(MultiPartParser):
    """Reads the form through the request's upload handlers, which count and hash the file."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        request = (parser_context or {})["request"]
        meta = request.META.copy()
        meta["CONTENT_TYPE"] = media_type
        try:
            # Whatever the Content-Type says: `charset` may name a codec that is none for text.
            data, files = RawNameParser(meta, stream, request.upload_handlers, "utf-8").parse()
        except MultiPartParserError as error:
            raise ParseError(f"The form cannot be read: {error}") from error
        except UnicodeDecodeError as error:
            raise ProblemError("The form is not in UTF-8.", code="bad_encoding") from error
        return DataAndFiles(data, files)
