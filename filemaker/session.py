"""One session with FileMaker's Data API, shared by all threads of a process.

A session lives until it is logged out, or 15 minutes after its last call. The server has room for
few of them, so there is never a second one, and it is given back at the end.
"""

import base64
import logging
import threading
from http import HTTPStatus
from urllib.parse import quote

from filemaker.environment import FileMakerSettings
from filemaker.errors import STOPS, NoJsonError, raise_for_code
from filemaker.transport import Transport
from jobs.errors import ItemError, StopRunError, TransientError

log = logging.getLogger(__name__)
TOKEN_HEADER = "X-FM-Data-Access-Token"


class Session:
    """Logs in when a token is first asked for."""

    def __init__(self, settings: FileMakerSettings, transport: Transport) -> None:
        self._settings, self._transport = settings, transport
        self._lock = threading.Lock()
        self._token = ""
        # Names of databases are %-encoded whole, a slash included. v1 shapes portals differently.
        self.root = f"/fmi/data/v2/databases/{quote(settings.database, safe='')}"

    def token(self, *, instead_of: str = "") -> str:
        """Return a token; `instead_of` is one that FileMaker has refused.

        Of several threads that were refused the same token one logs in, and the others use what
        it got. Raises `StopRunError("login_refused")`, `TransientError`.
        """
        with self._lock:
            if not self._token or self._token == instead_of:
                self._token = ""
                self._token = self._log_in()
            return self._token

    def close(self) -> None:
        """Log out. Where that fails the session ends by itself after 15 minutes."""
        with self._lock:
            token, self._token = self._token, ""
        if not token:
            return
        try:
            self._transport.ask(
                "DELETE", f"{self.root}/sessions/{quote(token, safe='')}", headers={}
            )
        except (ItemError, StopRunError) as error:
            log.warning("The session with FileMaker could not be logged out: %s", error.code)

    def _log_in(self) -> str:
        login = f"{self._settings.user}:{self._settings.password}".encode()
        basic = base64.b64encode(login).decode("ascii")
        headers = {"Authorization": f"Basic {basic}"}
        try:
            answer = self._transport.ask("POST", f"{self.root}/sessions", headers=headers, body={})
        except NoJsonError as error:
            # Refused by a proxy, or by a version that says so with the status only.
            if error.status == HTTPStatus.UNAUTHORIZED:
                raise StopRunError(*STOPS["212"]) from None
            raise
        try:
            raise_for_code(answer.code)
        except TransientError:
            raise
        except ItemError as error:  # without a session nothing goes: no fault of a record
            raise StopRunError(error.code, error.detail) from None
        token = answer.headers.get(TOKEN_HEADER) or str(answer.response.get("token") or "")
        if not token:
            raise TransientError("no_token", "FileMaker answered a login without a token.")
        return token
