"""What can be wrong with an old system before anything is moved."""

from jobs.errors import JobParametersError


class SourceError(JobParametersError):
    """The old system's database cannot be read; the sentence says what to change.

    It never holds the URL: that may hold a password.
    """

    code = "legacy_source"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, field="source")


class UploadsError(JobParametersError):
    """The old system's folder of files cannot be read."""

    code = "legacy_uploads"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, field="uploads")
