"""The two buttons on each list: keep this filter, forget that one."""

from urllib.parse import urlsplit
from uuid import UUID

from django.apps import apps
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST

from accounts.desk.models import SavedFilter
from accounts.desk.services import forget_filter, save_filter
from accounts.errors import NotFoundError, ProblemError


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the filter of the list that the form stands on."""
    page = request.POST.get("page", "")
    address = _list_of(page)
    query = urlsplit(request.POST.get("query", "")).path
    membership = request.user.membership  # type: ignore[union-attr]
    assert membership is not None  # noqa: S101  the admin site lets nobody else in
    try:
        kept = save_filter(
            membership=membership, page=page, name=request.POST.get("name", ""), query=query
        )
    except ProblemError as error:
        messages.error(request, error.detail)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"The filter {kept.name!r} is kept.")
        query = kept.query
    return HttpResponseRedirect(f"{address}?{query}" if query else address)


@require_POST
def forget(request: HttpRequest, pk: UUID) -> HttpResponse:
    membership = request.user.membership  # type: ignore[union-attr]
    assert membership is not None  # noqa: S101  the admin site lets nobody else in
    try:
        gone: SavedFilter = forget_filter(membership=membership, filter_id=pk)
    except NotFoundError as error:
        raise Http404 from error
    messages.success(request, f"The filter {gone.name!r} is removed.")
    return HttpResponseRedirect(_list_of(gone.page))


def _list_of(page: str) -> str:
    """Return the address of a model's list, or answer 404 for what has none."""
    try:
        meta = apps.get_model(page)._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    except (LookupError, ValueError, NoReverseMatch) as error:
        raise Http404 from error
