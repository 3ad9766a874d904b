"""The admin's form of a document: describe what is there, add several files at once."""

from typing import Any

from django import forms
from django.contrib.contenttypes.forms import BaseGenericInlineFormSet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.forms import PaginationGenericInlineFormSet
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.errors import ProblemError
from documents.island import Island
from documents.models import Document
from documents.names import clean_name
from documents.registry import DocumentPolicy
from documents.verification import verify_file


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/input.html"


class StoredFile(forms.Widget):
    """Stands where a stored file's input would be: the file itself, to download."""

    needs_multipart_form = True  # Django asks the first row only, and other rows take files

    def __init__(self, link: SafeString) -> None:
        super().__init__()
        self.link = link

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return self.link


class SeveralFilesField(forms.FileField):
    """A list of files; an empty list when none was chosen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=SeveralFilesInput(attrs={"multiple": True}), **options)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        sent = data if isinstance(data, (list, tuple)) else [data]
        return [super(SeveralFilesField, self).clean(one, initial) for one in sent if one]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


def link_to_file(document: Document) -> SafeString:
    return format_html(
        '<a class="text-primary-600 dark:text-primary-500 break-all" href="{}">{}</a>',
        f"/api/v1/files/{document.pk}/download",
        document.original_filename,
    )


class DocumentForm(forms.ModelForm):
    """`policy` is set by the inline for the record at hand."""

    policy: DocumentPolicy
    files = SeveralFilesField(  # type: ignore[assignment]
        required=False, label="files", allow_empty_file=True
    )
    category = forms.ChoiceField(required=False, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Document
        fields = ("category", "description", "document_date")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "category" in self.fields:
            self.fields["category"].choices = [(name, name) for name in self.policy.categories]  # type: ignore[attr-defined]
        if not self.instance._state.adding and "files" in self.fields:
            self.fields["files"].widget = StoredFile(link_to_file(self.instance))

    def clean(self) -> dict[str, Any]:
        """Check the files now, so that their errors stand beside them and nothing is lost."""
        data: dict[str, Any] = super().clean() or {}
        for sent in data.get("files") or []:
            try:
                verify_file(
                    sent,
                    filename=clean_name(sent.name),
                    size=sent.size,
                    declared_type=sent.content_type or "",
                    policy=self.policy,
                )
            except ProblemError as error:
                self.add_error("files", f"{sent.name}: {error.detail}")
        return data

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() | {  # type: ignore[misc]
            field.name for field in Document._meta.fields if field.name not in self.Meta.fields
        }

    def validate_constraints(self) -> None:
        """The service checks; a form that adds files has no document of its own."""


class DocumentFormSet(PaginationGenericInlineFormSet, BaseGenericInlineFormSet):
    """Checks the number of files over all rows of the record."""

    policy: DocumentPolicy
    island: Island

    def clean(self) -> None:
        super().clean()
        if self.policy.max_files is None or any(self.errors):
            return
        kept = sum(not self._should_delete_form(form) for form in self.initial_forms)
        added = sum(len(form.cleaned_data.get("files") or []) for form in self.extra_forms)
        if added and kept + added > self.policy.max_files:
            raise forms.ValidationError(
                f"At most {self.policy.max_files} files; {kept} are here and {added} were added."
            )
