"""What is wrong with an archive, or with what was asked of one."""

from accounts.errors import ProblemError


class BackupRefusedError(ProblemError):
    """A backup or a restore cannot be made like this; `field` says what to change."""

    code = "backup_refused"


class ArchiveError(BackupRefusedError):
    """The archive is not what it should be. `code` is stable, the text names the member."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail, code=code)


class ExportRefusedError(ProblemError):
    """A patient's export is damaged, or does not fit into this clinic; nothing of it is kept."""

    code = "export_refused"
