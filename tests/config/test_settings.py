"""A wrong setting fails at start and names its variable; the same with a right one starts."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet

from config.environment import is_socket

GOOD = {
    "DEBUG": "off",
    "SECRET_KEY": "x" * 50,
    "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "ALLOWED_HOSTS": ".clinic.example",
    "EMAIL_URL": "smtp+tls://user:password@mail.example:587",
}
BAD = {
    "debug": ({"DEBUG": "maybe"}, "DEBUG"),
    "https": ({"HTTPS": "2"}, "HTTPS"),
    "no-secret": ({"SECRET_KEY": ""}, "SECRET_KEY"),
    "short-secret": ({"SECRET_KEY": "x" * 49}, "SECRET_KEY"),
    "no-keys": ({"FIELD_ENCRYPTION_KEYS": ""}, "FIELD_ENCRYPTION_KEYS"),
    "only-commas": ({"FIELD_ENCRYPTION_KEYS": ","}, "FIELD_ENCRYPTION_KEYS"),
    "bad-key": ({"FIELD_ENCRYPTION_KEYS": "rubbish"}, "FIELD_ENCRYPTION_KEYS"),
    "no-hosts": ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
    "proxies": ({"TRUSTED_PROXY_COUNT": "one"}, "TRUSTED_PROXY_COUNT"),
    "negative-proxies": ({"TRUSTED_PROXY_COUNT": "-1"}, "TRUSTED_PROXY_COUNT"),
    "idle": ({"SESSION_IDLE_MINUTES": "0"}, "SESSION_IDLE_MINUTES"),
    "absolute": ({"SESSION_ABSOLUTE_HOURS": "1.5"}, "SESSION_ABSOLUTE_HOURS"),
    "trash": ({"DOCUMENT_TRASH_DAYS": "0"}, "DOCUMENT_TRASH_DAYS"),
    "pixels": ({"DOCUMENT_MAX_PIXELS": "many"}, "DOCUMENT_MAX_PIXELS"),
    "small-parts": ({"DIRECT_UPLOAD_PART_SIZE": "5242879"}, "DIRECT_UPLOAD_PART_SIZE"),
    "large-parts": ({"DIRECT_UPLOAD_PART_SIZE": "5368709121"}, "DIRECT_UPLOAD_PART_SIZE"),
    "long-links": ({"DIRECT_UPLOAD_LINK_MINUTES": "10081"}, "DIRECT_UPLOAD_LINK_MINUTES"),
    "scanner": ({"CLAMAV_SOCKET": "tcp://clamav"}, "CLAMAV_SOCKET"),
    "scan-time": ({"CLAMAV_TIMEOUT": "0"}, "CLAMAV_TIMEOUT"),
    "age": ({"CONN_MAX_AGE": "x"}, "CONN_MAX_AGE"),
    "backup-time": ({"BACKUP_AT": "25:00"}, "BACKUP_AT"),
    "backups-kept": ({"BACKUP_KEEP": "0"}, "BACKUP_KEEP"),
    "sizes": ({"DOCUMENT_MAX_SIZES": "{"}, "DOCUMENT_MAX_SIZES"),
}


def start(changed, code="import config.settings"):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "DATA_DIR") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, **GOOD, **changed},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def started():
    """Start once for each case, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        cases = {"good": {}, **{name: changed for name, (changed, _) in BAD.items()}}
        return dict(zip(cases, pool.map(start, cases.values()), strict=True))


def test_the_good_settings_start(started):
    assert (started["good"].returncode, started["good"].stderr) == (0, "")


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_value_is_named(started, name):
    result = started[name]
    assert result.returncode == 1
    last = result.stderr.strip().splitlines()[-1]
    assert "ImproperlyConfigured" in last
    assert BAD[name][1] in last


@pytest.mark.parametrize(
    ("text", "good"),
    {
        "/run/clamav/clamd.ctl": True,
        "tcp://clamav:3310": True,
        "tcp://[::1]:3310": True,
        "run/clamd.ctl": False,
        "clamav:3310": False,
        "http://clamav:3310": False,
        "tcp://clamav": False,
        "tcp://:3310": False,
        "tcp://clamav:0": False,
        "tcp://clamav:99999": False,
        "tcp://clamav:x": False,
        "tcp://user@clamav:3310": False,
        "tcp://clamav:3310/x": False,
        "tcp://[::1:3310": False,
        "/run/\0": False,
    }.items(),
)
def test_what_a_socket_is(text, good):
    assert is_socket(text) is good
