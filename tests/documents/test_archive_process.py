"""Archives from processes of their own: how much memory they take, and how a transfer breaks off."""

import io
import json
import os
import subprocess
import sys
import zipfile
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from accounts.models import Membership, User
from documents.models import Document
from documents.services.zipping import MANIFEST
from documents.storage import object_store
from patients.models import Patient
from tests.conftest import member
from tests.documents.conftest import make_world
from tests.documents.helpers import row
from tests.documents.test_archives import kill, large
from tests.s3_server import free_port, serving, storage, wait_for

MB = 1024 * 1024
FILES = 300
URL = "/api/v1/files/archive"


def driver(*arguments, store):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.documents.archive_driver", *map(str, arguments)],
        env={
            **os.environ,
            "TEST_DATABASE": connection.settings_dict["NAME"],
            "TEST_STORE": json.dumps(store),
            "LOG_LEVEL": "CRITICAL",
        },
        stdout=subprocess.PIPE,
        text=True,
    )


def test_memory_stays_flat_at_300_files_of_1_mb(committed):
    with tenant_context(committed):
        world = make_world()
        (first,) = large(world, 1 * MB)
        first = Document.objects.get(pk=first.pk)
        root = Path(object_store().location)
        other = Patient.objects.create(first_name="Many", last_name="Files")
        for _ in range(FILES):
            document = row(world, file_size=MB, sha256=first.sha256, patient=other)
            path = root / document.s3_key
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(root / first.s3_key, path)
    process = driver("memory", world.amal.pk, other.pk, store=settings.STORAGES["documents"])
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    peak, size = map(int, out.split())
    assert size > FILES * MB
    assert peak < 16 * MB


@pytest.fixture
def session(committed):
    """Priya's session as headers; neither it nor that she logged in outlives the test."""
    client, priya = Client(), member("priya")
    logged_in = priya.last_login_at, priya.user.last_login
    with tenant_context(committed):
        before = set(Session.objects.values_list("pk", flat=True))
        client.force_login(priya.user, backend="accounts.backends.MembershipBackend")
    token = "t" * 32
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    yield {
        "Host": "alpha.localhost",
        "Cookie": f"{cookies}; {settings.CSRF_COOKIE_NAME}={token}",
        "X-CSRFToken": token,
    }
    with tenant_context(committed):
        Session.objects.exclude(pk__in=before).delete()
        Membership.objects.filter(pk=priya.pk).update(last_login_at=logged_in[0])
        User.objects.filter(pk=priya.user_id).update(last_login=logged_in[1])


def test_a_transfer_breaks_off_when_the_store_dies(committed, session, tmp_path, settings):
    """A client behind a real web server learns of it from the transfer itself."""
    with ExitStack() as running:
        address, rclone = running.enter_context(serving(tmp_path))
        store = storage(address)
        settings.STORAGES = {**settings.STORAGES, "documents": store}
        with tenant_context(committed):
            (document,) = large(make_world(), 64 * MB)
        port = free_port()
        web = driver("serve", port, store=store)
        running.callback(web.wait, 60)
        running.callback(web.terminate)
        running.callback(web.stdout.close)
        wait_for(f"http://127.0.0.1:{port}/api/v1/health/live", web)

        def ask():
            return requests.post(
                f"http://127.0.0.1:{port}{URL}",
                json={"ids": [str(document.pk)]},
                headers=session,
                stream=True,
                timeout=60,
            )

        whole = ask()
        assert (whole.status_code, whole.headers["Content-Type"]) == (200, "application/zip")
        with zipfile.ZipFile(io.BytesIO(whole.content)) as found:
            assert found.testzip() is None
            assert json.loads(found.read(MANIFEST))["complete"]
        with ask() as answer:
            assert answer.status_code == 200
            chunks = answer.iter_content(64 * 1024)
            got = [next(chunks)]
            kill(rclone)
            with pytest.raises(requests.exceptions.ChunkedEncodingError):
                got.extend(chunks)
        assert len(b"".join(got)) < 64 * MB
        with pytest.raises(zipfile.BadZipFile):
            zipfile.ZipFile(io.BytesIO(b"".join(got)))
        away = ask()
        assert (away.status_code, away.json()["code"]) == (503, "store_unavailable")
