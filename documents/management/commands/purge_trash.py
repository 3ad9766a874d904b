from documents.job_kinds.purging import PurgeTrash
from jobs.commands import JobCommand


class Command(JobCommand):
    help = (
        "Remove for good what has lain in the trash for DOCUMENT_TRASH_DAYS and neither a hold nor"
        " its retention keeps. Without --apply it only shows what that would be."
    )
    kind = PurgeTrash.name
    removes = True
