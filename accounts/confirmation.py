"""A page that asks before something is done that cannot be undone. GET shows it, POST does it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.api.etags import etag_of
from accounts.errors import ProblemError


def confirmed(
    page: Any,
    request: HttpRequest,
    record: Model,
    *,
    title: str,
    text: str,
    button: str,
    do: Callable[[dict[str, Any]], str],
    form_class: type[forms.Form] = forms.Form,
) -> HttpResponse:
    """Ask, and call `do` with the form's data when confirmed; `do` returns what to say then.

    Refuses when the record has changed since the question was asked. Leads back to the record, or
    to the list where it is none of the page's any more.
    """
    meta = record._meta
    back = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        _carry_out(page, request, record, do, form.cleaned_data)
        if not page.get_queryset(request).filter(pk=record.pk).exists():
            back = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        return HttpResponseRedirect(back)
    context = {
        **page.admin_site.each_context(request),
        "title": title,
        "text": text,
        "button": button,
        "form": form,
        "back": back,
        "seen": etag_of(record),
        "opts": meta,
    }
    return TemplateResponse(request, "admin/confirm.html", context)


def _carry_out(
    page: Any, request: HttpRequest, record: Model, do: Callable[..., str], data: dict[str, Any]
) -> None:
    if request.POST.get("_seen") != etag_of(record):
        page.message_user(
            request,
            "Somebody has changed this since you were asked. Look at it, and try again.",
            messages.ERROR,
        )
        return
    try:
        page.message_user(request, do(data), messages.SUCCESS)
    except ProblemError as error:
        page.message_user(request, error.detail, messages.ERROR)
    except ValidationError as error:
        page.message_user(request, " ".join(error.messages), messages.ERROR)
