"""Which models carry documents, and by what rules: one `DocumentPolicy` each.

An app declares its policies in `attachments.py`, which is found as `admin.py` is. What is not
registered cannot carry documents.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db.models import Model, QuerySet

from documents.keys import KeyContext
from documents.storage.base import LONGEST_LINK

if TYPE_CHECKING:
    from accounts.models import Membership

MB = 1024 * 1024
FULL = frozenset({"upload", "download", "delete", "preview"})


def no_facts(owner: Any) -> dict[str, Any]:
    return {}


def never_closed(owner: Any) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class DocumentPolicy:
    """The rules for the documents of one model.

    slug         plural, in addresses: `lab-results`; its singular is accepted too
    model        "app_label.Model"
    extensions   lower case with dot; the content must agree with them
    max_size     bytes per file; an operator can change it with DOCUMENT_MAX_SIZES
    max_files    per object, without those in the trash; None: any number
    categories   the first is the default
    key          builds the object key from a `KeyContext` (documents/keys.py)
    patient_of   the attribute of the object that holds the patient's id; "" when there is none
    visible_to   the objects a member may see; documents are seen by who sees their object
    hidden_from  of those, whose documents are not for a member who sees the patient (drafts)
    key_facts    what else the key is built from, asked of the object: fields of `KeyContext`
    numbered     keys differ by the number of the file on its object (`numbered_key`)
    closed       why no file may be added to an object (any more); "" where one may
    retention    "clinical", "image", "at-report", "message", "filemaker" or "temp"
    link_ttl     seconds that a download link lives
    """

    slug: str
    model: str
    extensions: tuple[str, ...]
    max_size: int
    max_files: int | None
    categories: tuple[str, ...]
    key: Callable[[KeyContext], str]
    visible_to: Callable[["Membership"], "QuerySet[Any]"]
    patient_of: str = "patient_id"
    hidden_from: Callable[["Membership"], "QuerySet[Any] | None"] | None = None
    operations: frozenset[str] = FULL
    key_facts: Callable[[Any], dict[str, Any]] = no_facts
    numbered: bool = False
    closed: Callable[[Any], str] = never_closed
    retention: str = "clinical"
    link_ttl: timedelta = timedelta(minutes=15)

    @property
    def size_limit(self) -> int:
        """Bytes per file, an operator's setting included."""
        return int(settings.DOCUMENT_MAX_SIZES.get(self.slug, self.max_size))

    @property
    def model_class(self) -> type[Model]:
        return apps.get_model(self.model)

    @property
    def display_name(self) -> str:
        return str(self.model_class._meta.verbose_name)

    @property
    def default_category(self) -> str:
        return self.categories[0]

    @property
    def content_type_id(self) -> int:
        """The id of the model's content type; shared by all clinics, so it is looked up once."""
        if self.slug not in _content_type_ids:
            from django.contrib.contenttypes.models import ContentType

            _content_type_ids[self.slug] = ContentType.objects.get_for_model(self.model_class).pk
        return _content_type_ids[self.slug]

    def patient_id_of(self, owner: Model) -> UUID | None:
        return getattr(owner, self.patient_of) if self.patient_of else None


_policies: dict[str, DocumentPolicy] = {}
_by_model: dict[str, DocumentPolicy] = {}
_content_type_ids: dict[str, int] = {}


class PolicyError(Exception):
    """A policy that cannot be registered, or a model that has none."""


def register(policy: DocumentPolicy) -> DocumentPolicy:
    """Make a model attachable everywhere: API, admin, counts, retention."""
    label = policy.model.lower()
    if policy.slug in _policies or label in _by_model:
        raise PolicyError(f"{policy.model} ({policy.slug}) has a document policy already.")
    if not policy.categories or not policy.extensions:
        raise PolicyError(f"{policy.slug}: name at least one category and one extension.")
    if not policy.operations <= FULL:
        raise PolicyError(f"{policy.slug}: unknown operations {policy.operations - FULL}.")
    if not timedelta(0) < policy.link_ttl <= LONGEST_LINK:
        raise PolicyError(f"{policy.slug}: a link lives more than nothing and at most seven days.")
    _policies[policy.slug] = policy
    _by_model[label] = policy
    return policy


def unregister(slug: str) -> None:
    """Take a policy back; for tests that register their own."""
    policy = _policies.pop(slug)
    del _by_model[policy.model.lower()]
    _content_type_ids.pop(slug, None)


def all_policies() -> Iterator[DocumentPolicy]:
    """Yield the policies in the order of their slugs."""
    yield from (_policies[slug] for slug in sorted(_policies))


def policy_for_slug(slug: str) -> DocumentPolicy | None:
    """Return the policy of a slug: `lab-results`, or its singular `lab-result`."""
    return _policies.get(slug) or _policies.get(_plural(slug))


def policy_for_model(model: type[Model] | Model) -> DocumentPolicy:
    """Return the policy of a model; raises `PolicyError` when it carries no documents."""
    label = model._meta.label_lower
    if label not in _by_model:
        raise PolicyError(
            f"{model._meta.label} has no document policy; declare one in attachments.py."
        )
    return _by_model[label]


def policy_for_content_type(content_type_id: int) -> DocumentPolicy | None:
    for policy in _policies.values():
        if policy.content_type_id == content_type_id:
            return policy
    return None


def _plural(slug: str) -> str:
    if slug.endswith("y"):
        return slug[:-1] + "ies"
    return slug + ("es" if slug.endswith(("ch", "s", "x")) else "s")
