"""Whether a list of 5,000 documents scrolls smoothly, in a real browser.

`python -m tests.bench_scrolling` measures by itself. It builds `frontend/bench/list.html`, whose
page answers its own requests, and scrolls through all rows, two with each frame, on a desktop and
on a phone, counting the frames. Node and Chromium are those of the app's packages.
"""

import io
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image

from config import frontend_build
from tests.browser import browser

ROWS = 5_000
STEP = 2  # rows from one frame to the next: 120 a second, several screens
STRETCH = 60  # frames, a second of them where none is late
# Of each stretch the best counts: what else the machine does only makes frames longer, and does not
# come at the same rows each time.
TRIES = 3
SLOWEST = 20  # ms of a frame on average, in the slowest second: 50 frames
WINDOWS = (("desktop", 1280, 800), ("phone", 390, 844))
SCROLLER = "[role=grid] > [role=rowgroup]:last-child"

# Scrolls to the end, however long the list becomes meanwhile; returns when each frame came, how
# many rows were in the page at some time, and how many are there now.
SCROLL = """
async ([selector, rows]) => {
  const box = document.querySelector(selector);
  const step = rows * box.querySelector("[data-index]").offsetHeight;
  const frames = [];
  const seen = new Set();
  let still = 0;
  await new Promise((done) => {
    const draw = (now) => {
      frames.push(now);
      for (const row of box.querySelectorAll("[data-index]")) seen.add(row.dataset.index);
      const at = box.scrollTop;
      box.scrollTop += step;
      still = box.scrollTop === at ? still + 1 : 0;
      if (still > 30) done();
      else requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
  });
  const drawn = box.querySelectorAll("[role=row]").length;
  return { frames: frames.slice(0, -30), seen: seen.size, drawn };
}
"""

Report = Callable[..., None]


class Files(SimpleHTTPRequestHandler):
    """The built page, and a picture for each row that asks for one."""

    thumbnail = b""

    def do_GET(self) -> None:
        if not self.path.startswith("/thumbnails/"):
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(self.thumbnail)))
        self.end_headers()
        self.wfile.write(self.thumbnail)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's name
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    picture = io.BytesIO()
    Image.effect_noise((200, 150), 60).convert("RGB").save(picture, "JPEG")
    Files.thumbnail = picture.getvalue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/list.html"
    finally:
        server.shutdown()
        server.server_close()


def build(folder: Path) -> None:
    frontend_build.install()
    options = ("--config", "bench/vite.config.ts", "--outDir", str(folder))
    frontend_build.run(
        frontend_build.tool("vite", "bin/vite.js", "build", *options), "build the page"
    )


def stretches(frames: list[float]) -> list[float]:
    """Return the mean ms of a frame in each stretch of the list, which should take a second."""
    ends = frames[::STRETCH]
    return [(after - before) / STRETCH for before, after in pairwise(ends)]


def scrolling_cost(report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        with served(Path(folder)) as address, browser() as chromium:
            for name, width, height in WINDOWS:
                best: list[float] = []
                for _ in range(TRIES):
                    page = chromium.new_page(viewport={"width": width, "height": height})
                    page.goto(address)
                    page.wait_for_selector("[role=row][data-index]")
                    found = _measure(page)
                    page.close()
                    best = [min(pair) for pair in zip(best or found, found, strict=False)]
                    if max(best) <= SLOWEST:
                        break
                what = f"scrolling {ROWS:,} documents ({name}), slowest second"
                report(what, max(best), SLOWEST, "ms")


def _measure(page: Any) -> list[float]:
    """Scroll through all rows; return the mean ms of a frame in each stretch of them."""
    found = page.evaluate(SCROLL, [SCROLLER, STEP])
    frames = found["frames"]
    if found["seen"] < ROWS:
        raise RuntimeError(f"only {found['seen']} rows were seen")
    longest = max(after - before for before, after in pairwise(frames))
    seconds = (frames[-1] - frames[0]) / 1000
    means = stretches(frames)
    print(
        f"    {(len(frames) - 1) / seconds:.1f} frames a second for {seconds:.0f} s; in the slowest"
        f" second {max(means):.1f} ms a frame, the longest {longest:.0f} ms;"
        f" {found['drawn']} rows in the page",
        flush=True,
    )
    return means


def main() -> None:
    from tests import bench

    scrolling_cost(bench.report)
    sys.exit(f"missed: {', '.join(bench.missed)}" if bench.missed else 0)


if __name__ == "__main__":
    main()
