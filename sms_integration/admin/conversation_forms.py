"""The forms on a conversation's page."""

from typing import Any
from uuid import UUID

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from documents.forms import SeveralFilesField
from sms_integration.models import Template

LONGEST = 1600  # characters, as the column


class ReplyForm(forms.Form):
    """An answer. `key` is made with the page, so that two clicks are one message."""

    body = forms.CharField(
        label="message",
        required=False,
        max_length=LONGEST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "placeholder": "Write an answer …"}),
    )
    template = forms.ModelChoiceField(
        label="or a template",
        queryset=Template.objects.none(),
        required=False,
        empty_label="no template",
        widget=UnfoldAdminSelectWidget,
    )
    attachments = SeveralFilesField(label="files", required=False)
    scheduled_at = forms.DateTimeField(
        label="send later, at",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["template"].queryset = Template.objects.filter(is_active=True)  # type: ignore[attr-defined]


class AssignForm(forms.Form):
    """Whom to give it to, and whose it was when the page was made; empty is nobody."""

    patient = forms.UUIDField()
    was_of = forms.UUIDField(required=False)


class FindForm(forms.Form):
    """A search for the patient. It only asks, so it goes by GET."""

    find = forms.CharField(
        label="Find a patient",
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget(
            attrs={"placeholder": "name, e-mail or number", "type": "search"}
        ),
    )


def id_in(text: str) -> UUID | None:
    """Return the id in an address, or None for what is no id."""
    try:
        return UUID(text)
    except ValueError:
        return None
