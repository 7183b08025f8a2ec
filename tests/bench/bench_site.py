"""The whole site as each role, at the demo's size: the ten pages that cost the most, with what they ask PostgreSQL.

CPU of this process alone, the least of BENCH_SITE_ROUNDS (3) looks after a first one; the floor is the sign-in page.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from app.permissions.identity import Role
from tests.bench.bench_lists import Row
from tests.pages.demo import running_demo
from tests.pages.finding import MOST_STATEMENTS, Stop, counting, find
from tests.pages.site import Site

ROUNDS = int(os.environ.get("BENCH_SITE_ROUNDS", "3"))
SLOWEST = 10
MOST_MS = 60.0


def rows() -> list[Row]:
    """Name, ours, floor, note; milliseconds of CPU."""
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as site:
        return _measured(site)


def _measured(site: Site) -> list[Row]:
    found = find(site, each_role=True)
    costs = {stop: _cost(site, stop) for stop in found.stops}
    floor = next(cost for stop, (cost, _count) in costs.items() if stop.endpoint == "accounts.staff_sign_in")
    slowest = sorted(costs.items(), key=lambda one: one[1], reverse=True)
    over = [stop for stop, (cost, count) in costs.items() if cost > MOST_MS or count > MOST_STATEMENTS]
    shown = [one for number, one in enumerate(slowest) if number < SLOWEST or one[0] in over]
    made = [
        (
            f"page: {stop.endpoint} as {stop.role} (ms)",
            cost,
            floor,
            f"{count} statements{' OVER THE GOAL' if stop in over else ''}",
        )
        for stop, (cost, count) in shown
    ]
    roles = len({stop.role for stop in costs if stop.role is not Role.NOBODY})
    note = f"of {len(costs)} pages as {roles} roles (goal 0: {MOST_STATEMENTS} statements, {MOST_MS:.0f} ms)"
    return [*made, ("pages over the goal", len(over), 0, note)]


def _cost(site: Site, stop: Stop) -> tuple[float, int]:
    """Milliseconds of CPU, and statements, of a page that was seen before."""
    least = float("inf")
    with counting(site.portal, site.console) as statements:
        for _round in range(ROUNDS):
            del statements[:]
            began = time.process_time()
            stop.client.http.get(stop.path)
            least = min(least, time.process_time() - began)
        return least * 1000, len(statements)
