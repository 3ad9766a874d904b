"""Runs one job in a process of its own: `python -m tests.patients.import_driver SCHEMA JOB`.

Prints `begun` when everything is loaded, and at the end the peak of its memory in bytes.
"""

import os
import sys
from pathlib import Path


def main(schema, pk):
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
    settings.DEBUG = False  # with it, the framework keeps the last 9,000 statements
    import django

    django.setup()
    from django_tenants.utils import schema_context, tenant_context

    from accounts.models import Account
    from jobs.models import Job
    from jobs.services.running import run_job

    with schema_context("public"):
        account = Account.objects.get(schema_name=schema)
    with tenant_context(account):
        job = Job.objects.get(pk=pk)
        print("begun", flush=True)  # noqa: T201
        run_job(job)
    print(peak(), flush=True)  # noqa: T201


def peak():
    """The most memory this program held, in bytes.

    Not `getrusage`: its figure begins at what the process that started this one held.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
