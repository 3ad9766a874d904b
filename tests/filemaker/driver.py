"""Imports in processes of their own, on the database and the store of the test that starts it.

Everything is loaded once; for each line `run JOB THREADS` on its standard input it forks, so that
starting again after a kill takes milliseconds. `wait PID` says how one ended.
"""

import os
import sys
import traceback


def prepare():
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
    settings.STORAGES["documents"] = {
        "BACKEND": "documents.storage.filesystem.FileSystemObjectStore",
        "OPTIONS": {"location": os.environ["TEST_OBJECTS"]},
    }
    settings.FILE_UPLOAD_TEMP_DIR = os.environ["TEST_TEMP"]
    import django

    django.setup()


def run(job, threads):
    from django_tenants.utils import schema_context, tenant_context

    from accounts.models import Account
    from jobs.models import Job
    from jobs.services.running import run_job

    with schema_context("public"):
        account = Account.objects.get(schema_name=os.environ["TEST_SCHEMA"])
    with tenant_context(account):
        done = run_job(Job.objects.get(pk=job), concurrency=int(threads))
    return 0 if done.state == "succeeded" else 1


def say(word):
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def serve():
    prepare()
    say("ready")
    for line in sys.stdin:
        command, *arguments = line.split()
        if command == "wait":
            say(os.waitstatus_to_exitcode(os.waitpid(int(arguments[0]), 0)[1]))
            continue
        pid = os.fork()
        if pid == 0:
            try:
                os._exit(run(*arguments))
            except BaseException:  # noqa: BLE001  a fork must not go on in the loop
                traceback.print_exc()
                os._exit(3)
        say(pid)


if __name__ == "__main__":
    serve()
