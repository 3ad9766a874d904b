"""What an old system is called here, so that two of them never mix."""

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jobs.errors import JobParametersError
from legacy.address import Address, parse_address

PREFIX = "legacy-"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}\Z")


def source_name(address: Address, name: str = "") -> str:
    """Return the name under which the ledger keeps what came from there; at most 50 characters.

    Without a name of the operator's choice it follows from where the database lies. Give the same
    name again when the database has been copied to another place.
    """
    if not name:
        return PREFIX + address.fingerprint
    plain = name.removeprefix(PREFIX)
    if not _NAME.match(plain):
        raise JobParametersError(
            "Use at most 40 small letters, digits, - and _.", field="source_name"
        )
    return PREFIX + plain


def read_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Check what every job over an old system is told: where its database is, and its name."""
    address = parse_address(str(parameters.get("source") or ""))
    zone = str(parameters.get("time_zone") or "UTC")
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise JobParametersError(f"There is no time zone {zone!r}.", field="time_zone") from None
    name = source_name(address, str(parameters.get("source_name") or ""))
    return {"source": address.url, "source_name": name, "time_zone": zone}
