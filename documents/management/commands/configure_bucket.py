import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from documents.bucket.aspects import Aspect, Bucket
from documents.bucket.policies import all_policies
from documents.services.configuring import (
    Finding,
    aspects,
    bucket_of,
    compare,
    configure,
    locks_us_out,
    warnings,
)
from documents.storage import object_store

GAP, BAD_ARGUMENTS = 1, 2


class Command(BaseCommand):
    help = (
        "Show how the S3 bucket is set up and how it should be; with --apply, set it and read it"
        " back. Exit code 0: as wanted; 1: something differs or is refused; 2: bad arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="do it; else it is only shown")
        parser.add_argument("--json", action="store_true", help="one object on standard output")
        parser.add_argument(
            "--without-tls-policy",
            action="store_true",
            help="for a store inside your own network that is reached over plain http",
        )
        parser.add_argument(
            "--print-policies",
            action="store_true",
            help="print IAM policies with the least rights, and the bucket's own, as JSON",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["print_policies"] and options["apply"]:
            raise CommandError("--apply goes without --print-policies.", returncode=BAD_ARGUMENTS)
        bucket = bucket_of(object_store())
        if bucket is None:
            self._tell_folder(options)
        elif options["print_policies"]:
            self.stdout.write(json.dumps(all_policies(bucket.arn), indent=2))
        else:
            self._compare(bucket, options)

    def _compare(self, bucket: Bucket, options: dict[str, Any]) -> None:
        chosen = aspects(without_tls_policy=options["without_tls_policy"])
        if options["apply"]:
            self._refuse_to_lock_out(bucket, chosen)
        found = (configure if options["apply"] else compare)(bucket, chosen)
        warned = warnings(bucket)
        if options["json"]:
            report = _report(bucket, found, warned, options)
            self.stdout.write(json.dumps(report, default=str))
        else:
            self._tell(bucket, found, warned, options)
        if warned or any(one.is_gap for one in found):
            sys.exit(GAP)

    @staticmethod
    def _refuse_to_lock_out(bucket: Bucket, chosen: Sequence[Aspect]) -> None:
        if locks_us_out(bucket, chosen):
            raise CommandError(
                "--apply: AWS_S3_ENDPOINT_URL is plain http, and a TLS-only policy would lock this"
                " system out. Give the store an https address, or add --without-tls-policy.",
                returncode=BAD_ARGUMENTS,
            )

    def _tell_folder(self, options: dict[str, Any]) -> None:
        text = "The documents lie in a folder; there is no bucket to set up."
        if options["json"]:
            said: dict[str, Any] = {"bucket": None, "applied": False, "settings": []}
            self.stdout.write(json.dumps(said | {"warnings": [], "detail": text}))
        else:
            self.stdout.write(text)

    def _tell(
        self, bucket: Bucket, found: list[Finding], warned: list[str], options: dict[str, Any]
    ) -> None:
        self.stdout.write(f"Bucket {bucket.name}")
        for one in found:
            self.stdout.write(f"  {one.name}: {one.state.replace('_', ' ')}. {one.detail}".rstrip())
            if one.is_gap and one.wanted is not None:
                for line in differences(one.actual, one.wanted):
                    self.stdout.write(f"    {line}")
        for text in warned:
            self.stdout.write(f"  Warning: {text}")
        if not options["apply"] and any(one.is_gap for one in found):
            self.stdout.write("Nothing was changed. Add --apply to set what differs.")


def differences(actual: Any, wanted: Any) -> list[str]:
    """Say what is and what should be, setting by setting where there are several."""
    if not (isinstance(actual, dict) and isinstance(wanted, dict)):
        return [f"is {_text(actual)}, should be {_text(wanted)}"]
    return [
        f"{name}: is {_text(actual.get(name))}, should be {_text(wanted.get(name))}"
        for name in sorted(actual.keys() | wanted.keys())
        if actual.get(name) != wanted.get(name)
    ]


def _text(value: Any) -> str:
    if value is None:
        return "not there"
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _report(
    bucket: Bucket, found: list[Finding], warned: list[str], options: dict[str, Any]
) -> dict[str, Any]:
    return {
        "bucket": bucket.name,
        "applied": options["apply"],
        "settings": [
            {
                "name": one.name,
                "state": one.state,
                "actual": one.actual,
                "wanted": one.wanted,
                "detail": one.detail,
            }
            for one in found
        ],
        "warnings": warned,
    }
