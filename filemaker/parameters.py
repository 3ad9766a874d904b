"""What an import is told, checked; kept with its job, so there is no secret in it."""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from filemaker.environment import FileMakerSettings, read_settings
from filemaker.fields import LayoutMap, checked_field_map, layout_map
from filemaker.models import Area
from filemaker.services.selecting import open_records
from jobs.errors import JobParametersError

MOST_CONCURRENT = 16
FASTEST = 100.0  # requests a second
KNOWN = frozenset(
    "metadata_only only_failed since limit concurrency rate field_map server database"
    " selection".split()
)


def read_parameters(area: Area, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters as they are kept. Raises `JobParametersError` with `field`.

    Which server and which database are part of them: a job is not gone on with on another one.
    """
    for name in parameters:
        if name not in KNOWN:
            raise JobParametersError("There is no such parameter.", field=str(name))
    settings = read_settings()
    kept: dict[str, Any] = {"server": settings.url, "database": settings.database}
    for name in ("metadata_only", "only_failed"):
        if _switch(parameters, name):
            kept[name] = True
    if kept.get("metadata_only") and kept.get("only_failed"):
        raise JobParametersError(
            "It goes without --metadata-only: the metadata are known.", field="only_failed"
        )
    kept |= _numbers(parameters)
    if parameters.get("since") not in {None, ""}:
        kept["since"] = _day(parameters["since"])
    if parameters.get("field_map"):
        kept["field_map"] = checked_field_map(parameters["field_map"])
    if kept.get("only_failed"):
        _refuse_with_only_failed(kept)
        kept["selection"] = selection_of(area, layout_map(area, kept.get("field_map")))
    return kept


def same_place(kept: Mapping[str, Any], settings: FileMakerSettings) -> bool:
    """Say whether this process would talk to the server and database that the job is about."""
    return (kept["server"], kept["database"]) == (settings.url, settings.database)


def selection_of(area: Area, layout: LayoutMap) -> str:
    """Return a fingerprint of what is open now: equal ones are the same work, gone on with."""
    digest, number = hashlib.sha256(), 0
    ids = open_records(area, layout).values_list("source_id", "updated_at")
    for source_id, updated_at in ids.iterator(chunk_size=1_000):
        digest.update(f"{source_id} {updated_at.isoformat()}\n".encode())
        number += 1
    return f"{number}-{digest.hexdigest()[:16]}"


def _refuse_with_only_failed(kept: Mapping[str, Any]) -> None:
    for name in ("since", "limit"):
        if name in kept:
            raise JobParametersError("It goes without --only-failed.", field=name)


def _switch(parameters: Mapping[str, Any], name: str) -> bool:
    value = parameters.get(name, False)
    if value not in {True, False, None}:
        raise JobParametersError("Say true or false.", field=name)
    return bool(value)


def _numbers(parameters: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, most in (("limit", 10**9), ("concurrency", MOST_CONCURRENT)):
        value = parameters.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise JobParametersError(f"Choose a whole number from 1 to {most:,}.", field=name)
        found[name] = value
    rate = parameters.get("rate")
    if rate is not None:
        is_number = isinstance(rate, int | float) and not isinstance(rate, bool)
        if not is_number or not 0.01 <= rate <= FASTEST:  # noqa: PLR2004  one in 100 s
            raise JobParametersError("Choose from 0.01 to 100 requests a second.", field="rate")
        found["rate"] = float(rate)
    return found


def _day(value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise JobParametersError("Give a day as YYYY-MM-DD.", field="since") from None
