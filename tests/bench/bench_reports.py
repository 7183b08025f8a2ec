"""What a two-page progress report costs, warm: ours beside the library as it comes, in the same run."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app.reports import fonts
from app.reports.document import make_document
from app.reports.html import render_html
from app.reports.render import Renderer
from app.reports.sign import check, make_self_signed, sign
from app.reports.snapshot import Snapshot
from tests.functional.report_samples import plain, two_pages

ROUNDS = 25
RUN = 5
# Seconds until the server has made its next spare: that work must not slow the floor down.
SETTLED = 0.2

Row = tuple[str, float, float, str]

# The library untouched, in a process of its own so that nothing of ours is loaded: one document for each line it reads.
STOCK = """
import io, sys, time
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy
html, folder = open(sys.argv[1], encoding="utf-8").read(), sys.argv[2]
policy = ResourceAccessPolicy.server(folder, allow_remote=False, max_render_seconds=3600)
for _ in sys.stdin:
    out = io.BytesIO()
    began = time.perf_counter()
    assert not pisa.CreatePDF(html, dest=out, path=folder + "/report.html", resource_policy=policy).err
    print(time.perf_counter() - began, out.getvalue().count(b"/Type /Page\\n"), flush=True)
"""


class Stock:
    """Stock xhtml2pdf, asked for one document at a time."""

    def __init__(self, html: str, folder: Path, *, pages: int = 2) -> None:
        """`pages`: how many it must draw; 0: any number."""
        self.pages = pages
        page = folder / "report.html"
        page.write_text(html, encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-c", STOCK, str(page), str(fonts.folder())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def draw(self) -> float:
        """Seconds that the document took."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("again\n")
        self.process.stdin.flush()
        seconds, pages = self.process.stdout.readline().split()
        if self.pages and int(pages) != self.pages:
            raise RuntimeError(f"the floor drew {pages} pages")
        return float(seconds)

    def close(self) -> None:
        """End it."""
        self.process.communicate()


def rows() -> list[Row]:
    """Name, ours, floor, note; milliseconds, medians, taken turn by turn so that a busy machine slows both alike."""
    whole = two_pages()
    # The stock library spaces a little wider: without two rows it needs two pages as we do.
    snapshot = whole.model_copy(update={"modules": whole.modules[:-2]})
    html = render_html(snapshot, plain)
    renderer = Renderer()
    with tempfile.TemporaryDirectory() as folder:
        stock = Stock(html, Path(folder))
        try:
            for _ in range(2):
                drawn = renderer.render(html)
                stock.draw()
            if drawn.pages != 2 or drawn.complaints:
                raise RuntimeError(f"not the two pages to time: {drawn.pages} pages, {drawn.complaints}")
            return [
                _one_at_a_time(renderer, html, stock),
                _one_after_another(renderer, html, stock),
                _the_whole_way(renderer, snapshot, stock),
            ]
        finally:
            stock.close()
            renderer.close()


def _one_at_a_time(renderer: Renderer, html: str, stock: Stock) -> Row:
    pairs = []
    for _ in range(ROUNDS):
        ours = _seconds(lambda: renderer.render(html))
        time.sleep(SETTLED)
        pairs.append((ours, stock.draw()))
    ours, floor = _medians(pairs)
    note = f"{ours / floor:.2f}x stock xhtml2pdf (goal 0.45x), our server and socket included"
    return "report: two pages, HTML to PDF, warm (ms)", ours, floor, note


def _one_after_another(renderer: Renderer, html: str, stock: Stock) -> Row:
    """Without the pause in which the server forks ahead: each fork is waited for."""
    pairs = []
    for _ in range(ROUNDS // RUN):
        ours = _seconds(lambda: [renderer.render(html) for _ in range(RUN)]) / RUN
        time.sleep(SETTLED)
        pairs.append((ours, statistics.mean(stock.draw() for _ in range(RUN))))
    ours, floor = _medians(pairs)
    note = f"{ours / floor:.2f}x stock xhtml2pdf, {RUN} in a row: no time to fork ahead"
    return "report: two pages, no pause between reports (ms)", ours, floor, note


def _the_whole_way(renderer: Renderer, snapshot: Snapshot, stock: Stock) -> Row:
    """From the frozen facts to the bytes that are stored: HTML, PDF, PDF/A, seal, check of the seal."""
    key, certificate = make_self_signed("Bench")
    pairs, steps = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        document = make_document(snapshot, plain, renderer)
        drawn = time.perf_counter()
        signed = sign(document.pdf, key_pem=key, cert_pem=certificate, reason="Bench", at=snapshot.generated_at)
        sealed = time.perf_counter()
        state = check(signed, [certificate])
        ended = time.perf_counter()
        if not state.ok:
            raise RuntimeError(f"the seal does not hold: {state.reason}")
        steps.append((drawn - began, sealed - drawn, ended - sealed))
        time.sleep(SETTLED)
        pairs.append((ended - began, stock.draw()))
    ours, floor = _medians(pairs)
    document_ms, seal_ms, check_ms = _medians(steps)
    note = (
        f"{ours / floor:.2f}x stock xhtml2pdf's HTML to PDF (goal 1.80x): "
        f"PDF/A {document_ms:.0f}, seal {seal_ms:.0f}, check {check_ms:.0f}"
    )
    return "report: two pages, facts to signed, verified PDF/A (ms)", ours, floor, note


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _medians(rounds: Sequence[Sequence[float]]) -> list[float]:
    """Milliseconds."""
    return [statistics.median(side) * 1000 for side in zip(*rounds, strict=True)]


if __name__ == "__main__":
    for name, ours, floor, note in rows():
        sys.stdout.write(f"{name}: {ours:.1f} against {floor:.1f}: {note}\n")
