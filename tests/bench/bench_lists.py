"""What a caseload of 1,000 and of 10,000 rows costs: ours beside the library as it comes, and the memory it takes.

`BENCH_LIST_ROUNDS` (3) sets how often.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from app.reports.lists.html import render_list
from app.reports.lists.snapshot import ListColumn, ListKind, ListSnapshot
from app.reports.render import Renderer
from app.reports.snapshot import Court
from tests.bench.bench_reports import Stock
from tests.functional.report_samples import VERIFY, plain

ROUNDS = int(os.environ.get("BENCH_LIST_ROUNDS", "3"))
SHORT, LONG = 1_000, 10_000
GOAL_STOCK, GOAL_LONG, GOAL_MB = 0.05, 11.0, 256
WIDTHS = (16, 13, 13, 6, 10, 10, 10, 22)
KEYS = ("name", "case_numbers", "stage", "progress", "deadline", "next_hearing", "last_activity", "needs_attention")

Row = tuple[str, float, float, str]


def snapshot(count: int) -> ListSnapshot:
    """A caseload of so many people."""
    rows = tuple(
        (
            f"Robin Alexis Sample-Number {n}",
            f"27-CR-{n:05d}",
            "Lessons",
            f"{n % 100}%",
            "Feb 10, 2027",
            "Mar 4, 2027",
            "Jan 30, 2027",
            "Deadline in 9 days, 4 of 9 modules done" if n % 3 else "",
        )
        for n in range(count)
    )
    return ListSnapshot(
        kind=ListKind.CASELOAD,
        number="RIV-2027-000001",
        generated_at=datetime(2027, 2, 1, tzinfo=UTC),
        generated_on="February 1, 2027",
        court=Court(name="Riverside Superior Court", county="Riverside County", state="CA"),
        about="Dana Reyes",
        columns=tuple(
            ListColumn(key=key, label=key.replace("_", " ").title(), percent=width)
            for key, width in zip(KEYS, WIDTHS, strict=True)
        ),
        rows=rows,
        verify_url=VERIFY,
    )


class Watch:
    """The largest resident size of any child of a render server, in MB, while the block runs."""

    def __init__(self, renderer: Renderer) -> None:
        assert renderer._server is not None
        self.server, self.most, self.stop = renderer._server.pid, 0.0, threading.Event()
        self.thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop.set()
        self.thread.join()

    def _look(self) -> None:
        children = Path(f"/proc/{self.server}/task/{self.server}/children")
        while not self.stop.wait(0.01):
            for pid in children.read_text().split():
                self.most = max(self.most, resident(int(pid)))


def resident(pid: int) -> float:
    """The largest resident size of a process so far, in MB; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def rows() -> list[Row]:
    """Name, ours, floor, note; milliseconds, medians, in turn."""
    short, long = render_list(snapshot(SHORT), plain), render_list(snapshot(LONG), plain)
    renderer = Renderer()
    with tempfile.TemporaryDirectory() as folder:
        stock = Stock(short, Path(folder), pages=0)
        try:
            drawn = renderer.render(short)
            if drawn.complaints:
                raise RuntimeError(str(drawn.complaints))
            took: dict[str, list[float]] = {"ours": [], "stock": [], "long": []}
            with Watch(renderer) as watch:
                for _round in range(ROUNDS):
                    took["ours"].append(_seconds(renderer, short))
                    took["stock"].append(stock.draw())
                    took["long"].append(_seconds(renderer, long))
        finally:
            stock.close()
            renderer.close()
    ours, floor, whole = (statistics.median(took[key]) * 1000 for key in ("ours", "stock", "long"))
    return [
        (
            f"list: caseload of {SHORT:,} rows, HTML to PDF (ms)",
            ours,
            floor,
            f"{ours / floor:.3f}x stock xhtml2pdf (goal {GOAL_STOCK}x), {drawn.pages} pages",
        ),
        (
            f"list: caseload of {LONG:,} rows, HTML to PDF (ms)",
            whole,
            ours,
            f"{whole / ours:.1f}x the time of {SHORT:,} (goal {GOAL_LONG:.0f}x); "
            f"largest child {watch.most:.0f} MB (goal {GOAL_MB})",
        ),
    ]


def _seconds(renderer: Renderer, html: str) -> float:
    time.sleep(0.3)  # until the server has made its next spare
    began = time.perf_counter()
    renderer.render(html)
    return time.perf_counter() - began


if __name__ == "__main__":
    for name, ours, floor, note in rows():
        print(f"{name}: {ours:.1f} against {floor:.1f}: {note}")
