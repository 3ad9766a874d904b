"""Runs jobs in a process of its own, on the database of the tests that start it.

`python -m tests.jobs.driver run SCHEMA JOB` in the foreground, `… celery` as a worker of Celery.
"""

import os
import sys


def prepare():
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
    import django

    django.setup()
    import tests.jobs.kinds  # noqa: F401  registers them


def run(schema, job):
    from django_tenants.utils import schema_context, tenant_context

    from accounts.models import Account
    from jobs.models import Job
    from jobs.services.running import run_job

    with schema_context("public"):
        account = Account.objects.get(schema_name=schema)
    with tenant_context(account):
        done = run_job(Job.objects.get(pk=job))
    sys.exit(0 if done.state == "succeeded" else 1)


def celery():
    from config.celery import app

    app.conf.task_default_queue = os.environ["TEST_QUEUE"]
    app.worker_main(
        ["worker", "--concurrency=2", "--loglevel=WARNING", "--without-gossip", "--without-mingle"]
    )


if __name__ == "__main__":
    prepare()
    {"run": run, "celery": celery}[sys.argv[1]](*sys.argv[2:])
