"""Runs jobs in processes of their own, on the database of the tests that start it.

`serve` loads everything once and then forks for each line on its standard input, so that starting
again after a kill takes milliseconds: `run JOB THREADS` in the foreground, `command …` as an
operator types it, `send JOB` and `tend` for Celery; `wait PID` says how one ended. `celery` is a worker of Celery.
"""

import os
import sys
import traceback


def prepare():
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
    import django

    django.setup()
    import tests.jobs.kinds  # noqa: F401  registers them
    from config.celery import app
    from jobs.services import ledger

    ledger.BASE_WAIT = 0.01  # these tests make in seconds the failures of a year
    app.conf.broker_url = os.environ["TEST_BROKER"]
    app.conf.task_default_queue = "jobs-under-test"
    return app


def inside(task):
    from django_tenants.utils import schema_context, tenant_context

    from accounts.models import Account

    with schema_context("public"):
        account = Account.objects.get(schema_name=os.environ["TEST_SCHEMA"])
    with tenant_context(account):
        return task()


def run(job, threads):
    from jobs.models import Job
    from jobs.services.running import run_job

    done = inside(lambda: run_job(Job.objects.get(pk=job), concurrency=int(threads)))
    return 0 if done.state == "succeeded" else 1


def send(job):
    from jobs.models import Job
    from jobs.tasks import send_job

    inside(lambda: send_job(Job.objects.get(pk=job)))
    return 0


def tend():
    from jobs.tasks import tend_jobs

    inside(tend_jobs)
    return 0


def command(*arguments):
    from django.core.management import call_command

    from tests.jobs.command import Command

    try:
        call_command(Command(stdout=sys.stderr), "--tenant", os.environ["TEST_SCHEMA"], *arguments)
    except SystemExit as ended:
        return ended.code
    return 0


def say(word):
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


COMMANDS = {"run": run, "send": send, "tend": tend, "command": command}


def serve():
    prepare()
    say("ready")
    for line in sys.stdin:
        name, *arguments = line.split()
        if name == "wait":
            say(os.waitstatus_to_exitcode(os.waitpid(int(arguments[0]), 0)[1]))
            continue
        pid = os.fork()
        if pid == 0:
            try:
                os._exit(COMMANDS[name](*arguments))
            except BaseException:  # noqa: BLE001  a fork must not go on in the loop
                traceback.print_exc()
                os._exit(3)
        say(pid)


def celery():
    app = prepare()
    app.worker_main(
        ["worker", "--concurrency=2", "--loglevel=WARNING", "--without-gossip", "--without-mingle"]
    )


if __name__ == "__main__":
    {"serve": serve, "celery": celery}[sys.argv[1]]()
