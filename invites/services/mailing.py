"""The e-mail with the link.

It is sent here and now, after the invite is committed, and by no task: a task's arguments lie in
the broker in clear, and the token must lie nowhere. When it cannot be sent the invite stays, says
so, and can be resent.
"""

import smtplib
from collections.abc import Sequence

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from accounts.mail import MailUnavailableError, send_mail
from accounts.policies import current_account
from invites.models import Invite


def mail_invite(invite: Invite, link: str, connection: BaseEmailBackend | None = None) -> None:
    """Send the link to the patient and write down whether that worked."""
    account = current_account()
    clinician = invite.clinician.shown_name if invite.clinician_id else ""
    try:
        send_mail(
            account=account,
            to=invite.email,
            subject=f"Your login at {' '.join(account.name.split())}",
            template="invites/invite_mail",
            context={
                "name": invite.patient.first_name,
                "clinician": clinician,
                "message": invite.message,
                "link": link,
                "expires_at": invite.expires_at,
            },
            connection=connection,
        )
    except MailUnavailableError as error:
        _note_unsent(invite, error)
        return
    invite.delivery_error = ""
    invite.sent_at = timezone.now()
    invite.sent_count += 1
    invite.save(update_fields=["delivery_error", "sent_at", "sent_count", "updated_at"])


def mail_invites(letters: Sequence[tuple[Invite, str]]) -> None:
    """Send many over one connection. Once the server is gone, the rest is noted and not tried."""
    connection = get_connection()
    for number, (invite, link) in enumerate(letters):
        try:
            connection.open()
        except (OSError, smtplib.SMTPException):
            for unsent, _ in letters[number:]:
                _note_unsent(unsent, MailUnavailableError())
            return
        mail_invite(invite, link, connection)
        if invite.delivery_error:
            connection.close()  # it may have stopped in the middle of that one
    connection.close()


def _note_unsent(invite: Invite, error: MailUnavailableError) -> None:
    invite.delivery_error = error.detail
    invite.save(update_fields=["delivery_error", "updated_at"])
