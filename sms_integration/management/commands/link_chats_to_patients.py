from jobs.commands import JobCommand


class Command(JobCommand):
    help = "Give old conversations of nobody to the one patient with their number or e-mail."
    kind = "link_chats"
