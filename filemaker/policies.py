"""Who sees what is known of FileMaker's records: administrators, who see all patients."""

from django.db.models import QuerySet

from accounts.models import Membership
from filemaker.models import FileMakerRecord


def records_visible_to(membership: Membership) -> QuerySet[FileMakerRecord]:
    records = FileMakerRecord.objects.select_related("patient", "document")
    return records if may_see(membership) else records.none()


def may_see(membership: Membership) -> bool:
    """Whose patient an unmatched record is nobody knows yet: only who sees all may see it."""
    return membership.may("imports.view")


def may_assign(membership: Membership) -> bool:
    return membership.may("imports.change")
