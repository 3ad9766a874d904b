"""A command on the kinds of the tests."""

from jobs.commands import JobCommand
from tests.jobs import kinds  # noqa: F401  registers them


class Command(JobCommand):
    kind = "make_companies"

    def add_kind_arguments(self, parser):
        parser.add_argument("--number", type=int)
        parser.add_argument("--bad", default="")
        parser.add_argument("--seconds", type=float, default=0, help="that an item takes")
        parser.add_argument("--concurrency", type=int, default=1)

    def parameters(self, options):
        given = {"number": options["number"]}
        if options["bad"]:
            given["faults"] = {options["bad"]: "permanent:9"}
        if options["seconds"]:
            given["seconds"] = options["seconds"]
        return given
