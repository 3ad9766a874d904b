"""The job that gives old conversations to their patients; `job_kinds` makes it known."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from documents.models import Document
from documents.registry import policy_for_model
from jobs.errors import ItemError
from jobs.kinds import (
    Done,
    Gap,
    ItemKind,
    NewItem,
    Outcome,
    Reconciliation,
    Skipped,
    WorkItem,
)
from jobs.models import SourceLink
from sms_integration.models import Conversation, Message
from sms_integration.services.assigning import AssignedMeanwhileError, give_conversation
from sms_integration.services.candidates import candidate_ids

AT_ONCE = 1_000
MOST_NAMED = 20  # ids in the detail of a failure
MERGED, LINKED = "merged", "linked"


class LinkChats(ItemKind):
    """Gives each conversation of nobody to the one patient whose number or e-mail it is.

    Where several have it, it is listed for people as `ambiguous` with their ids; where nobody has
    it, it stays as it is (`no_patient`).
    """

    name = "link_chats"
    title = "Link conversations to patients"
    concurrency = 1
    max_failed_share = 1.0  # each has its own reason, and people decide

    def list_items(self) -> Iterator[NewItem]:
        rows = Conversation.objects.unmatched().order_by("pk").values_list("pk", flat=True)
        for pk in rows.iterator(chunk_size=AT_ONCE):
            yield NewItem(f"conversation:{pk}", {"conversation": str(pk)})

    def process(self, item: WorkItem) -> Outcome:
        if known := self.known(item.source_id):
            return known
        talk = Conversation.objects.filter(pk=item.payload["conversation"]).first()
        if talk is None or talk.patient_id is not None:
            return Skipped("assigned_meanwhile")
        candidates = candidate_ids(talk)
        if not candidates:
            return Skipped("no_patient")
        if len(candidates) > 1:
            raise _ambiguous(candidates)
        return self._link(item, talk, candidates[0])

    def _link(self, item: WorkItem, talk: Conversation, patient_id: UUID) -> Outcome:
        facts: dict[str, Any] = {"conversation": str(talk.pk), "patient": str(patient_id)}
        if self.dry_run:
            return Done(LINKED, facts)
        try:
            with transaction.atomic():
                given = give_conversation(
                    conversation_id=talk.pk, was_of=None, patient_id=patient_id
                )
                facts["merged"] = [str(pk) for pk in given.merged]
                self.remember(item.source_id, given.conversation, **facts)
        except AssignedMeanwhileError:
            return Skipped("assigned_meanwhile")
        return Done(LINKED if given.conversation.pk == talk.pk else MERGED, facts)

    # --- What has become of it -------------------------------------------------------------------

    def reconcile(self) -> Reconciliation:
        """Look that what was linked is of one patient throughout, files included."""
        links = SourceLink.objects.filter(job=self.job)
        targets = links.order_by().values("target_id")
        messages = Message.objects.filter(conversation__in=targets)
        torn = messages.filter(
            ~Q(patient=F("conversation__patient")) | Q(patient__isnull=True)
        ).exclude(patient__isnull=True, conversation__patient__isnull=True)
        gaps = [Gap(f"message:{pk}", "patient_differs") for pk in _ids(torn)]
        owner = messages.filter(pk=OuterRef("object_id"), patient=OuterRef("patient"))
        files = Document.objects.filter(
            content_type_id=policy_for_model(Message).content_type_id,
            object_id__in=messages.filter(patient__isnull=False).order_by().values("pk"),
        )
        gaps += [
            Gap(f"document:{pk}", "patient_differs") for pk in _ids(files.exclude(Exists(owner)))
        ]
        report = {"links": links.count(), "of_nobody": Conversation.objects.unmatched().count()}
        return Reconciliation(tuple(gaps), report)

    def undo(self, link: SourceLink, target: Any) -> None:
        """Give it back to nobody; what came to another conversation comes out of it again."""
        merged = [UUID(pk) for pk in link.facts["merged"]]
        patient_id = UUID(link.facts["patient"])
        if target is None or target.patient_id != patient_id or self._has_grown(link, merged):
            raise ItemError(
                "changed_since",
                "The conversation has gone on, or was given to somebody else.",
                "Give it to whom it belongs on its page.",
            )
        try:
            give_conversation(
                conversation_id=target.pk,
                was_of=patient_id,
                patient_id=None,
                only=merged if _was_merged(link) else None,
            )
        except AssignedMeanwhileError as error:
            raise ItemError("changed_since", error.detail) from error

    @staticmethod
    def _has_grown(link: SourceLink, merged: list[UUID]) -> bool:
        messages = Message.objects.filter(conversation=link.target_id)
        if _was_merged(link):
            return messages.filter(pk__in=merged).count() != len(merged)
        return messages.filter(created_at__gt=link.made_at).exists()


def _was_merged(link: SourceLink) -> bool:
    return str(link.target_id) != str(link.facts["conversation"])


def _ids(rows: Any) -> list[UUID]:
    """Return the first of what should not be there at all; a thousand say enough."""
    return list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


def _ambiguous(candidates: list[UUID]) -> ItemError:
    named = ", ".join(map(str, candidates[:MOST_NAMED]))
    return ItemError(
        "ambiguous",
        f"{len(candidates)} patients have this number or e-mail: {named}",
        "Open the conversation in the admin and choose whose it is.",
    )
