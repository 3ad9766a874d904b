"""A cache for each test process: emptying it must not reach into another's test."""

import copy

from django.core.cache import cache


def own_cache(settings, worker_id):
    """Use a database of the worker's own in Valkey, and empty it."""
    number = 2 + int(worker_id.removeprefix("gw") if worker_id != "master" else 0) % 14
    caches = copy.deepcopy(settings.CACHES)
    location = caches["default"]["LOCATION"]
    assert location.endswith("db=1"), location
    caches["default"]["LOCATION"] = f"{location[:-1]}{number}"
    settings.CACHES = caches
    cache.clear()
