"""Two clinics, built once a worker, and the people in them.

Alpha is where tests happen; beta is there to leak into. At alpha: Ada administers, Priya and Paul
are providers, Pat is a patient, Gina is a guardian, Rex a research partner, Dev a developer. At
beta: Bea administers, Bo is a provider, Ben a patient. Root runs the platform and is no member.
"""

import functools
import gc
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import setup_databases, teardown_databases
from django_tenants.utils import schema_context, tenant_context

from accounts.models import Account, Membership, User
from accounts.roles import Role

# Each store has a client of its own, and each of those would read botocore's description of S3 anew.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)
PASSWORD = "correct-horse-battery"
FAST_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CAST = {
    "alpha": {
        "ada": Role.ADMIN,
        "priya": Role.PROVIDER,
        "paul": Role.PROVIDER,
        "pat": Role.PATIENT,
        "gina": Role.PATIENT,
        "rex": Role.RESEARCH_PARTNER,
        "dev": Role.DEVELOPER,
    },
    "beta": {"bea": Role.ADMIN, "bo": Role.PROVIDER, "ben": Role.PATIENT},
}


# Minutes in one test, or in one server that few tests share; with rows of their own. What needs no
# database of ours comes last by itself (pytest-django puts it there), so one of these would begin
# when the other workers have nothing left to do.
FIRST = (
    "tests/config/test_run.py::test_a_newcomer_",
    "tests/contract/",
    "tests/jobs/test_killed.py::test_celery_",
)


@pytest.hookimpl(trylast=True)  # after those who shuffle and group
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes longest begin first; all else stays in its order."""
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))


def pytest_collection_finish() -> None:
    """Spare what is loaded by now from being looked through for garbage, and look less often.

    With 7,000 tests and all of Django in memory, the collector took a quarter of a worker's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(scope="session")
def own_database(django_db_modify_db_settings: None, django_db_blocker: Any) -> Iterator[None]:
    """Make this worker's database where pytest-django has made none.

    It makes one when a selected test asks for `db`. Without, two workers would meet in the
    database of the settings, and each would build the cast there.
    """
    if connection.settings_dict["NAME"].startswith("test_"):
        yield
        return
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,  # before the next: it has made a database, or not
    own_database: None,
    django_db_blocker: Any,
) -> None:
    from accounts.services.accounts import create_account
    from accounts.services.members import add_member
    from accounts.services.schemas import migrate_all_schemas

    fast = override_settings(PASSWORD_HASHERS=FAST_HASHERS)
    with django_db_blocker.unblock(), schema_context("public"), fast:
        failed = [result for result in migrate_all_schemas() if result.error]
        assert not failed, failed
        User.objects.create_superuser("root@platform.test", PASSWORD, name="Root")
        for schema, people in CAST.items():
            account = create_account(
                schema_name=schema,
                name=f"{schema.title()} Clinic",
                domain=f"{schema}.localhost",
                admin_email=f"{next(iter(people))}@{schema}.test",
            )
            for name, role in people.items():
                email = f"{name}@{schema}.test"
                user = User.objects.filter(email=email).first()
                if user is None:
                    add_member(
                        account=account,
                        email=email,
                        role=role,
                        name=name.title(),
                        password=PASSWORD,
                    )
                else:
                    user.name = name.title()
                    user.set_password(PASSWORD)
                    user.save()


@pytest.fixture(autouse=True)
def _clean_slate(settings: Any, tmp_path: Path, caplog: Any, request: Any) -> Iterator[None]:
    """Objects and temporary files in folders of the test's own; back in the shared schema after.

    Whatever is logged as an error fails the test, unless it is marked `logs_errors`.
    """
    (tmp_path / "temp").mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "temp")
    settings.STORAGES = {
        **settings.STORAGES,
        "documents": {
            "BACKEND": "documents.storage.filesystem.FileSystemObjectStore",
            "OPTIONS": {"location": str(tmp_path / "objects")},
        },
    }
    settings.PASSWORD_HASHERS = FAST_HASHERS
    # Each browser of a test loads the middleware, and each of those would read all static files.
    settings.WHITENOISE_AUTOREFRESH = True
    if "db" in request.fixturenames or "alpha" in request.fixturenames:
        cache.clear()
    yield
    connection.set_schema_to_public()
    if "logs_errors" not in request.keywords:
        errors = [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
        assert not errors, errors


@pytest.fixture
def alpha(db: None) -> Account:
    return Account.objects.get(schema_name="alpha")


@pytest.fixture
def beta(db: None) -> Account:
    return Account.objects.get(schema_name="beta")


@pytest.fixture
def in_alpha(alpha: Account) -> Iterator[Account]:
    """Run the test inside alpha's schema, with an empty cache."""
    with tenant_context(alpha):
        cache.clear()
        yield alpha


def member(name: str) -> Membership:
    """Return somebody of the cast, their login loaded as the backend does it."""
    membership = Membership.objects.select_related("user", "account").get(
        user__email__startswith=f"{name}@"
    )
    membership.user.membership = membership
    return membership


def new_client(name: str | None, host: str | None = None) -> Client:
    """Return a browser, logged in where its person is at home; `host` says where it then goes."""
    home = "alpha"
    client = Client(raise_request_exception=True)
    if name is not None:
        membership = member(name)
        home = membership.account.schema_name
        with tenant_context(membership.account):
            client.force_login(membership.user, backend="accounts.backends.MembershipBackend")
    client.defaults["HTTP_HOST"] = f"{host or home}.localhost"
    client.defaults["HTTP_IF_MATCH"] = "*"  # tests/accounts/test_etags.py is about the rest
    return client


@pytest.fixture
def client_of(db: None) -> Callable[..., Client]:
    """Return a maker of browsers: `client_of("priya")`, at another clinic `host="beta"`."""
    return new_client
