"""A scanner for a test: the stand-in, on a port or a path."""

import pytest

from tests.clamd import serving


@pytest.fixture
def clamd(settings):
    """A stand-in of clamd that the settings lead to."""
    with serving() as found:
        settings.CLAMAV_SOCKET = found.address
        settings.CLAMAV_TIMEOUT = 30
        yield found
        assert found.broken == []
