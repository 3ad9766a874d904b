"""Does everything that the clinic needs work? For load balancers and people on call."""

import logging
from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.celery import app
from documents.scanning import ScannerError, is_connected, scanner
from documents.storage import object_store

REMEMBERED = 5  # seconds; the address needs no login, so it must not be a way to make us work
WORKER_TIMEOUT = 2.0  # seconds
log = logging.getLogger(__name__)


class HealthSerializer(serializers.Serializer):
    """`ok` or `failing` for each dependency; 200 only when all are ok, else 503.

    But for the scanner, which may be `off` too: while it is away what comes in waits in the
    quarantine, and everything else goes on.
    """

    status = serializers.CharField()
    database = serializers.CharField()
    broker = serializers.CharField()
    worker = serializers.CharField()
    store = serializers.CharField()
    scanner = serializers.CharField(help_text="`ok`, `failing` or `off`; `status` is without it")


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")


def check_broker() -> None:
    with app.connection_for_write(connect_timeout=2) as broker:
        broker.ensure_connection(max_retries=1, timeout=2)


def check_worker() -> None:
    if not app.control.ping(timeout=WORKER_TIMEOUT, limit=1):
        raise TimeoutError("no worker answers")


def check_store() -> None:
    object_store().check()


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "broker": check_broker,
    "worker": check_worker,
    "store": check_store,
}


def health() -> dict[str, str]:
    """Run every check. What failed is logged with its reason and shown without."""
    result = {}
    for name, check in CHECKS.items():
        try:
            check()
        except Exception as error:  # noqa: BLE001  whatever fails, the answer says that it fails
            log.warning("Health: %s fails: %s", name, type(error).__name__)
            result[name] = "failing"
        else:
            result[name] = "ok"
    working = all(state == "ok" for state in result.values())
    return {"status": "ok" if working else "failing", **result, "scanner": scanner_state()}


def scanner_state() -> str:
    if not is_connected():
        return "off"
    try:
        scanner().ping()
    except ScannerError as error:
        log.warning("Health: scanner fails: %s", error)
        return "failing"
    return "ok"


def remembered_health() -> dict[str, str]:
    try:
        found: dict[str, str] | None = cache.get("health")
    except Exception:  # noqa: BLE001  the cache is one of the things that may be down
        return health()
    if found is None:
        found = health()
        if found["broker"] == "ok":
            cache.set("health", found, REMEMBERED if found["status"] == "ok" else 1)
    return found


class HealthView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="health",
        auth=[],
        responses={200: HealthSerializer, 503: HealthSerializer},
    )
    def get(self, request: Request) -> Response:
        """Whether database, broker, worker and store work."""
        found = remembered_health()
        return Response(found, status=200 if found["status"] == "ok" else 503)
