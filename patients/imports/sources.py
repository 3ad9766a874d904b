"""Where a file to import lies: on this machine, or in the object store for workers on any machine.

What is uploaded is kept under `system/temp/imports/` of the clinic until its job is over
(`sweep_import_files`); the name begins with a UUIDv7, so its age is known.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.fields import uuid7
from documents.keys import system_key
from documents.storage import StoreError, object_store
from documents.storage.base import ObjectMissingError
from jobs.errors import ItemError, JobParametersError, StopRunError
from jobs.models import ENDED, Job
from patients.imports.charsets import digest_of

KIND = "import_patients"
FOLDER = "imports"
CSV_TYPE = "text/csv"
NO_JOB_AFTER = timedelta(hours=1)
KEPT_FOR = timedelta(days=7)  # of a job that nobody ends: its rows may be looked at and tried again


def check_place(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return where the file is, `{"file": path}` or `{"object": key}`.

    Raises `JobParametersError`.
    """
    if key := parameters.get("object"):
        return {"object": str(key)}
    path = Path(str(parameters.get("file") or "")).absolute()
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise JobParametersError(f"{path} {what}; name a CSV or .xlsx file.", field="file")
    return {"file": str(path)}


@contextmanager
def source_file(place: Mapping[str, Any]) -> Iterator[BinaryIO]:
    """Open the file where it is, a copy of an object in a nameless temporary file.

    Raises `ItemError` where it is gone and `StopRunError` where the store is away.
    """
    if "object" not in place:
        try:
            file = Path(place["file"]).open("rb")  # noqa: SIM115
        except OSError as error:
            raise _gone() from error
        with file:
            yield file
        return
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as copy:
        try:
            with object_store().read(place["object"]) as chunks:
                for chunk in chunks:
                    copy.write(chunk)
        except ObjectMissingError as error:
            raise _gone() from error
        except StoreError as error:
            raise StopRunError("store_away", "The object store cannot be read now.") from error
        yield cast(BinaryIO, copy)


def require_unchanged(file: BinaryIO, sha256: str) -> None:
    """Refuse to go on in a file that is another one by now. Raises `ItemError`."""
    if digest_of(file) != sha256:
        raise ItemError(
            "file_changed",
            "The file is not the one that this job began with.",
            "Start the import again; what was imported is found to be there.",
        )


def store_source(file: BinaryIO) -> str:
    """Put a file where every worker finds it; return its key. Raises `StoreError`."""
    size = file.seek(0, 2)
    digest = digest_of(file)
    key = system_key("temp", f"{FOLDER}/{uuid7()}")
    file.seek(0)
    object_store().put(key, file, size=size, content_type=CSV_TYPE, sha256=digest, tags={})
    return key


def known_source(sha256: str, **equal: Any) -> str | None:
    """Return the key of the same file if a job that is not over has it and the same parameters.

    Sending a file twice then goes on with one job instead of making two.
    """
    jobs = Job.objects.filter(kind=KIND, parameters__recipe__sha256=sha256).exclude(state__in=ENDED)
    jobs = jobs.filter(**{f"parameters__{name}": value for name, value in equal.items()})
    for job in jobs.order_by("-id"):
        key = str(job.parameters.get("object", ""))
        if key and timezone.now() - _moment_of(key) < KEPT_FOR - timedelta(days=1):
            return key
    return None


def is_kept(key: str) -> bool:
    """Say whether an uploaded file may still be needed, or wait for the sweep's next turn."""
    try:
        moment = _moment_of(key)
    except ValueError:  # nothing that we have stored
        return False
    return -NO_JOB_AFTER < timezone.now() - moment < KEPT_FOR + timedelta(days=1)


def sweep_import_files() -> int:
    """Remove the uploaded files whose jobs are over; return how many went.

    Files of no job go after an hour (their request died before it could start one), all others
    after seven days. Safe to run twice, at once, and to be killed anywhere.
    """
    gone = 0
    now = timezone.now()
    for info in object_store().keys(system_key("temp", f"{FOLDER}/x").removesuffix("x")):
        try:
            age = now - _moment_of(info.key)
        except ValueError:  # nothing that we have stored; `verify_documents` lists it
            continue
        states = set(
            Job.objects.filter(kind=KIND, parameters__object=info.key).values_list(
                "state", flat=True
            )
        )
        over = states <= set(ENDED) if states else age > NO_JOB_AFTER
        if over or age > KEPT_FOR:
            object_store().remove(info.key)
            gone += 1
    return gone


def _moment_of(key: str) -> datetime:
    """Return when a key was made (RFC 9562, 5.7: the first 48 bits are milliseconds)."""
    return datetime.fromtimestamp((UUID(key.rsplit("/", 1)[1]).int >> 80) / 1000, tz=UTC)


def _gone() -> ItemError:
    return ItemError("file_gone", "The file is not there any more.", "Start the import again.")
