"""Sessions in the clinic's own table, with an end that no activity moves."""

import time
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.utils import timezone

LOGIN_AT = "login_at"
SEEN_AT = "seen_at"
REFRESH_AFTER = 60.0  # seconds between two writes of "seen"


class SessionStore(DatabaseSessionStore):
    """A session ends when idle for SESSION_COOKIE_AGE or SESSION_ABSOLUTE_AGE after the login."""

    def load(self) -> dict[str, Any]:
        data: dict[str, Any] = super().load()
        login_at = data.get(LOGIN_AT)
        if login_at is not None and time.time() - login_at > settings.SESSION_ABSOLUTE_AGE:
            self.delete(self.session_key)
            self._session_key = None
            return {}
        return data

    @classmethod
    def get_model_class(cls) -> Any:
        from django.contrib.sessions.models import Session

        return Session


def stamp_login(*, request: Any, user: Any, **_: Any) -> None:
    """Note in the session when its person logged in, and at the membership for its clinic."""
    if request is not None and hasattr(request, "session"):
        request.session[LOGIN_AT] = time.time()
    membership = getattr(user, "membership", None)
    if membership is not None:
        type(membership).objects.filter(pk=membership.pk).update(last_login_at=timezone.now())


def keep_alive(session: Any) -> None:
    """Move the idle end of a session that is in use; at most one write a minute."""
    now = time.time()
    if LOGIN_AT in session and now - session.get(SEEN_AT, 0) > REFRESH_AFTER:
        session[SEEN_AT] = now
