from argparse import ArgumentParser
from typing import Any

from documents.services.verification_options import KIND, MOST_READS
from documents.services.verifying import FINDINGS
from jobs.commands import JobCommand
from jobs.models import Job

SCOPES = {
    "all": "All documents, and the store for objects that nobody needs.",
    "sample": "A random sample; the store was not looked through for objects that nobody needs.",
    "since": "What came in since; the store was not looked through for objects nobody needs.",
    "documents": "The documents that were named, and nothing else.",
}


class Command(JobCommand):
    help = (
        "Compare the documents of a clinic with the objects in the store, both ways. Only reads."
        " Exit code 1 where something is missing, different or left over. Interrupted, running it"
        " again goes on; after its end it begins anew."
    )
    kind = KIND

    def add_kind_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sample", type=int, metavar="N", help="N documents at random")
        parser.add_argument("--since", metavar="DATE", help="documents made on this day and later")
        parser.add_argument("--documents", nargs="+", metavar="ID", help="these documents only")
        parser.add_argument(
            "--no-hash",
            action="store_true",
            help="read no bytes: compare sizes and the hashes noted with the objects",
        )
        parser.add_argument(
            "--reads",
            type=int,
            metavar="N",
            help=f"objects read at a time, at most {MOST_READS} (default: 4; of a folder 1)",
        )

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        names = ("sample", "since", "documents", "reads")
        return {name: options[name] for name in names} | {"read_bytes": not options["no_hash"]}

    def _tell(self, job: Job, options: dict[str, Any]) -> None:
        super()._tell(job, options)
        if options["json"] or options["background"]:
            return
        for code, (_, remedy) in FINDINGS.items():
            if code in job.counts:
                self.stdout.write(f"{code}: {remedy}")
        if scope := job.report.get("scope"):
            self.stdout.write(SCOPES[scope])
            if not job.report["read_bytes"]:
                self.stdout.write("No bytes were read: only sizes and noted hashes were compared.")
