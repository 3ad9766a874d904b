"""One error body for everything: RFC 9457, `application/problem+json`."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError as DjangoValidationError,
)
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler, exception_handler as handle
from drf_standardized_errors.types import ErrorResponse
from rest_framework import exceptions
from rest_framework.exceptions import ErrorDetail
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error

from accounts.errors import ProblemError

PROBLEM = "application/problem+json"


class BodyTooLargeError(ProblemError):
    """RFC 9110, 15.5.14."""

    status = 413
    code = "body_too_large"
    detail = "The body of the request is larger than is accepted here."


class RefusedRequestError(ProblemError):
    """What Django takes for an attack: too many fields or files, a path out of its folder."""

    code = "bad_request"
    detail = "The request is refused: it is malformed or has too many fields."


class ServiceProblem(exceptions.APIException):
    """A service's refusal on its way out of the API."""

    def __init__(self, error: ProblemError) -> None:
        self.status_code = error.status
        self.wait = error.wait
        self.problem = error
        super().__init__(detail=error.detail, code=error.code)


class ProblemHandler(ExceptionHandler):
    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, ProblemError):
            return ServiceProblem(exc)
        if isinstance(exc, DjangoValidationError):
            return exceptions.ValidationError(_placed(exc))
        if isinstance(exc, RequestDataTooBig):
            return ServiceProblem(BodyTooLargeError())
        if isinstance(exc, SuspiciousOperation):
            return ServiceProblem(RefusedRequestError())
        return super().convert_known_exceptions(exc)

    def get_response(self, exc: exceptions.APIException, data: dict[str, Any]) -> Response:
        response = super().get_response(exc, data)
        response.content_type = PROBLEM
        request = self.context.get("request")
        if request is not None:  # whatever the view would have rendered: a page, a picture
            request.accepted_renderer = JSONRenderer()
            request.accepted_media_type = JSONRenderer.media_type
        return response


def _placed(error: DjangoValidationError) -> Any:
    """Return the reasons by field; one inside a JSON field by its path, `vital_signs.pulse`."""
    if not hasattr(error, "error_dict"):
        return as_serializer_error(error)
    found: dict[str, list[ErrorDetail]] = {}
    for field, reasons in error.error_dict.items():
        for reason in reasons:
            params = reason.params if isinstance(reason.params, dict) else {}
            path = params.get("path")
            text = str(reason.message % params if params and not path else reason.message)
            place = f"{field}.{path}" if path else field
            found.setdefault(place, []).append(ErrorDetail(text, reason.code or "invalid"))
    return as_serializer_error(exceptions.ValidationError(found))


class ProblemFormatter(ExceptionFormatter):
    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        status = self.exc.status_code
        errors = [
            {"field": error.attr, "code": error.code, "message": error.detail}
            for error in error_response.errors
        ]
        problem = getattr(self.exc, "problem", None)
        if problem is not None and problem.field:
            errors[0]["field"] = problem.field
        first = errors[0] if errors else {"code": "error", "message": HTTPStatus(status).phrase}
        named = [error for error in errors if error.get("field")]
        return {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": first["message"] if len(errors) < 2 else f"{len(errors)} errors.",  # noqa: PLR2004
            "code": first["code"] if len(errors) < 2 else "invalid",  # noqa: PLR2004
            "errors": named,
            **(problem.extra if problem is not None else {}),
        }


def exception_handler(exc: Exception, context: Any) -> Response | None:
    return handle(exc, context)
