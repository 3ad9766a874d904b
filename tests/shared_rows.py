"""Rows that many tests begin with, made once for a module instead of once for each of its tests.

    @pytest.fixture(scope="module")
    def made(django_db_setup, django_db_blocker, tmp_path_factory):
        with rows_of_a_module(build, django_db_blocker, tmp_path_factory) as kept:
            yield kept

    @pytest.fixture
    def world(made, alpha, settings):
        return made.lend(settings)

The rows lie in a transaction around all tests of the module, which is rolled back in the end. Each
test has its own transaction in it, a savepoint, so what it changes is gone after it, as ever; the
objects and the Python values that it gets are copies. Every test of such a module that looks into
the database must ask for the rows: without, it would see them or not by the order of the tests.
"""

import copy
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as base
from django.core import mail
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, override_settings

from tests.conftest import FAST_HASHERS, new_client


class Kept:
    """What a module has in common: values, the objects in `folder`, and who is logged in."""

    def __init__(self, value: Any, folder: Path, clients: dict[str | None, Client]) -> None:
        self.value = value
        self.folder = folder
        self.clients = clients

    def lend(self, settings: Any) -> Any:
        """Return a copy of the values, with a copy of the objects where this test has its own."""
        location = settings.STORAGES["documents"]["OPTIONS"]["location"]
        if self.folder.exists():
            shutil.copytree(self.folder, location, dirs_exist_ok=True)
        return copy.deepcopy(self.value)

    def client_of(self, name: str | None, host: str | None = None) -> Client:
        """Return a new browser, as `client_of` does; its session is from before the test."""
        if name not in self.clients:
            return new_client(name, host)
        client = Client(raise_request_exception=True)
        client.cookies = copy.deepcopy(self.clients[name].cookies)
        client.defaults |= self.clients[name].defaults
        if host is not None:
            client.defaults["HTTP_HOST"] = f"{host}.localhost"
        return client


@contextmanager
def rows_of_a_module(
    build: Callable[[], Any], blocker: Any, folders: pytest.TempPathFactory, logins: str = ""
) -> Iterator[Kept]:
    """Call `build` in the shared schema, with a store of its own; undo all of it in the end.

    Who is named in `logins` has a session already, and need not log in once a test.
    """
    folder = folders.mktemp("shared")
    (folder / "temp").mkdir()
    store = {
        "BACKEND": "documents.storage.filesystem.FileSystemObjectStore",
        "OPTIONS": {"location": str(folder / "objects")},
    }
    building = override_settings(
        STORAGES={**base.STORAGES, "documents": store},
        FILE_UPLOAD_TEMP_DIR=str(folder / "temp"),
        PASSWORD_HASHERS=FAST_HASHERS,
    )
    around = transaction.atomic()
    around._from_testcase = True  # so that `durable=True` passes, as in each test
    with blocker.unblock():
        around.__enter__()
    try:
        with blocker.unblock(), building:
            cache.clear()
            value = build()
            clients = {name: new_client(name) for name in logins.split()}
            connection.set_schema_to_public()
        mail.outbox = []
        yield Kept(value, folder / "objects", clients)
    finally:
        with blocker.unblock():
            transaction.set_rollback(True)
            around.__exit__(None, None, None)
            connection.set_schema_to_public()
