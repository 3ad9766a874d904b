"""E-mails that tell a person that something about their login has changed."""

from django.db import transaction

from accounts.mail import send_mail
from accounts.models import Membership
from accounts.policies import membership_of
from accounts.tenancy import PUBLIC, current_schema

PASSWORD_CHANGED = "password_changed"
APP_ADDED, APP_REMOVED = "app_added", "app_removed"
CODES_MADE, CODES_GUESSED, LET_IN = "codes_made", "codes_guessed", "let_in"
SENTENCES = {
    PASSWORD_CHANGED: "The password of your login was changed. Other sessions have ended.",
    APP_ADDED: "An authenticator app was added to your login: logging in takes its code now.",
    APP_REMOVED: "The authenticator app was taken off your login: the password is enough now.",
    CODES_MADE: "New recovery codes were made for your login. The old ones are worth nothing now.",
    CODES_GUESSED: "Somebody who knows your password, or sits where you are logged in, has entered"
    " five wrong codes. For 15 minutes no code is taken for your login, at any clinic.",
    LET_IN: "An administrator lets you log in here with the password alone. Set up an"
    " authenticator app again, in your account.",
}


def tell_person(user_id: object, what: str) -> None:
    """Have the person written to by a worker, once what has happened is committed.

    It waits for nobody and its failure undoes nothing. On the platform there is no clinic to write
    for, so nobody is written to.
    """
    if current_schema() == PUBLIC:
        return
    from accounts.tasks import mail_notice

    transaction.on_commit(lambda: mail_notice.delay(str(user_id), what), robust=True)


def send_notice(*, user_id: str, what: str) -> None:
    """Write to a member of this clinic. Raises `MailUnavailableError`."""
    membership: Membership | None = membership_of(user_id, schema_name=current_schema())
    if membership is None:
        return
    send_mail(
        account=membership.account,
        to=membership.user.email,
        subject=f"Your login at {' '.join(membership.account.name.split())}",
        template="accounts/notice_mail",
        context={"name": str(membership), "sentence": SENTENCES[what]},
    )
