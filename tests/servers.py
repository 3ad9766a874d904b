"""A pytest plugin: one set of real servers for the whole run, in a folder that goes with it.

The environment is set when the plugin is loaded, because settings are read before any hook runs;
the servers start with the session, in the controlling process only.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

CONTROLLER = "PYTEST_XDIST_WORKER" not in os.environ
DATA = Path(os.environ.get("CHARTVAULT_TEST_DATA") or tempfile.mkdtemp(prefix="chartvault-test-"))
FIXED = {
    "CHARTVAULT_TEST_DATA": str(DATA),
    "DATA_DIR": str(DATA),
    "DEBUG": "on",
    "SECRET_KEY": "only-for-tests-" * 4,
    "PLATFORM_HOST": "localhost",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test-secret",
    "AWS_EC2_METADATA_DISABLED": "true",
    "LOG_LEVEL": "INFO",
}
OWN = ("DATABASE_URL", "REDIS_URL", "AWS_STORAGE_BUCKET_NAME", "ALLOWED_HOSTS", "EMAIL_URL")
if CONTROLLER:
    for name in OWN:
        os.environ.pop(name, None)
    os.environ.update(FIXED)
    os.environ["FIELD_ENCRYPTION_KEYS"] = Fernet.generate_key().decode()
os.environ.pop("AWS_CA_BUNDLE", None)


def own_cache() -> str:
    """Return a database of the cache for this process: tests empty it."""
    from config import runtime

    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 14
    return runtime.redis_urls(DATA)[1].removesuffix("db=1") + f"db={2 + number}"


os.environ["CACHE_URL"] = own_cache()

_servers = None


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    global _servers  # noqa: PLW0603  one for the process, like the servers
    if CONTROLLER and not config.option.collectonly:
        from config.runtime import Servers

        DATA.mkdir(exist_ok=True)
        _servers = Servers(DATA, durable=False)
        _servers.start()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if _servers is not None:
        _servers.stop()
    if CONTROLLER:
        shutil.rmtree(DATA, ignore_errors=True)
