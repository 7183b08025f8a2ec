"""What a two-page progress report costs, HTML to PDF, warm: ours beside the library as it comes, in the same run."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.reports import fonts
from app.reports.html import render_html
from app.reports.render import Renderer
from tests.functional.report_samples import plain, two_pages

ROUNDS = 15
PROJECT = Path(__file__).resolve().parents[2]

# The library untouched, in a process of its own so that nothing of ours is loaded: warmed up, then timed.
STOCK = """
import io, sys, time
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy
html, folder, rounds = sys.stdin.read(), sys.argv[1], int(sys.argv[2])
policy = ResourceAccessPolicy.server(folder, allow_remote=False)
def draw():
    out = io.BytesIO()
    assert not pisa.CreatePDF(html, dest=out, path=folder + "/report.html", resource_policy=policy).err
    return out.getvalue()
pages = draw().count(b"/Type /Page\\n")
draw()
print(pages, flush=True)
for _ in range(rounds):
    began = time.perf_counter()
    draw()
    print(time.perf_counter() - began, flush=True)
"""


def rows() -> list[tuple[str, float, float, str]]:
    """Name, ours, floor, note; milliseconds, medians. The goal of the first row is at most half of its floor."""
    html = render_html(two_pages(), plain)
    stock = _stock(html)
    renderer = Renderer()
    try:
        renderer.start()
        drawn = renderer.render(html)
        if drawn.pages != 2 or drawn.complaints:
            raise RuntimeError(f"not the two pages to time: {drawn.pages} pages, {drawn.complaints}")
        renderer.render(html)
        ours = _median(lambda: renderer.render(html))
    finally:
        renderer.close()
    note = f"{ours / stock:.2f}x stock xhtml2pdf (goal 0.50x), its fork and socket included"
    return [("report: two pages, HTML to PDF, warm (ms)", ours, stock, note)]


def _median(action: Callable[[], object]) -> float:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        action()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def _stock(html: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", STOCK, str(fonts.folder()), str(ROUNDS)],
        input=html.encode(),
        cwd=PROJECT,
        capture_output=True,
        check=True,
    )
    pages, *took = done.stdout.split()
    if int(pages) != 2:
        raise RuntimeError(f"the floor drew {pages.decode()} pages")
    return statistics.median(map(float, took)) * 1000


if __name__ == "__main__":
    for name, ours, floor, note in rows():
        sys.stdout.write(f"{name}: {ours:.1f} against {floor:.1f}: {note}\n")
