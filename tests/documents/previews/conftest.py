"""Each of the three stores in turn, and documents that can be shown."""

import pytest

from tests.documents.previews import files
from tests.documents.storage.conftest import moto, rclone  # noqa: F401  fixtures
from tests.documents.verify.conftest import in_moto, stored, use  # noqa: F401  fixtures


@pytest.fixture
def photo():
    """A small JPEG."""
    return files.saved(files.corners((400, 300)), "JPEG")
