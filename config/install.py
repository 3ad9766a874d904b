"""Make `.venv` and install the requirements into it. Runs under the system's own Python.

Quick when there is nothing to do; safe when two makes run at once. Standard library only.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
VENV = BASE / ".venv"
FILES = ("requirements.txt", "requirements-dev.txt")


def fingerprint() -> str:
    """Return what the environment must agree with: this Python and every requirement."""
    digest = hashlib.sha256(f"{sys.version} {BASE}".encode())
    for name in FILES:
        digest.update((BASE / name).read_bytes())
    return digest.hexdigest()


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  this file is what tells people so
        sys.exit(f"chartvault: needs Python 3.11 or newer, this is {sys.version.split()[0]}.")
    with (BASE / ".install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = VENV / "installed"
        if stamp.exists() and stamp.read_text() == fingerprint():
            return
        install()
        stamp.write_text(fingerprint())


def install() -> None:
    if (VENV / "installed").exists() and not (VENV / "bin" / "python").exists():
        shutil.rmtree(VENV)
    print("Installing into .venv (a few minutes the first time) …", flush=True)  # noqa: T201
    run([sys.executable, "-m", "venv", str(VENV)], "make the virtual environment")
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    run([*pip, "--quiet", "-r", str(BASE / FILES[1])], "install the requirements")


def run(command: list[str], purpose: str) -> None:
    """Run a step; where it fails, say so in one line and leave the whole story in a file."""
    log = BASE / ".venv-install.log"
    with log.open("w") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        lines = log.read_text(errors="replace").splitlines()
        reasons = (
            [line for line in lines if line.startswith("ERROR")] or lines[-1:] or ["no output"]
        )
        sys.exit(f"chartvault: cannot {purpose}: {reasons[0][:200]} (all of it: {log})")
    log.unlink()


if __name__ == "__main__":
    main()
