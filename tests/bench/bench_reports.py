"""What a two-page progress report costs, HTML to PDF, warm: ours beside the library as it comes, in the same run."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.reports import fonts
from app.reports.html import render_html
from app.reports.render import Renderer
from tests.functional.report_samples import plain, two_pages

ROUNDS = 25

# The library untouched, in a process of its own so that nothing of ours is loaded: one document for each line it reads.
STOCK = """
import io, sys, time
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy
html, folder = open(sys.argv[1], encoding="utf-8").read(), sys.argv[2]
policy = ResourceAccessPolicy.server(folder, allow_remote=False)
for _ in sys.stdin:
    out = io.BytesIO()
    began = time.perf_counter()
    assert not pisa.CreatePDF(html, dest=out, path=folder + "/report.html", resource_policy=policy).err
    print(time.perf_counter() - began, out.getvalue().count(b"/Type /Page\\n"), flush=True)
"""


class Stock:
    """Stock xhtml2pdf, asked for one document at a time."""

    def __init__(self, html: str, folder: Path) -> None:
        page = folder / "report.html"
        page.write_text(html, encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-c", STOCK, str(page), str(fonts.folder())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def draw(self) -> float:
        """Seconds that the two pages took."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("again\n")
        self.process.stdin.flush()
        seconds, pages = self.process.stdout.readline().split()
        if pages != "2":
            raise RuntimeError(f"the floor drew {pages} pages")
        return float(seconds)

    def close(self) -> None:
        """End it."""
        self.process.communicate()


def rows() -> list[tuple[str, float, float, str]]:
    """Name, ours, floor, note; milliseconds, medians, taken turn by turn so that a busy machine slows both alike."""
    html = render_html(two_pages(), plain)
    renderer = Renderer()
    with tempfile.TemporaryDirectory() as folder:
        stock = Stock(html, Path(folder))
        try:
            for _ in range(2):
                drawn = renderer.render(html)
                stock.draw()
            if drawn.pages != 2 or drawn.complaints:
                raise RuntimeError(f"not the two pages to time: {drawn.pages} pages, {drawn.complaints}")
            pairs = [(_ours(renderer, html), stock.draw()) for _ in range(ROUNDS)]
        finally:
            stock.close()
            renderer.close()
    ours, floor = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    note = f"{ours / floor:.2f}x stock xhtml2pdf (goal 0.50x), our fork and socket included"
    return [("report: two pages, HTML to PDF, warm (ms)", ours, floor, note)]


def _ours(renderer: Renderer, html: str) -> float:
    began = time.perf_counter()
    renderer.render(html)
    return time.perf_counter() - began


if __name__ == "__main__":
    for name, ours, floor, note in rows():
        sys.stdout.write(f"{name}: {ours:.1f} against {floor:.1f}: {note}\n")
