"""Settings of the web server.

Used in the image (`gunicorn -c config/gunicorn.py config.wsgi:application`) and by `make run`; what
stands on the command line wins over what stands here.
"""

import logging
import os
import re
from pathlib import Path

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - not a file of ours, only where heartbeats go


class _WithoutQuery(logging.Filter):
    """Cuts query strings out of the error log.

    A request that fails outside Django, or that cannot be parsed, is logged with its whole address,
    and patients are searched for by name in query strings.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "?" in message:
            # To the end: in a broken request line a name may go on behind a space.
            record.msg = re.sub(r"\?.*", "?[removed]", message, flags=re.DOTALL)
            record.args = None
        return True


bind: str = f"0.0.0.0:{os.environ.get('PORT', '8000')}"


class _WithoutLinks(logging.Filter):
    """Cuts out of the access log what opens a picture of a message for whoever has it."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "/sms/media/" in message:
            record.msg = re.sub(r"/sms/media/\S+", "/sms/media/[removed]", message)
            record.args = None
        return True


# Threads, because a request mostly waits: for the database, the object store, a slow client.
worker_class: str = "gthread"
workers: int = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads: int = 8

# The heartbeat file must not wait for a disk, or a busy disk gets healthy workers killed.
worker_tmp_dir: str | None = str(_SHARED_MEMORY) if os.access(_SHARED_MEMORY, os.W_OK) else None

# An upload of 100 MB is checked and passed on to the object store within one request.
timeout: int = 120
graceful_timeout: int = 30

# Slow leaks end with the worker; the jitter keeps workers from restarting at one moment.
max_requests: int = 10_000
max_requests_jitter: int = 1_000

# Neither the query string nor the Referer header (which repeats the query string of the page
# before): %(r)s, %(q)s and %(f)s must stay out.
accesslog: str = "-"
access_log_format: str = "%(m)s %(U)s %(s)s %(B)s %(D)s %(h)s"
logging.getLogger("gunicorn.access").addFilter(_WithoutLinks())
errorlog: str = "-"
logging.getLogger("gunicorn.error").addFilter(_WithoutQuery())

# Whose X-Forwarded-* headers the server itself believes. What the application believes is a setting
# of its own, TRUSTED_PROXY_COUNT.
forwarded_allow_ips: str = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")

# Nobody steers the server through a socket, and the home directory cannot be written to.
control_socket_disable: bool = True
