"""What boto3 raises, as this package's errors."""

import contextlib
from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from documents.storage.base import ObjectExistsError, ObjectMissingError, StoreError

MISSING = {"404", "NoSuchKey", "NotFound", "NoSuchUpload", "NoSuchVersion"}
TAKEN = {"PreconditionFailed", "412"}


@contextlib.contextmanager
def store_errors() -> Iterator[None]:
    """Turn boto3's errors into ours, without addresses or keys in their text."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in MISSING:
            raise ObjectMissingError("There is no object at this key.") from error
        if code in TAKEN:
            raise ObjectExistsError("There is an object at this key already.") from error
        raise StoreError(f"The store answered {code or 'with an error'}.") from error
    except BotoCoreError as error:
        raise StoreError(f"The store cannot be reached ({type(error).__name__}).") from error
