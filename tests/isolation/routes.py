"""Every address of the API and the methods it answers, found from the URL resolver."""

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def api_routes():
    """Return {(method, route)} of everything under /api/v1/."""
    return {
        (method, route.removeprefix("api/v1/"))
        for route, pattern in _walk(get_resolver("config.urls"), "")
        if route.startswith("api/v1/")
        for method in _methods(pattern)
    }


def _walk(resolver, prefix):
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern


def _methods(pattern):
    view = pattern.callback
    actions = getattr(view, "actions", None)
    if actions:
        return {method.upper() for method in actions if method.upper() in METHODS}
    return {method for method in METHODS if hasattr(view.cls, method.lower())}
