"""Making backups and restoring them, as the commands do."""

import json
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django_tenants.utils import schema_context

from accounts.models import Account
from backups.services.restoring import Target, restore_account
from jobs.services.control import start_job
from jobs.services.running import run_job


def backup(*, dry_run=False, **parameters):
    """Run a backup of the clinic we are in to its end; return the job."""
    return run_job(start_job(kind="backup_account", parameters=parameters, dry_run=dry_run))


def archive_of(job):
    assert job.state == "succeeded", (job.stop_code, job.stop_detail, job.report)
    return Path(job.report["archive"])


def restore(path, *, schema="restored", apply=True, **options):
    with schema_context("public"):
        return restore_account(
            path=path, target=Target(schema, f"{schema}.localhost"), apply=apply, **options
        )


def command(called, /, *arguments, **options):
    """Run a command with --json; return its object and its exit code."""
    out, code = StringIO(), 0
    with schema_context("public"):
        try:
            call_command(called, *arguments, json=True, stdout=out, stderr=StringIO(), **options)
        except SystemExit as ended:
            code = ended.code
    return json.loads(out.getvalue()), code


def is_restored(schema="restored"):
    """Say whether anything of a restored clinic can be seen."""
    from tests.accounts.catalogue import schemas

    account = Account.objects.filter(schema_name=schema).exists()
    assert account == (schema in schemas())
    return account
