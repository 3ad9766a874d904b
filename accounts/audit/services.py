"""Writing the access log."""

import ipaddress
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from accounts.audit.models import AccessAction, AccessLog
from accounts.models import Membership
from accounts.requests import current_request


def record_access(
    *,
    membership: Membership | None,
    action: AccessAction,
    object_type: str,
    object_ids: Iterable[UUID],
    **detail: Any,
) -> None:
    """Write one read of one or many objects of a type; when that fails, so does the read.

    Without a membership it was somebody with a link.
    """
    info = current_request.get()
    AccessLog.objects.create(
        user_id=membership.user_id if membership else None,
        role=membership.role if membership else "",
        action=action,
        object_type=object_type,
        object_ids=list(object_ids),
        request_id=info.id if info else "",
        ip=_address(info.ip) if info else None,
        detail=detail,
    )


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
