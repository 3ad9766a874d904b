"""Saving filters, and forgetting them. Everybody has their own."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict

from accounts.desk.models import SavedFilter
from accounts.errors import NotFoundError, ProblemError
from accounts.models import Membership

MOST = 30  # filters of one list
PASSING = ("p", "all", "e")  # which page is shown is no part of a filter


def filters_of(membership: Membership, page: str) -> QuerySet[SavedFilter]:
    return SavedFilter.objects.filter(user=membership.user_id, page=page)


def save_filter(*, membership: Membership, page: str, name: str, query: str) -> SavedFilter:
    """Keep a list's filter under a name; the same name again replaces it.

    Raises `ProblemError` without a name or a filter, or with too many, and `ValidationError`.
    """
    wanted = QueryDict(query, mutable=True)
    for passing in PASSING:
        wanted.pop(passing, None)
    text = wanted.urlencode()
    if not name.strip():
        raise ProblemError("Give the filter a name.", field="name")
    if not text:
        raise ProblemError("Filter or search the list first.", field="query")
    kept = SavedFilter(user_id=membership.user_id, page=page, name=name.strip(), query=text)
    kept.full_clean(exclude=["user"], validate_constraints=False)
    own = filters_of(membership, page)
    if own.exclude(name=kept.name).count() >= MOST:
        raise ProblemError(f"At most {MOST} filters of a list; remove one first.", field="name")
    found, _ = own.update_or_create(
        user_id=membership.user_id, page=page, name=kept.name, defaults={"query": text}
    )
    return found


def forget_filter(*, membership: Membership, filter_id: UUID) -> SavedFilter:
    """Remove one's own filter; nobody else's is there."""
    found = SavedFilter.objects.filter(user=membership.user_id, pk=filter_id).first()
    if found is None:
        raise NotFoundError
    found.delete()
    return found
