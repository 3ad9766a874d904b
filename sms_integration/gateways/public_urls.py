"""The address that a company has called, as it has written it: signatures are made over that."""

from django.conf import settings
from django.http import HttpRequest

PORTS = {"http": "80", "https": "443"}


def public_urls(request: HttpRequest) -> list[str]:
    """Return the forms that the called address may have had before our proxies, likeliest first.

    Each part comes from what Django itself believes; `X-Forwarded-Port` counts only where proxies
    are trusted (TRUSTED_PROXY_COUNT). To offer more forms gives nothing away: a signature is made
    with the secret, whatever the address.
    """
    host = request.get_host()
    schemes = [request.scheme or "http"]
    if settings.HTTPS and "https" not in schemes:
        schemes.append("https")  # a proxy ended TLS and does not say so
    hosts = [host]
    port = request.headers.get("X-Forwarded-Port", "")
    if settings.TRUSTED_PROXY_COUNT and port.isdecimal() and not _has_port(host):
        hosts.append(f"{host}:{port[:5]}")
    path = request.get_full_path()
    return [f"{scheme}://{name}{path}" for scheme in schemes for name in hosts]


def _has_port(host: str) -> bool:
    return host.rpartition("]")[2].count(":") == 1
