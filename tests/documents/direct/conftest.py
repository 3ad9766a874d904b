import pytest

from tests.documents.storage.conftest import moto, rclone  # noqa: F401  fixtures


@pytest.fixture
def nobody(client_of, in_alpha):
    """A client without a login, as whoever holds a link."""
    client = client_of(None)
    client.raise_request_exception = False
    return client
