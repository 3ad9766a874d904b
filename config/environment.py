"""Reading the environment strictly: a wrong value fails at start and names its variable."""

from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def required(name: str) -> str:
    value = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set the environment variable {name} (see docs/deployment.md).")
    return value


def number(name: str, default: int, *, least: int = 0) -> int:
    try:
        value = env.int(name, default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number.") from error
    if value < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}.")
    return value


def switch(name: str, *, default: bool) -> bool:
    text = env.str(name, "on" if default else "off").lower()
    if text in {"1", "on", "true", "yes"}:
        return True
    if text in {"0", "off", "false", "no"}:
        return False
    raise ImproperlyConfigured(f"{name} must be on or off, not {text!r}.")


def is_socket(text: str) -> bool:
    """Say whether a text is an absolute path, or `tcp://host:port` and nothing more."""
    if text.startswith("/"):
        return "\0" not in text
    try:
        place = urlsplit(text)
        return bool(
            place.scheme == "tcp"
            and place.hostname
            and place.port
            and not (place.username or place.path or place.query or place.fragment)
        )
    except ValueError:  # a port that is none
        return False
