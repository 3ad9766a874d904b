from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

API = "/api/v1/"


class OneAddressMiddleware:
    """`/api/v1/patients/` and `/api/v1/patients` are the same; nobody is sent elsewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path.startswith(API) and path.endswith("/") and path != API:
            request.path_info = path.rstrip("/")
        return self.get_response(request)
