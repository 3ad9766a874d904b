"""Old objects that no row names: the list of the old system says whose they are.

Each becomes a new document of its record, by the same way as every import; a copy is kept first.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from documents.models import Document, ImageBatch
from documents.old_keys import source_layout
from documents.registry import DocumentPolicy, policy_for_slug
from documents.services.announcing import OCCUPIED
from documents.services.copies import backup_store
from documents.services.importing import Incoming, import_documents
from documents.services.preparing import NewDocument
from documents.services.restructuring.claims import Claim, claims_on, note_name
from documents.services.restructuring.copying import Taken, keep, refusal, taken
from documents.services.restructuring.moving import Result, folder_for, refuse_claimed, shown
from documents.services.store_answers import store_errors
from documents.services.verifying import expected, finding, look_at
from documents.storage.doors import Doors
from jobs.errors import ItemError
from jobs.kinds import Done, Kind, Outcome, Skipped, WorkItem
from jobs.models import SourceLink

IMPORTED = "imported"
MEND = "The old object stays. Correct its line, or take the line out of the list."
NEW_ID = "{document}"  # what a dry run shows where the new document's id will be


class TakerIn:
    """Takes objects in for one job. `dry_run` of the job: everything but write."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._place = str(kind.parameters.get("backup_to", ""))
        self._backups = backup_store(self._place)
        self._doors = Doors()

    def take_all(self, items: Sequence[WorkItem]) -> Iterator[Result]:
        """Take in the objects that items name; say of each what became of it."""
        keys = [item.payload["old_key"] for item in items]
        links = self._kind.links(map(note_name, keys))
        claims = claims_on(keys)
        there = Document.objects.in_bulk([link.target_id for link in links.values()])
        owners = _Owners([item.payload for item in items])
        results: dict[str, Outcome | ItemError] = {}
        with ExitStack() as stack:  # contents stay open until all are stored
            asked: list[tuple[WorkItem, Taken, dict[str, Any]]] = []

            def incoming() -> Iterator[Incoming]:
                for item in items:
                    if known := self._known(item, links, there, owners):
                        results[item.source_id] = known
                        continue
                    try:
                        with store_errors():
                            self._refuse(item, claims)
                            one = self._take(item, owners, stack)
                    except ItemError as error:
                        results[item.source_id] = error
                        continue
                    asked.append((item, *one[1:]))
                    yield one[0]

            made = import_documents(self._kind, incoming())
        refused: dict[str, str] = {}  # what was kept for nothing, by the name of its note
        for (item, _, facts), result in zip(asked, made, strict=True):
            if isinstance(result, ItemError):
                result.remedy = result.remedy or MEND
                results[item.source_id] = result
                if result.permanent and "backup" in facts:
                    refused[note_name(facts["old_key"])] = facts["backup"]
                continue
            results[item.source_id] = self._outcome(result[0], facts, is_new=result[1])
        self._forget(refused)
        self._read_back(asked, made, results)
        for item in items:
            yield item, results[item.source_id]

    def _forget(self, refused: dict[str, str]) -> None:
        """Remove the copies of what is not accepted here, unless another run has taken it in."""
        noted = self._kind.links(refused) if refused else {}
        for name, backup in refused.items():
            if name not in noted:
                with store_errors():
                    self._backups.remove(backup)

    def _known(
        self,
        item: WorkItem,
        links: dict[str, SourceLink],
        there: dict[UUID, Document],
        owners: "_Owners",
    ) -> Outcome | ItemError | None:
        """Return what became of an object before, without reading it: it may be gone by now."""
        link = links.get(note_name(item.payload["old_key"]))
        if link is None:
            return None
        if "new_key" in link.facts:
            return refusal("two_rows")  # it was a document's, and has been moved for it
        document = there.get(link.target_id)
        if document is None or document.state not in OCCUPIED:
            return Skipped("removed_here")
        if document.object_id != owners.pk(item.payload):
            return refusal("other_record")
        result = shown(link.facts, document.s3_key)
        mine = link.job_id == self._kind.job.pk
        return Done(IMPORTED, result) if mine else Skipped("already_there", result)

    def _refuse(self, item: WorkItem, claims: dict[str, list[Claim]]) -> None:
        if item.payload.get("twins"):
            raise refusal(item.payload["twins"])
        refuse_claimed(item.payload["old_key"], None, claims, self._doors)

    def _take(
        self, item: WorkItem, owners: "_Owners", stack: ExitStack
    ) -> tuple[Incoming, Taken, dict[str, Any]]:
        line, key = item.payload, str(item.payload["old_key"])
        policy, owner = owners.of(line)
        held = stack.enter_context(taken(self._doors, key))
        if line.get("size") and int(line["size"]) != held.size:
            raise refusal("wrong_size")
        if line.get("sha256") and line["sha256"] != held.sha256:
            raise refusal("wrong_hash")
        layout = source_layout(key, self._doors.tenant) or ""
        facts: dict[str, Any] = {
            "old_key": key,
            "layout": layout,
            "stored_sha256": held.sha256,
            "stored_size": held.size,
            "old_version": held.version,
            "backup_to": self._place,
        }
        if not self._kind.dry_run:
            facts["backup"] = keep(
                held,
                self._backups,
                folder=folder_for(layout, has_patient=bool(policy.patient_of)),
                retention=policy.retention,
                content_type="application/octet-stream",
            )
        new = NewDocument(
            content=held.content,
            filename=line.get("file_name") or key.rpartition("/")[2],
            size=held.size,
            description=line.get("description", ""),
            category=line.get("category", ""),
            document_date=_day(line.get("document_date")),
        )
        incoming = Incoming(
            source_id=note_name(key),
            policy=policy,
            owner=owner,
            new=new,
            uploaded_at=_moment(line.get("uploaded_at")),
            batch=owner if isinstance(owner, ImageBatch) else None,
            facts=facts,
        )
        return incoming, held, facts

    def _outcome(self, document: Document, facts: dict[str, Any], *, is_new: bool) -> Outcome:
        key = document.s3_key
        if self._kind.dry_run:
            key = key.replace(str(document.pk), NEW_ID)
        result = shown(facts, key)
        return Done(IMPORTED, result) if is_new else Skipped("already_there", result)

    def _read_back(
        self,
        asked: Sequence[tuple[WorkItem, Taken, dict[str, Any]]],
        made: Sequence[Any],
        results: dict[str, Outcome | ItemError],
    ) -> None:
        """Read what was stored; an object that is not as it should be fails its item."""
        if self._kind.dry_run:
            return
        rows = expected(one[0].pk for one in made if not isinstance(one, ItemError))
        for (item, _, _), result in zip(asked, made, strict=True):
            if isinstance(result, ItemError):
                continue
            row = rows.get(str(result[0].pk))
            try:
                with store_errors():
                    if row is not None and (code := look_at(row, read_bytes=True)):
                        results[item.source_id] = finding(code)
            except ItemError as error:
                results[item.source_id] = error


