"""Conversations: their list, and each as a page that reads like a telephone."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.clinic_admin import ClinicModelAdmin, membership_in
from accounts.errors import NotFoundError, ProblemError
from accounts.fields import uuid7
from accounts.models import Membership
from documents.admin.filters import PatientFilter
from patients.models import Patient
from patients.policies import patients_visible_to
from sms_integration.admin.conversation_forms import AssignForm, FindForm, ReplyForm, id_in
from sms_integration.admin.thread import Thread, thread_of
from sms_integration.models import Conversation, MessageStatus
from sms_integration.policies import (
    conversations_visible_to,
    get_conversation_for,
    sees_unmatched,
)
from sms_integration.services.assigning import AssignedMeanwhileError, assign_conversation
from sms_integration.services.candidates import candidates_for
from sms_integration.services.reading import mark_read, mark_unread
from sms_integration.services.replying import reply
from sms_integration.services.searching import search_conversations
from sms_integration.services.suppressing import is_suppressed
from sms_integration.services.thread import with_last

CONVERSATION_ORDER: Any = Conversation._meta.ordering
FOUND = 10  # patients that a search shows
LIST = "admin:sms_integration_conversation_changelist"
PAGE = "admin:sms_integration_conversation_change"


class StateFilter(admin.SimpleListFilter):
    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = [("unread", "Unread")]
        if sees_unmatched(membership_in(request)):
            found.append(("unmatched", "Of nobody yet"))
        return found

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "unread":
            return queryset.filter(unread_count__gt=0)
        if self.value() == "unmatched":
            return queryset.filter(patient__isnull=True)
        return queryset if self.value() is None else queryset.none()


@admin.register(Conversation)
class ConversationAdmin(ClinicModelAdmin):
    """Nothing is changed by looking: what was read is marked by a button or with an answer."""

    list_display = ("whose", "last_text", "unread", "last_message_at")
    list_display_links = ("whose",)
    list_filter = (("patient", PatientFilter),)
    search_fields = ("email",)  # for the box to appear; see get_search_results
    search_help_text = "a patient's name, a number, or words of a message"
    fields = ()

    def visible_to(self, membership: Membership) -> QuerySet[Conversation]:
        return with_last(conversations_visible_to(membership))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        return self.visible_to(membership_in(request)).order_by(*CONVERSATION_ORDER)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        return search_conversations(membership_in(request), search_term, among=queryset), False

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        return (StateFilter, *super().get_list_filter(request))

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        return lookup == StateFilter.parameter_name or super().lookup_allowed(
            lookup, value, request
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="with")
    def whose(self, conversation: Conversation) -> str:
        number = str(conversation.phone) or conversation.email
        return str(conversation.patient) if conversation.patient else f"{number} (nobody yet)"

    @admin.display(description="last message")
    def last_text(self, conversation: Any) -> str:
        last = conversation.last
        if last is None:
            return "–"
        ours = "You: " if last["direction"] == "outbound" else ""
        wrong = last["status"] in {MessageStatus.FAILED, MessageStatus.UNDELIVERED}
        return f"{'⚠ ' if wrong else ''}{ours}{last['text'] or '(only files)'}"

    @admin.display(description="unread")
    def unread(self, conversation: Conversation) -> str:
        return str(conversation.unread_count or "")

    # --- The page of one --------------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a conversation, or do what one of its buttons says."""
        try:
            conversation = get_conversation_for(membership_in(request), UUID(object_id))
        except (NotFoundError, ValueError):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        answer = self._reply_form(request, conversation)
        if request.method == "POST":
            done = self._do(request, conversation, answer)
            if done is not None:
                return done
        return self._page(request, conversation, answer)

    def _do(
        self, request: HttpRequest, conversation: Conversation, answer: ReplyForm
    ) -> HttpResponse | None:
        """Do what a button says and lead back; None where the page is to be shown with its faults.

        A number or a text is in no address: what was typed comes back with the page.
        """
        membership, wish = membership_in(request), request.POST.get("do", "")
        try:
            if wish == "reply":
                if not answer.is_valid():
                    return None
                return self._reply(request, conversation, answer)
            if wish == "read":
                up_to = id_in(request.POST.get("seen", ""))
                mark_read(membership=membership, conversation=conversation, up_to=up_to)
            elif wish == "unread":
                mark_unread(membership=membership, conversation=conversation)
                return HttpResponseRedirect(reverse(LIST))
            elif wish == "assign":
                conversation = self._assign(request, conversation)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return None if wish == "reply" else self._back(conversation)
        except ProblemError as error:
            self.message_user(request, error.detail, messages.ERROR)
            return None if wish == "reply" else self._back(conversation)
        return self._back(conversation)

    def _reply(
        self, request: HttpRequest, conversation: Conversation, form: ReplyForm
    ) -> HttpResponse:
        sent = form.cleaned_data
        message = reply(
            membership=membership_in(request),
            conversation=conversation,
            body=sent["body"],
            template=sent["template"],
            files=sent["attachments"],
            scheduled_at=sent["scheduled_at"],
            idempotency_key=str(sent["key"]),
            seen=sent["seen"],
        )
        later = message.status == MessageStatus.SCHEDULED
        self.message_user(request, "It will be sent then." if later else "It is on its way.")
        return self._back(conversation)

    def _assign(self, request: HttpRequest, conversation: Conversation) -> Conversation:
        form = AssignForm(request.POST)
        if not form.is_valid():
            raise ProblemError("Choose a patient.", field="patient")
        if form.cleaned_data["was_of"] != conversation.patient_id:
            raise AssignedMeanwhileError
        given = assign_conversation(
            membership=membership_in(request),
            conversation=conversation,
            patient_id=form.cleaned_data["patient"],
        )
        self.message_user(request, "The conversation is the patient's now.", messages.SUCCESS)
        return given

    @staticmethod
    def _back(conversation: Conversation) -> HttpResponse:
        return HttpResponseRedirect(reverse(PAGE, args=[conversation.pk]))

    def _page(
        self, request: HttpRequest, conversation: Conversation, answer: ReplyForm
    ) -> HttpResponse:
        membership = membership_in(request)
        thread = thread_of(membership, conversation, before=id_in(request.GET.get("before", "")))
        people = self._people(request, membership, conversation)
        self._note_page(request, conversation, thread, people)
        if answer.is_bound:  # it was not sent: the next attempt is another message
            answer.data = {**answer.data.dict(), "key": str(uuid7())}  # type: ignore[attr-defined]
        number = str(conversation.phone)
        context = {
            **self.admin_site.each_context(request),
            "title": str(conversation.patient or "Nobody yet"),
            "subtitle": number or conversation.email,
            "opts": self.opts,
            "original": conversation,
            "conversation": conversation,
            "thread": thread,
            "last": thread.bubbles[-1].message.pk if thread.bubbles else "",
            "answer": answer if number and membership.may("messages.add") else None,
            "opted_out": bool(number) and is_suppressed(number),
            "may_change": membership.may("messages.change"),
            "find": FindForm(request.GET if "find" in request.GET else None),
            "is_searched": bool(request.GET.get("find", "").strip()),
            "is_late": "before" in request.GET,
            **people,
        }
        return TemplateResponse(request, "sms_integration/conversation.html", context)

    def _reply_form(self, request: HttpRequest, conversation: Conversation) -> ReplyForm:
        if request.method == "POST" and request.POST.get("do") == "reply":
            return ReplyForm(request.POST, request.FILES)
        return ReplyForm(initial={"key": uuid7()})

    @staticmethod
    def _people(
        request: HttpRequest, membership: Membership, conversation: Conversation
    ) -> dict[str, list[Patient]]:
        """Return whose it may be: who has the number, and whom a search finds."""
        text = request.GET.get("find", "").strip()[:100]
        others = patients_visible_to(membership)
        likely = candidates_for(membership, conversation)
        if conversation.patient_id is not None:
            others = others.exclude(pk=conversation.patient_id)
            likely = likely.exclude(pk=conversation.patient_id)
        found = others.search(text)[:FOUND] if text and "\0" not in text else others.none()  # type: ignore[attr-defined]
        return {"candidates": list(likely), "found": list(found)}

    def _note_page(
        self,
        request: HttpRequest,
        conversation: Conversation,
        thread: Thread,
        people: dict[str, list[Patient]],
    ) -> None:
        self._note(request, AccessAction.VIEW, [conversation.pk])
        shown: dict[str, set[UUID]] = {
            "sms_integration.message": {bubble.message.pk for bubble in thread.bubbles},
            "documents.document": set(thread.documents),
            "patients.patient": {one.pk for some in people.values() for one in some},
        }
        for kind, ids in shown.items():
            if ids:
                record_access(
                    membership=membership_in(request),
                    action=AccessAction.LIST,
                    object_type=kind,
                    object_ids=sorted(ids),
                    admin=True,
                )
