"""Where gateways fetch the files of a message: GET and HEAD, with a link and no login."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from accounts.errors import NotFoundError
from documents.errors import StoreUnavailableError
from sms_integration.services.media_links import open_link

METHODS = ("GET", "HEAD")


@csrf_exempt
def outbound_media(request: HttpRequest, token: str) -> HttpResponse:
    """Give the file out, or answer 404 for whatever reason there is none."""
    if request.method not in METHODS:
        response = HttpResponse(
            status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(METHODS)}
        )
    else:
        try:
            found = open_link(token)
        except NotFoundError:
            response = HttpResponse(status=HTTPStatus.NOT_FOUND)
        except StoreUnavailableError:
            response = HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            response = HttpResponse(found.content, content_type=found.mime)
            response["Content-Length"] = str(len(found.content))
            response["Content-Security-Policy"] = "default-src 'none'"
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    # The framework would log the address of what is refused, and whoever has it has the picture.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
