from accounts.errors import ConflictError, ProblemError


class RecordFinalizedError(ConflictError):
    code = "record_finalized"
    detail = "This is finalised and stays as it is; add an addendum instead."


class ReportFinalizedError(ConflictError):
    code = "report_finalized"
    detail = "This report is finalised and stays as it is; write another one."


class NotFinalizedError(ConflictError):
    code = "not_finalized"
    detail = "This is a draft; change it, or finalise it first."


class NotReadyError(ProblemError):
    """A draft that lacks what a finalised one must have; `field` says what."""

    code = "not_ready"


class ReportNotStoredError(ConflictError):
    code = "report_not_stored"
    detail = "The PDF is not stored yet; try again in a minute."
