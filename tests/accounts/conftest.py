import pytest

from tests.accounts.caches import own_cache


@pytest.fixture(autouse=True)
def _real_logins(_clean_slate, settings, worker_id):
    """The cast's passwords were hashed as in production; here people type them in."""
    from config import settings as written

    settings.PASSWORD_HASHERS = written.PASSWORD_HASHERS
    own_cache(settings, worker_id)
