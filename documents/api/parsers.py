"""Multipart bodies whose file names reach us as they were sent.

Django cuts paths and control characters out of names, which is right for those who write files
under them. Here a bad name is refused with its reason, so it must be seen.
"""

from typing import Any

from django.http import multipartparser
from django.http.multipartparser import MultiPartParser as DjangoParser, MultiPartParserError
from rest_framework.exceptions import ParseError
from rest_framework.parsers import DataAndFiles, MultiPartParser

from accounts.errors import ProblemError

# Django's 1,024 bytes are less than a name of 255 emoji takes.
multipartparser.MAX_TOTAL_HEADER_SIZE = 8 * 1024  # type: ignore[attr-defined]  # bytes


class RawNameParser(DjangoParser):
    def sanitize_file_name(self, file_name: str) -> str:
        return file_name


class DocumentParser(MultiPartParser):
    """Reads the form through the request's upload handlers, which count and hash the file."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        request = (parser_context or {})["request"]
        meta = request.META.copy()
        meta["CONTENT_TYPE"] = media_type
        encoding = (parser_context or {}).get("encoding") or "utf-8"
        try:
            data, files = RawNameParser(meta, stream, request.upload_handlers, encoding).parse()
        except MultiPartParserError as error:
            raise ParseError(f"The form cannot be read: {error}") from error
        except UnicodeDecodeError as error:
            raise ProblemError("The form is not in UTF-8.", code="bad_encoding") from error
        return DataAndFiles(data, files)
