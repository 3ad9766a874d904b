"""Files of FileMaker become documents: where they go, and what they are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from accounts.errors import ProblemError
from documents.keys import (
    KeyContext,
    extension_of,
    filemaker_document_key,
    filemaker_image_key,
)
from documents.models import ImageBatch
from documents.policies import PATIENTS
from documents.registry import DocumentPolicy, policy_for_slug
from documents.services.importing import Imported, Incoming, Results, import_documents
from documents.services.preparing import prepare_document
from documents.services.upload import NewDocument
from documents.verification.kinds import KINDS
from filemaker.classes import CATEGORIES, folder_of, image_class
from filemaker.containers import Download
from filemaker.entries import Entry
from filemaker.models import Area
from filemaker.naming import PICTURES, file_name, free_key, object_token
from filemaker.services.batches import PatientDay, find_batches, keep_batches, new_batch
from jobs.errors import ItemError, TransientError
from jobs.kinds import Kind
from patients.models import Patient

BATCHES = "image-batches"
MOST_TAG = 50  # characters


@dataclass(frozen=True)
class Place:
    """Where a file goes: `policy` with its own key, and what the document says of itself."""

    policy: DocumentPolicy
    category: str
    tags: list[str]
    in_batch: bool = False


@dataclass(frozen=True)
class Filing:
    """A download that is to become a document, known by `source_id`, of a patient."""

    entry: Entry
    source_id: str
    patient: Patient
    found: Download


@dataclass(frozen=True)
class _Described:
    """What the document will be; `owner` and with it the batch are still to be found."""

    filing: Filing
    place: Place
    new: NewDocument

    @property
    def batch_of(self) -> PatientDay | None:
        day = self.filing.entry.date
        return (self.filing.patient.pk, day) if self.place.in_batch and day is not None else None


@dataclass(frozen=True)
class Filer:
    """Files what is downloaded, for one job."""

    kind: Kind
    area: Area
    zone: ZoneInfo

    @property
    def limit(self) -> int:
        """The most bytes that any file may have."""
        return max(_policy(PATIENTS).size_limit, _policy(BATCHES).size_limit)

    def file_all(self, asked: Sequence[Filing]) -> list[Imported | ItemError]:
        """Make documents of downloads, each once; see `import_documents` for the errors."""
        if not asked:
            return []
        results: Results = {}
        described = [self._described(filing) for filing in asked]
        batches = self._batches(described, results)
        accepted = [one for one in described if one.filing.source_id not in results]
        incoming = [self._incoming(one, batches) for one in accepted]
        made = import_documents(self.kind, incoming)
        for one, result in zip(accepted, made, strict=True):
            gone = isinstance(result, ItemError) and result.code == "not_found"
            # Somebody has removed the batch at this moment; the next attempt makes another.
            retried = gone and one.batch_of is not None
            results[one.filing.source_id] = (
                TransientError("not_found", "The batch has been removed meanwhile.")
                if retried
                else result
            )
        return [results[filing.source_id] for filing in asked]

    def _described(self, filing: Filing) -> _Described:
        entry, found = filing.entry, filing.found
        name = file_name(found.name or entry.file_name, otherwise=entry.type, content=found.file)
        place = place_of(self.area, entry, extension_of(name))
        new = NewDocument(
            content=found.file,
            filename=name,
            size=found.content.size,
            description=entry.type,
            category=place.category,
            document_date=entry.date,
            tags=place.tags,
            source_id=object_token(filing.source_id.removeprefix(f"{entry.map.layout}/")),
        )
        return _Described(filing, place, new)

    def _incoming(self, one: _Described, batches: Mapping[PatientDay, ImageBatch]) -> Incoming:
        filing, record = one.filing, one.filing.entry.record
        batch = batches[one.batch_of] if one.batch_of is not None else None
        return Incoming(
            source_id=filing.source_id,
            policy=one.place.policy,
            owner=batch or filing.patient,
            new=one.new,
            uploaded_at=filing.entry.created(self.zone),
            batch=batch,
            facts={"record": record.record_id, "mod_id": record.mod_id},
        )

    def _batches(
        self, described: Sequence[_Described], results: Results
    ) -> dict[PatientDay, ImageBatch]:
        """Return the batches of the day, made where there are none; not in a dry run.

        A batch is made only for a file that has been verified, so that a bad one leaves none.
        """
        wanted = [(one, one.batch_of) for one in described if one.batch_of is not None]
        found = find_batches(key for _, key in wanted)
        new: dict[PatientDay, ImageBatch] = {}
        for one, key in wanted:
            if key in found:
                continue
            batch = new_batch(one.filing.patient, key[1])
            if not self.kind.dry_run:
                try:
                    verify(one.place.policy, batch, one.new)
                except ItemError as error:
                    results[one.filing.source_id] = error
                    continue
            new.setdefault(key, batch)
        found |= new if self.kind.dry_run else keep_batches(new.values())
        for one, key in wanted:
            if key not in found and one.filing.source_id not in results:
                gone = ItemError("not_found", "The patient has been removed meanwhile.")
                results[one.filing.source_id] = gone
        return found


def place_of(area: Area, entry: Entry, extension: str) -> Place:
    """Say where a file goes, by the area and the record's Type.

    Pictures go into the batch of their day. What is no picture, or has no day, hangs on the
    patient: nobody may read from it that it was taken on some day.
    """
    token = _policy(PATIENTS)
    if area == Area.DOCUMENTS:
        folder = folder_of(entry.type, entry.map)
        return Place(_own(token, filemaker_document_key(folder)), CATEGORIES[folder], [])
    shown = image_class(entry.type, entry.map)

    def key(context: KeyContext) -> str:
        return filemaker_image_key(replace(context, view=shown.view))

    tags = [shown.view[:MOST_TAG]] if shown.view else []
    if extension in PICTURES and entry.date is not None:
        return Place(_own(_policy(BATCHES), key), shown.category, tags, in_batch=True)
    return Place(_own(token, key), "other", tags)


def verify(policy: DocumentPolicy, batch: ImageBatch, new: NewDocument) -> None:
    """Raise `ItemError` for a file that will not be accepted."""
    try:
        prepare_document(policy=policy, owner=batch, new=new, uploaded_by=None, batch=batch)
    except ProblemError as error:
        made = TransientError if error.status >= 500 else ItemError  # noqa: PLR2004
        raise made(error.code, error.detail) from error


def _own(policy: DocumentPolicy, key: object) -> DocumentPolicy:
    """Return a policy for what FileMaker held: kept for ever, of any kind that can be verified."""
    return replace(
        policy,
        key=free_key(key),  # type: ignore[arg-type]
        retention="filemaker",
        extensions=tuple(KINDS),
    )


def _policy(slug: str) -> DocumentPolicy:
    found = policy_for_slug(slug)
    if found is None:
        raise LookupError(f"No app brings the document policy {slug!r}.")
    return found
