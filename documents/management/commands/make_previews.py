from documents.job_kinds.previewing import MakePreviews
from jobs.commands import JobCommand


class Command(JobCommand):
    help = (
        "Make the previews that are missing: after an import, a restore or a better renderer."
        " The workers do so by themselves every 15 minutes."
    )
    kind = MakePreviews.name
