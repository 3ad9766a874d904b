"""A flat bucket as an old system has left it, in each of the stores."""

import pytest

from tests.documents.restructure.helpers import empty_bucket
from tests.documents.storage.conftest import moto, rclone  # noqa: F401  fixtures
from tests.documents.verify.conftest import use


@pytest.fixture(params=["folder", "moto", "rclone"])
def stored(request, settings):
    use(request, settings, request.param)
    empty_bucket()
    return request.param


@pytest.fixture
def in_folder(request, settings):
    return use(request, settings, "folder")
