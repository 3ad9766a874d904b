"""Whether two installations have the same keys for encrypted columns, without showing one."""

import hashlib
import hmac

from django.conf import settings

PURPOSE = b"chartvault: which key of encrypted columns is this"
LENGTH = 16  # hexadecimal digits: enough to tell keys apart


def key_checks() -> list[str]:
    """Return a check value of each of `FIELD_ENCRYPTION_KEYS`; none says anything of its key."""
    return [_check(key) for key in settings.FIELD_ENCRYPTION_KEYS]


def missing_keys(needed: list[str]) -> list[str]:
    """Return which check values belong to none of the keys of this installation."""
    known = set(key_checks())
    return [check for check in needed if check not in known]


def _check(key: str) -> str:
    return hmac.new(key.encode(), PURPOSE, hashlib.sha256).hexdigest()[:LENGTH]
