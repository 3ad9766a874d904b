"""What looking for pending migrations costs when there are none, by the stock command."""

import io
import statistics
import time
from collections.abc import Callable

ROUNDS = 5
FEWEST = 200  # accounts; below that the ratio says nothing of many
Report = Callable[..., None]


def migrate_cost(report: Report) -> None:
    """Time `migrate_tenants` and stock `migrate_schemas` in this process, both with nothing to do.

    The accounts must be there; the bench makes 205 to measure how long making one takes.
    """
    from django.core.management import call_command

    from accounts.models import Account

    number = Account.objects.count()
    if number < FEWEST:
        raise RuntimeError(f"there are {number} accounts")

    def timed(command: str, **options: object) -> float:
        begun = time.perf_counter()
        call_command(command, stdout=io.StringIO(), **options)
        return time.perf_counter() - begun

    timed("migrate_tenants")
    ours = statistics.median(timed("migrate_tenants") for _ in range(ROUNDS))
    stock = timed("migrate_schemas", interactive=False, verbosity=0)
    print(f"    {ours * 1000:.0f} ms by {stock * 1000:.0f} ms", flush=True)
    report(
        f"migrate_tenants, nothing to do for {number} accounts, by stock",
        ours / stock * 100,
        1,
        "%",
    )
