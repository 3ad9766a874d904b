"""One-time addresses at which somebody without a password chooses one."""

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.models import Account, Membership, User


class MembershipTokens(PasswordResetTokenGenerator):
    """Tokens of one membership: good at its clinic only, and dead for good once it is deactivated.

    `user.membership` must be loaded, as the login backend and `password_link` do it.
    """

    key_salt = "accounts.password_link"

    def _make_hash_value(self, user: User, timestamp: int) -> str:  # type: ignore[override]
        membership = user.membership
        if membership is None:
            raise ValueError("A link is made for a member of a clinic.")
        known: str = super()._make_hash_value(user, timestamp)
        return f"{known}{membership.pk}{membership.login_epoch}{user.login_epoch}"


password_tokens = MembershipTokens()


def password_link(membership: Membership, *, scheme: str, port: str = "") -> str:
    """Return the one-time address at which a member chooses the first password.

    `port` is empty where it is the scheme's own. It lives for PASSWORD_RESET_TIMEOUT seconds.
    """
    user = User.objects.get(pk=membership.user_id)
    user.membership = membership
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = password_tokens.make_token(user)
    address = clinic_address(membership.account, scheme=scheme, port=port)
    return f"{address}/admin/reset/{uid}/{token}/"


def clinic_address(account: Account, *, scheme: str, port: str = "") -> str:
    """Return where a clinic is reached, without a slash at the end."""
    host = account.get_primary_domain().domain + (f":{port}" if port else "")
    return f"{scheme}://{host}"
