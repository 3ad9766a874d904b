"""Processes of their own for the tests of archives, on the database of the tests.

`memory`: make the archive of a patient, throw it away, and print how much higher the peak of memory
is than after a small one, and the archive's size; in bytes. `serve PORT`: the application behind
gunicorn, as in production, with the store that TEST_STORE (JSON) describes.
"""

import json
import os
import sys
from pathlib import Path


def prepare():
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
    settings.STORAGES["documents"] = json.loads(os.environ["TEST_STORE"])
    settings.DEBUG = False


def memory(small, large):
    prepare()
    import django

    django.setup()
    from django_tenants.utils import schema_context, tenant_context

    from accounts.models import Account
    from documents.services.archives import archive_of_patient, give_out_archive
    from tests.conftest import member
    from tests.patients.import_driver import peak

    def size_of(patient):
        archive = archive_of_patient(membership=member("ada"), patient_id=patient)
        return sum(map(len, give_out_archive(archive, membership=member("ada"))))

    with schema_context("public"):
        account = Account.objects.get(schema_name="alpha")
    with tenant_context(account):
        size_of(small)
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
        before = peak()
        size = size_of(large)
        print(peak() - before, size, flush=True)  # noqa: T201


def serve(port):
    prepare()
    from gunicorn.app.wsgiapp import run

    sys.argv = [
        *("gunicorn", "-c", "config/gunicorn.py", "--bind", f"127.0.0.1:{port}"),
        *("--workers", "1", "--access-logfile", "/dev/null", "config.wsgi:application"),
    ]
    run()


if __name__ == "__main__":
    {"memory": memory, "serve": serve}[sys.argv[1]](*sys.argv[2:])
