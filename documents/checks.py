"""System checks of the registered policies, run at every start."""

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register


@register()
def check_policies(**_: Any) -> list[CheckMessage]:
    from documents.models import Retention
    from documents.registry import all_policies
    from documents.verification.kinds import KINDS

    problems: list[CheckMessage] = []
    for policy in all_policies():
        unknown = [ext for ext in policy.extensions if ext not in KINDS]
        if unknown:
            problems.append(
                Error(
                    f"{policy.slug}: nothing can verify {', '.join(unknown)}.",
                    hint="Add the kind to documents/verification/kinds.py.",
                    id="documents.E001",
                )
            )
        if policy.retention not in Retention.values:
            problems.append(
                Error(
                    f"{policy.slug}: unknown retention {policy.retention!r}.", id="documents.E002"
                )
            )
    return problems


@register(Tags.security, deploy=True)
def check_scanner(**_: Any) -> list[CheckMessage]:
    from documents.scanning import is_connected

    if is_connected():
        return []
    return [
        checks.Warning(
            "CLAMAV_SOCKET is not set: uploads and imports are not scanned for malware.",
            hint="Connect clamd (docs/scanning.md), then run scan_documents --all.",
            id="documents.W001",
        )
    ]
