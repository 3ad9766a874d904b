"""What the bucket lets browsers do: the clinics' pages send files straight to it (CORS).

"Elements of a CORS configuration" in the S3 user guide: a rule's origin has one wildcard at most.
"""

from typing import Any

from django.conf import settings

OURS = "chartvault-browsers"
ASK_AGAIN_AFTER = 3000  # seconds for which a browser remembers the answer

Rule = dict[str, Any]


def origins() -> list[str]:
    """Return the origins of the clinics' pages, as this system is told to serve them.

    From ALLOWED_HOSTS, where `.clinic.example` means every name below it, and CSRF_TRUSTED_ORIGINS,
    which have the port where it is not the scheme's own.
    """
    scheme = "https" if settings.HTTPS else "http"
    hosts = {f"*{host}" if host.startswith(".") else host for host in settings.ALLOWED_HOSTS}
    return sorted({f"{scheme}://{host}" for host in hosts} | set(settings.CSRF_TRUSTED_ORIGINS))


def wanted_rule() -> Rule:
    """Return our rule as S3 takes it: files may be sent and looked at from our pages alone."""
    return {
        "ID": OURS,
        "AllowedOrigins": origins(),
        "AllowedMethods": ["GET", "HEAD", "POST", "PUT"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag"],  # of a part; completing needs it
        "MaxAgeSeconds": ASK_AGAIN_AFTER,
    }


def normal(rule: Rule) -> Rule:
    """Return a rule so that two which mean the same are equal: a server may sort its lists."""
    return {
        name: sorted(value) if isinstance(value, list) else value
        for name, value in rule.items()
        if value not in ([], {})
    }
