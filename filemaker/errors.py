"""What FileMaker's error codes mean for an import.

FileMaker answers most errors with HTTP 500 and its own code in the JSON, so the code decides, never
the status. Codes: https://help.claris.com/en/pro-help/content/error-codes.html
"""

from jobs.errors import ItemError, StopRunError, TransientError

OK = "0"
RECORD_MISSING, NOTHING_FOUND = "101", "401"
TOKEN_REFUSED = "952"
FIELD_MAP_REMEDY = "Compare the layout with the field map (docs/filemaker.md)."

# Nothing that trying again would mend: a person has to do something first.
LOGIN_REFUSED = (
    "FileMaker refuses the login. Check FILEMAKER_USER and FILEMAKER_PASSWORD, and that the account"
    " has the extended privilege fmrest."
)
QUOTA_USED_UP = (
    "The year's data transfer of FileMaker's licence is used up. Start again when it is not."
)
STOPS = {
    "9": ("login_refused", f"The account may not do this in FileMaker. {LOGIN_REFUSED}"),
    "102": ("field_missing", f"FileMaker has no such field on the layout. {FIELD_MAP_REMEDY}"),
    "105": ("layout_missing", f"FileMaker has no such layout. {FIELD_MAP_REMEDY}"),
    "212": ("login_refused", LOGIN_REFUSED),
    "953": ("quota_used_up", QUOTA_USED_UP),
}
# What passes: somebody has the record open, the server is full or starts.
PASSES = {
    "301": ("record_in_use", "Somebody has the record open in FileMaker."),
    "802": ("database_closed", "FileMaker cannot open the database at the moment."),
    "812": ("server_full", "FileMaker has reached the number of connections it can serve."),
    "956": ("too_many_sessions", "FileMaker has too many Data API sessions open."),
}


class RecordMissingError(ItemError):
    """FileMaker has no record of this number (any more)."""

    def __init__(self) -> None:
        super().__init__("record_missing", "FileMaker has no record of this number any more.")


class TokenRefusedError(TransientError):
    """The session has ended on the other side: log in again."""

    def __init__(self) -> None:
        super().__init__("session_ended", "FileMaker has ended the session.")


class NoJsonError(TransientError):
    """An answer of the web server in front of the Data API: the engine is down or starting."""

    def __init__(self, status: int) -> None:
        super().__init__(
            "engine_down", f"FileMaker's Data API answered HTTP {status} without its JSON."
        )
        self.status = status


class StaleAddressError(TransientError):
    """A container's address is good for a short time only: read the record again."""

    def __init__(self, detail: str) -> None:
        super().__init__("address_stale", detail)


def raise_for_code(code: str) -> None:
    """Raise what a code of FileMaker means; `0` means that all is well.

    Raises `StopRunError`, `TransientError`, `RecordMissingError`, or `ItemError("filemaker_N")`
    for a code that is not foreseen.
    """
    if code == OK:
        return
    if code in STOPS:
        raise StopRunError(*STOPS[code])
    if code in PASSES:
        raise TransientError(*PASSES[code])
    if code == TOKEN_REFUSED:
        raise TokenRefusedError
    if code in {RECORD_MISSING, NOTHING_FOUND}:
        raise RecordMissingError
    name = code if code.isdecimal() and len(code) < 6 else "unknown"  # noqa: PLR2004  as they are
    raise ItemError(f"filemaker_{name}", f"FileMaker answered with its error {name}.")