class _Owners:
    """The records that lines name: a query for each kind of record, whatever their number."""

    def __init__(self, lines: Sequence[dict[str, Any]]) -> None:
        self._links = self._linked(lines)
        wanted: dict[str, set[UUID]] = {}
        for line in lines:
            if (pk := self.pk(line)) is not None:
                wanted.setdefault(line["slug"], set()).add(pk)
        self._found: dict[str, dict[UUID, Model]] = {}
        for slug, pks in wanted.items():
            if (policy := policy_for_slug(slug)) is not None:
                self._found[slug] = policy.model_class._default_manager.in_bulk(pks)

    def of(self, line: dict[str, Any]) -> tuple[DocumentPolicy, Model]:
        policy, pk = policy_for_slug(line["slug"]), self.pk(line)
        owner = self._found.get(line["slug"], {}).get(pk) if pk is not None else None
        if policy is None or owner is None:
            raise refusal("no_owner")
        return policy, owner

    def pk(self, line: dict[str, Any]) -> UUID | None:
        if not line.get("owner_source"):
            return UUID(line["owner_id"])
        link = self._links.get((line["owner_source"], line["owner_id"]))
        policy = policy_for_slug(line["slug"])
        if link is None or policy is None or link.target_type != policy.model.lower():
            return None
        return link.target_id

    @staticmethod
    def _linked(lines: Sequence[dict[str, Any]]) -> dict[tuple[str, str], SourceLink]:
        named: dict[str, set[str]] = {}
        for line in lines:
            if line.get("owner_source"):
                named.setdefault(line["owner_source"], set()).add(line["owner_id"])
        return {
            (source, link.source_id): link
            for source, ids in named.items()
            for link in SourceLink.objects.filter(source=source, source_id__in=ids)
        }


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
