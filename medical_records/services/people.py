"""Who may stand as doctor, clinician, performer or author of a record."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db.models import Model

from accounts.models import Membership
from accounts.policies import current_account, memberships_of
from accounts.roles import STAFF


def require_clinicians(record: Model, names: Iterable[str]) -> None:
    """Refuse a membership that is no active provider or administrator of this clinic.

    Shared tables are referred to without a database constraint, so it is checked here; only for
    what has just been set: one who has left stays on what they wrote.
    """
    chosen = {
        field.name: getattr(record, field.attname)
        for field in record._meta.fields
        if field.name in set(names) and field.related_model is Membership
    }
    ids = {pk for pk in chosen.values() if pk is not None}
    if not ids:
        return
    known = set(
        memberships_of(current_account().pk)
        .filter(pk__in=ids, role__in=STAFF)
        .values_list("pk", flat=True)
    )
    errors = {
        f"{name}_id": ValidationError(
            "Choose an active provider or administrator of this clinic.", code="unknown_clinician"
        )
        for name, pk in chosen.items()
        if pk is not None and pk not in known
    }
    if errors:
        raise ValidationError(errors)
