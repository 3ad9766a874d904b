"""What can go wrong with an item or a run, and what the engine does about it."""

from accounts.errors import ProblemError


class ItemError(Exception):
    """One item cannot be done. The run goes on.

    `code` is a stable slug (`file_missing`), `detail` says what is wrong without anybody's name or
    health in it, `remedy` what to do. A permanent error (the default) is not tried again.
    """

    permanent = True

    def __init__(self, code: str, detail: str = "", remedy: str = "") -> None:
        super().__init__(detail or code)
        self.code, self.detail, self.remedy = code, detail, remedy


class TransientError(ItemError):
    """An item may go through later: the store was away, the other side was busy."""

    permanent = False

    def __init__(
        self, code: str, detail: str = "", remedy: str = "", *, after: float | None = None
    ) -> None:
        super().__init__(code, detail, remedy)
        self.after = after  # seconds that the other side asked for


class StopRunError(Exception):
    """The run cannot go on for now (a quota is used up, a login refused): it is interrupted.

    The item is not counted as tried; starting the run again takes up where it ended.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class JobParametersError(ProblemError):
    """What was asked of a job cannot be; the command exits with 2."""

    code = "job_parameters"


class JobStateError(ProblemError):
    """The job is in a state in which this cannot be done."""

    status = 409
    code = "job_state"
