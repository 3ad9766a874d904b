"""The built app (`frontend/dist/app`), as Django hands it out."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

MANIFEST, INDEX = "manifest.json", "index.html"


class NotBuiltError(Exception):
    """Nobody has built the app; `make run`, `make test` and the image do."""


@dataclass(frozen=True)
class Entry:
    """What a page needs of one entry of the build: paths below the static files' address."""

    scripts: list[str]
    styles: list[str]


def _read(name: str) -> str:
    path = Path(settings.APP_FILES) / name
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError as error:
        raise NotBuiltError(f"{path} is missing: run `make build`.") from error
    return _text(path, changed)


@lru_cache(maxsize=8)
def _text(path: Path, changed: int) -> str:
    return path.read_text()


def index() -> str:
    """Return the app's page. Raise NotBuiltError."""
    return _read(INDEX)


def entry(name: str) -> Entry:
    """Return the files of an entry by its source (`src/island.tsx`). Raise NotBuiltError."""
    manifest: dict[str, Any] = json.loads(_read(MANIFEST))
    chunk = manifest.get(name)
    if chunk is None:
        raise NotBuiltError(f"The build has no {name}: run `make build`.")
    return Entry(
        scripts=[f"app/{chunk['file']}"],
        styles=[f"app/{style}" for style in _styles(manifest, name)],
    )


def _styles(manifest: dict[str, Any], name: str) -> list[str]:
    """Return the style sheets of an entry and of all that it loads at once, in that order."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        chunk = manifest[waiting.pop()]
        if chunk["file"] in seen:
            continue
        seen.add(chunk["file"])
        found |= dict.fromkeys(chunk.get("css", []))
        waiting += chunk.get("imports", [])
    return list(found)
