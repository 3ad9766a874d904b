"""Where FileMaker is and how to log in: read from the environment, checked, never stored."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jobs.errors import JobParametersError

REQUIRED = ("FILEMAKER_URL", "FILEMAKER_DATABASE", "FILEMAKER_USER", "FILEMAKER_PASSWORD")
DEFAULT_ZONE = "Australia/Sydney"
PORTS = {"https": 443, "http": 80}
HIGHEST_PORT = 65_535


@dataclass(frozen=True)
class FileMakerSettings:
    """A server and a login. `url` is `https://host[:port]`; `ca_file` is empty or a PEM file."""

    scheme: str
    host: str
    port: int
    database: str
    user: str = field(repr=False)
    password: str = field(repr=False)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(DEFAULT_ZONE))
    ca_file: str = ""

    @property
    def url(self) -> str:
        """The address without its port where that is the usual one; it names the server in jobs."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


def read_settings(environ: Mapping[str, str] | None = None) -> FileMakerSettings:
    """Read the settings. Raises `JobParametersError` that names the variable and the remedy."""
    found = os.environ if environ is None else environ
    missing = [name for name in REQUIRED if not found.get(name, "").strip()]
    if missing:
        raise JobParametersError(
            f"Set the environment variables {', '.join(missing)} (see docs/filemaker.md).",
            field=missing[0],
        )
    scheme, host, port = read_address(found["FILEMAKER_URL"].strip())
    return FileMakerSettings(
        scheme=scheme,
        host=host,
        port=port,
        database=found["FILEMAKER_DATABASE"].strip(),
        user=found["FILEMAKER_USER"],
        password=found["FILEMAKER_PASSWORD"],
        zone=_zone(found.get("FILEMAKER_ZONE", "").strip() or DEFAULT_ZONE),
        ca_file=_ca_file(found.get("FILEMAKER_CA_FILE", "").strip()),
    )


def read_address(address: str) -> tuple[str, str, int]:
    """Return scheme, host and port of `https://host[:port]`; plain http only to this machine."""
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise _bad_address("It is no address.") from None
    if parts.scheme not in PORTS or not host or port == 0:
        raise _bad_address("It must be like https://filemaker.clinic.example.")
    if parts.username is not None or parts.password is not None:
        raise _bad_address("Keep the login out of it: FILEMAKER_USER, FILEMAKER_PASSWORD.")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise _bad_address("Give the server only, without a path.")
    if parts.scheme == "http" and not is_loopback(host):
        raise _bad_address("Use https; plain http is for this machine only.")
    return parts.scheme, host, port or PORTS[parts.scheme]


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bad_address(why: str) -> JobParametersError:
    return JobParametersError(why, field="FILEMAKER_URL")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise JobParametersError(
            f"There is no time zone {name[:60]!r}.", field="FILEMAKER_ZONE"
        ) from None


def _ca_file(path: str) -> str:
    if path and not Path(path).is_file():
        raise JobParametersError("There is no such file.", field="FILEMAKER_CA_FILE")
    return path
