"""Fields of our own: time-ordered ids, encrypted text, keys into the shared schema."""

import uuid
from functools import lru_cache
from typing import Any

import uuid_utils
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


def uuid7() -> uuid.UUID:
    """Return a new UUID version 7: its order is the order of creation."""
    return uuid.UUID(bytes=uuid_utils.uuid7().bytes)


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """Return the text as it may lie in the database."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS)).encrypt(text.encode()).decode("ascii")


def decrypt(text: str) -> str:
    """Take `encrypt` back. Raises `InvalidToken` where none of the keys is the text's."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS)).decrypt(text.encode()).decode()


class EncryptedTextField(models.TextField):
    """Text that is encrypted in the database and plain in Python.

    The first of `FIELD_ENCRYPTION_KEYS` encrypts; each of them decrypts, so keys are rotated by
    putting a new one in front and saving the rows again. It cannot be searched or ordered by.
    """

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        if not text:
            return text
        return encrypt(text)

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        if not value:
            return value
        try:
            return decrypt(value)
        except InvalidToken as error:
            raise ValueError(
                f"{self.model._meta.label}.{self.name} was encrypted with a key that is not in"
                " FIELD_ENCRYPTION_KEYS."
            ) from error

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in {"isnull", "exact"}:
            return None
        return super().get_lookup(lookup_name)


def shared_key(to: str, **options: Any) -> Any:
    """Return a foreign key into the shared schema, which carries no database constraint.

    With one, each clinic would hang a pair of triggers on the shared table, and its writes would
    grow slower with every clinic (docs/decisions/0003). Shared rows are never deleted.
    """
    return models.ForeignKey(
        to, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", **options
    )
