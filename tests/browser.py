"""A Chromium for the tests and the pictures: the one of the app's packages, the same everywhere.

It needs nothing of the machine but its C library. `CHROMIUM` names another one.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from config import frontend_build

UNPACKED = frontend_build.MODULES / ".chromium"
ARGUMENTS = [
    "--no-sandbox",  # tests may run as root
    "--no-zygote",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def unpacked() -> Path:
    """Return the folder of the packages' Chromium, unpacked by the first who asks."""
    frontend_build.install()
    with frontend_build.once("chromium"):
        if not (UNPACKED / "chromium").exists():
            subprocess.run(
                [
                    str(frontend_build.node_home() / "bin" / "node"),
                    str(frontend_build.FRONTEND / "scripts" / "unpack-browser.mjs"),
                    str(UNPACKED),
                ],
                check=True,
            )
    return UNPACKED


def how_to_launch() -> dict[str, object]:
    """Return what Playwright's `launch` is told."""
    own = os.environ.get("CHROMIUM")
    if own:
        return {"executable_path": own, "args": ARGUMENTS}
    folder = unpacked()
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": str(folder / "al2023" / "lib"),
        "FONTCONFIG_PATH": str(folder / "fonts"),
    }
    return {"executable_path": str(folder / "chromium"), "args": ARGUMENTS, "env": environment}


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(**how_to_launch())
        try:
            yield found
        finally:
            found.close()
