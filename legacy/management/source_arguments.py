"""What every command that reads an old system needs to be told."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from jobs.commands import BAD_ARGUMENTS
from legacy.address import PASSWORD_VARIABLE, split_password


def add_source_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--source", default="", help="URL of its database: PostgreSQL or SQLite")
    parser.add_argument(
        "--source-name", default="", help="its name here, where the database has been copied about"
    )
    parser.add_argument(
        "--time-zone", default="UTC", help="of its moments that name none (default: %(default)s)"
    )


def source_parameters(options: dict[str, Any]) -> dict[str, Any]:
    """Return what the job may keep: a password goes into this process's environment only."""
    url, secret = split_password(options["source"])
    if secret:
        if options["background"]:
            raise CommandError(
                f"source: the workers need the password in {PASSWORD_VARIABLE}; keep it out of"
                " the URL.",
                returncode=BAD_ARGUMENTS,
            )
        os.environ[PASSWORD_VARIABLE] = secret
    names = ("source_name", "time_zone")
    return {"source": url, **{name: options[name] for name in names}}
