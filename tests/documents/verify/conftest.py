"""A clinic with some documents in each of the stores."""

import pytest

from documents.storage import object_store
from tests.documents.helpers import upload
from tests.documents.storage.conftest import moto, rclone  # noqa: F401  fixtures
from tests.documents.verify.helpers import body
from tests.s3_server import storage


@pytest.fixture(params=["folder", "moto", "rclone"])
def stored(request, settings):
    """Each of the stores in turn."""
    return use(request, settings, request.param)


@pytest.fixture
def in_moto(request, settings):
    return use(request, settings, "moto")


def use(request, settings, name):
    if name != "folder":
        settings.STORAGES = {
            **settings.STORAGES,
            "documents": storage(request.getfixturevalue(name)),
        }
    return name


def empty_store(*tenants):
    """The servers' buckets outlive a test; nothing of another may look like an orphan here."""
    from django_tenants.utils import schema_context

    for tenant in tenants:
        with schema_context(tenant):
            for info in list(object_store().keys(f"{tenant}/")):
                object_store().remove(info.key)


@pytest.fixture
def documents(stored, world):
    """Six documents, the bytes of each its own."""
    empty_store("alpha", "beta")
    return [
        upload(world, body(n), name=f"{n}.txt", slug="patients", owner=world.amal) for n in range(6)
    ]
