"""Whether a list of 5,000 documents scrolls smoothly, in a real browser.

`python -m tests.bench_scrolling` measures by itself. It builds `frontend/bench/list.html`, whose
page answers its own requests, and scrolls through all rows, two with each frame, on a desktop and
on a phone, counting the frames. Needs Node and Chromium (CHROMIUM names another one); without
them nothing is measured, and that is said.
"""

import io
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image

FRONTEND = Path(__file__).parent.parent / "frontend"
ROWS = 5_000
STEP = 2  # rows from one frame to the next: 120 a second, several screens
SLOWEST = 20  # ms of a frame on average, in the slowest second: 50 frames
WINDOWS = (("desktop", 1280, 800), ("phone", 390, 844))
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
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
    command = ["npx", "vite", "build", "--config", "bench/vite.config.ts", "--outDir", str(folder)]
    subprocess.run(command, cwd=FRONTEND, check=True, capture_output=True)


def slowest_second(frames: list[float]) -> float:
    """Return the mean ms of a frame in the second that has the fewest of them."""
    worst = 0.0
    window: deque[float] = deque()
    for moment in frames:
        window.append(moment)
        while moment - window[0] > 1000:
            window.popleft()
        if moment - frames[0] >= 1000 and len(window) > 1:
            worst = max(worst, (moment - window[0]) / (len(window) - 1))
    return worst


def scrolling_cost(report: Report) -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None or shutil.which("npx") is None or not (FRONTEND / "node_modules").exists():
        print("    scrolling is not measured: it needs Chromium, Node and frontend/node_modules")
        return
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        with served(Path(folder)) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            for name, width, height in WINDOWS:
                page = browser.new_page(viewport={"width": width, "height": height})
                page.goto(address)
                page.wait_for_selector("[role=row][data-index]")
                _measure(page, name, report)
                page.close()
            browser.close()


def _measure(page: Any, name: str, report: Report) -> None:
    found = page.evaluate(SCROLL, [SCROLLER, STEP])
    frames = found["frames"]
    if found["seen"] < ROWS:
        raise RuntimeError(f"only {found['seen']} rows were seen")
    longest = max(after - before for before, after in pairwise(frames))
    seconds = (frames[-1] - frames[0]) / 1000
    rate = (len(frames) - 1) / seconds
    print(
        f"    {rate:.1f} frames a second for {seconds:.0f} s, the longest {longest:.0f} ms,"
        f" {found['drawn']} rows in the page",
        flush=True,
    )
    worst = slowest_second(frames)
    report(f"scrolling {ROWS:,} documents ({name}), slowest second", worst, SLOWEST, "ms")


def main() -> None:
    from tests import bench

    scrolling_cost(bench.report)
    sys.exit(f"missed: {', '.join(bench.missed)}" if bench.missed else 0)


if __name__ == "__main__":
    main()
