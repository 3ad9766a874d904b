"""Each of the three stores in turn, and documents that can be shown."""

import pytest

from documents.rendering import child
from documents.rendering.limits import EDGES, CannotRenderError
from documents.rendering.running import Rendered
from documents.services import previews
from tests.documents.previews import files
from tests.documents.storage.conftest import moto, rclone  # noqa: F401  fixtures
from tests.documents.verify.conftest import in_moto, stored, use  # noqa: F401  fixtures


@pytest.fixture
def photo():
    """A small JPEG."""
    return files.saved(files.corners((400, 300)), "JPEG")


@pytest.fixture
def in_process(monkeypatch):
    """The same renderers without a process for each: for tests of what is done with pictures."""

    def render(content, kind, *, page=1):
        content.seek(0)
        said, bodies = child.answer(content, {"kind": kind, "page": page, "edges": list(EDGES)})
        if "reason" in said:
            raise CannotRenderError(said["reason"])
        found = [
            Rendered(one["edge"], one["mime"], one["width"], one["height"], body)
            for one, body in zip(said["pictures"], bodies, strict=True)
        ]
        return said["pages"], found

    monkeypatch.setattr(previews, "render", render)
