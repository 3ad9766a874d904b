"""What every company that carries messages is to us: one small interface.

A provider lives in a folder of its own: `client.py` has its `GatewayClient` for what goes out,
`receiver.py` its `GatewayReceiver` for what comes in. `gateways/__init__.py` finds both.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from sms_integration.models import Gateway, MessageStatus


class GatewayError(Exception):
    """A gateway did not take a message.

    code       the gateway's own, or `unreachable`, `timeout`, `bad_answer`
    detail     for staff; never holds a number, a text or a credential
    permanent  trying again would end the same
    opted_out  the gateway knows that the number wants no messages
    unclear    it may have been taken all the same: the connection broke after it was sent off
    retry_after  seconds that the gateway asks to be left alone
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        permanent: bool,
        opted_out: bool = False,
        unclear: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.permanent = permanent
        self.opted_out = opted_out
        self.unclear = unclear
        self.retry_after = retry_after


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A message as a gateway needs it. Numbers are E.164; `media` are addresses it may fetch."""

    message_id: UUID
    recipient: str
    sender: str
    body: str
    media: Sequence[str] = ()
    callback_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What a gateway answered on taking a message."""

    provider_message_id: str
    status: MessageStatus = MessageStatus.SENT
    segments: int | None = None
    cost: Decimal | None = None
    currency: str = ""


class GatewayClient(ABC):
    """Sends over one account. Made anew for each use; holds no connection between uses."""

    credential_fields: ClassVar[Mapping[str, str]] = {}  # name → what the admin's form calls it
    optional_fields: ClassVar[Mapping[str, str]] = {}  # the same, of what may be left empty
    carries_media: ClassVar[bool] = False
    media_types: ClassVar[frozenset[str]] = frozenset()  # of the files that it carries
    most_media: ClassVar[int] = 10  # files in a message
    can_be_asked: ClassVar[bool] = False  # whether `find` can tell what became of a message

    def __init__(self, gateway: Gateway, credentials: Mapping[str, str]) -> None:
        self.gateway = gateway
        self.credentials = credentials

    @abstractmethod
    def send(self, outgoing: Outgoing) -> Accepted:
        """Hand a message over. Raises `GatewayError`."""

    def find(
        self, outgoing: Outgoing, *, since: datetime, known: Collection[str] = ()
    ) -> Accepted | None:
        """Return what the gateway knows of a message that may have been handed over, or None.

        `since` is when it was handed over at the earliest, `known` the gateway's ids of our other
        messages: one of these is not this one, even if its text is the same. Asked only where
        `can_be_asked`. Raises `GatewayError`.
        """
        raise NotImplementedError

    @abstractmethod
    def check(self) -> None:
        """Try the credentials without sending anything. Raises `GatewayError`."""


class SignatureError(Exception):
    """A call that is not from the gateway, or not for this clinic; it is answered with 403."""


@dataclass(frozen=True, kw_only=True)
class MediaItem:
    url: str
    declared_type: str


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """A message that came in. `sender` is as the gateway wrote it: it may be no number.

    `received_at` is when the gateway had it, for one that comes late; None: now.
    """

    provider_message_id: str
    sender: str
    recipient: str
    body: str
    media: Sequence[MediaItem] = ()
    segments: int = 1
    received_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class StatusChange:
    """What a gateway says became of one of our messages. `status` None: a word we do not know.

    `reference` is the end of our own id of the message in hex, where a gateway was given that.
    """

    provider_message_id: str
    reference: str = ""
    status: MessageStatus | None
    error_code: str = ""
    cost: Decimal | None = None
    currency: str = ""


class GatewayReceiver(ABC):
    """Reads what a gateway calls us with."""

    # Those that it needs, beside the client's: name → what the admin's form calls it.
    credential_fields: ClassVar[Mapping[str, str]] = {}
    # How the company calls us.
    methods: ClassVar[Sequence[str]] = ("POST",)
    keeps_messages: ClassVar[bool] = False  # whether `missed_messages` can tell
    # Host names from which media may be fetched, at every redirect. `*.` in front: any below it.
    media_hosts: ClassVar[Sequence[str]] = ()
    # Those of them that are the company's own interface: only they get `media_headers`.
    api_hosts: ClassVar[Sequence[str]] = ()

    def __init__(self, gateway: Gateway, credentials: Mapping[str, str]) -> None:
        self.gateway = gateway
        self.credentials = credentials

    @abstractmethod
    def verify(self, request: HttpRequest) -> None:
        """Check that the call is the gateway's and meant for this account.

        Raises `SignatureError`.
        """

    @abstractmethod
    def read_message(self, request: HttpRequest) -> Inbound:
        """Return the message of a verified call. Raises `ProblemError` for one that is none."""

    @abstractmethod
    def read_status(self, request: HttpRequest) -> StatusChange:
        """Return the change of a verified call. Raises `ProblemError` for one that is none."""

    @abstractmethod
    def answer(self) -> HttpResponse:
        """Return what the gateway wants to hear when all is well."""

    def missed_messages(
        self, *, since: datetime, known: Callable[[Sequence[str]], Collection[str]]
    ) -> list[Inbound]:
        """Return what came in for this account since then and is not known, in its order.

        `known` says which of some ids are. Asked only where `keeps_messages`. Raises
        `GatewayError`.
        """
        raise NotImplementedError

    def media_headers(self) -> dict[str, str]:
        """Return what a request to one of `api_hosts` for media must carry."""
        return {}

    def local_media(self, url: str) -> bytes | None:
        """Return a file that is made here and not fetched; None: fetch it."""
        return None
