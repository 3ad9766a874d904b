"""Where an old system's database lies: `--source URL`, taken apart and without its password."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from legacy.errors import SourceError

PASSWORD_VARIABLE = "LEGACY_SOURCE_PASSWORD"
_POSTGRES = re.compile(r"postgres(?:ql)?(?:\+\w+)?\Z")
_SQLITE = re.compile(r"sqlite3?(?:\+\w+)?\Z")
_PLACE = ("host", "port", "dbname", "options")
_PARAMETERS = {*_PLACE, "user", "sslmode", "sslrootcert"}


@dataclass(frozen=True)
class Address:
    """A database to read. `url` is in one spelling and has no password: it may be kept.

    path     of a SQLite file, absolute; None for PostgreSQL
    options  for libpq, without a password
    """

    url: str
    path: Path | None
    options: dict[str, str]

    @property
    def fingerprint(self) -> str:
        """Ten characters that tell this database from every other, whoever reads it."""
        place = str(self.path) if self.path else "|".join(self.options.get(n, "") for n in _PLACE)
        return hashlib.sha256(place.encode()).hexdigest()[:10]


def parse_address(url: str) -> Address:
    """Take a URL apart. Raises `SourceError`, also for one that holds a password.

    `sqlite:////srv/old/clinic.db`, `postgresql://reader@host:5432/clinic`; what SQLAlchemy writes
    (`postgresql+psycopg2://`) is read too. libpq's own variables and ~/.pgpass count.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SourceError("This is no URL. " + _EXAMPLES) from None
    if _SQLITE.match(parts.scheme):
        return _sqlite(parts.netloc, parts.path)
    if not _POSTGRES.match(parts.scheme):
        raise SourceError("Give the URL of a PostgreSQL or SQLite database. " + _EXAMPLES)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.password or "password" in query:
        raise SourceError(
            f"Keep the password out of the URL: set {PASSWORD_VARIABLE}, or use ~/.pgpass."
        )
    unknown = sorted(set(query) - _PARAMETERS)
    if unknown:
        raise SourceError(f"The URL holds unknown parameters: {', '.join(unknown)}.")
    options = {
        "host": unquote(parts.hostname or ""),
        "port": str(port or ""),
        "user": unquote(parts.username or ""),
        "dbname": unquote(parts.path.lstrip("/")),
        **query,
    }
    options = {name: value for name, value in options.items() if value}
    if "dbname" not in options:
        raise SourceError("The URL does not name a database. " + _EXAMPLES)
    return Address("postgresql:///?" + urlencode(sorted(options.items())), None, options)


def split_password(url: str) -> tuple[str, str]:
    """Return a URL without its password, and the password; for the command that was given both."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, ""  # `parse_address` says what is wrong
    query = parse_qsl(parts.query, keep_blank_values=True)
    password = unquote(parts.password or "") or dict(query).get("password", "")
    if not password:
        return url, ""
    userinfo, _, host = parts.netloc.rpartition("@")
    user = userinfo.partition(":")[0]
    netloc = f"{user}@{host}" if userinfo else host
    kept = urlencode([(name, value) for name, value in query if name != "password"])
    return parts._replace(netloc=netloc, query=kept).geturl(), password


def password() -> str:
    """Return what the environment says, or nothing: then libpq asks its own sources."""
    return os.environ.get(PASSWORD_VARIABLE, "")


_EXAMPLES = (
    "Examples: postgresql://reader@db.example:5432/clinic, sqlite:////srv/old/clinic.db"
    " (four slashes before an absolute path)."
)


def _sqlite(netloc: str, path: str) -> Address:
    if netloc:
        raise SourceError("A SQLite URL names no host. " + _EXAMPLES)
    # As SQLAlchemy: after the third slash comes the path, which may begin with one of its own.
    name = unquote(path[1:] if path.startswith("//") or not Path(path).exists() else path)
    if not name.strip("/") or "\0" in name:
        raise SourceError("The URL does not name a file. " + _EXAMPLES)
    found = Path(name).resolve()
    if not found.is_file():
        raise SourceError("There is no such SQLite file. " + _EXAMPLES)
    return Address("sqlite:///" + quote(str(found)), found, {})
