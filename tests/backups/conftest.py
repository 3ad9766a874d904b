"""A clinic whose rows are committed: a backup reads by a session of its own.

`clinic` is full: each of its tables has rows that the services made, and what nothing makes by
itself is added by hand; its documents lie in one of the stores.
"""

import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django_tenants.utils import tenant_context

from accounts.models import Account
from accounts.services.schemas import drop_schema
from tests.backups.helpers import archive_of, backup
from tests.backups.world import fill, new_clinic
from tests.documents.storage.conftest import moto, rclone  # noqa: F401  fixtures
from tests.s3_server import storage

SCHEMAS = ("saved", "restored", "other")
MADE = f"(SELECT id FROM accounts_account WHERE schema_name IN {SCHEMAS})"  # noqa: S608
LEFT = [
    f"DELETE FROM accounts_membership WHERE account_id IN {MADE}",  # noqa: S608
    f"DELETE FROM accounts_domain WHERE tenant_id IN {MADE}",  # noqa: S608
    f"DELETE FROM accounts_account WHERE schema_name IN {SCHEMAS}",  # noqa: S608
    "DELETE FROM accounts_user WHERE email LIKE '%@saved.test'",
]


@pytest.fixture
def database(django_db_setup, django_db_blocker):
    """The database without a transaction around the test; our clinics are gone afterwards."""
    with django_db_blocker.unblock():
        assert connection.settings_dict["NAME"].startswith("test_")
        connection.ensure_connection()
        try:
            yield
        finally:
            remove_clinics()


def remove_clinics():
    connection.set_schema_to_public()
    for schema in SCHEMAS:
        drop_schema(schema)
    with connection.cursor() as cursor:
        for statement in LEFT:
            cursor.execute(statement)


@pytest.fixture
def folder(tmp_path, settings) -> Path:
    settings.BACKUP_DIR = str(tmp_path / "backups")
    return Path(settings.BACKUP_DIR)


@pytest.fixture
def clinic(database, folder) -> Account:
    cache.clear()
    account = new_clinic()
    with tenant_context(account):
        fill(account)
        yield account


_made: dict[str, Path] = {}


@pytest.fixture
def saved(database, folder, tmp_path_factory, request) -> Path:
    """A backup of a clinic that is gone since, as after the loss of everything. Made once."""
    if "saved" not in _made:
        account = new_clinic()
        with tenant_context(account):
            fill(account)
            path = archive_of(backup(with_logins=True))
        kept = tmp_path_factory.mktemp("saved") / path.name
        shutil.copy(path, kept)
        shutil.rmtree(settings.STORAGES["documents"]["OPTIONS"]["location"])
        remove_clinics()
        _made["saved"] = kept
    assert not Account.objects.filter(schema_name__in=SCHEMAS).exists()
    return _made["saved"]


@pytest.fixture(params=["folder", "moto", "rclone"])
def stored(request, settings):
    """Each of the stores in turn, for what is filled and restored afterwards."""
    if request.param != "folder":
        settings.STORAGES = {
            **settings.STORAGES,
            "documents": storage(request.getfixturevalue(request.param)),
        }
    return request.param
