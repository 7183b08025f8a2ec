"""`python -m tests.sabotage [CO-1 ...]`: every sabotage, or those of the named lines. Fails if one stays green."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

from tests.sabotage.accountability import SABOTAGES as ACCOUNTABILITY
from tests.sabotage.agreements import SABOTAGES as AGREEMENTS
from tests.sabotage.attention import SABOTAGES as ATTENTION
from tests.sabotage.batches import SABOTAGES as BATCHES
from tests.sabotage.bench import SABOTAGES as BENCH
from tests.sabotage.bench_reports import SABOTAGES as BENCH_REPORTS
from tests.sabotage.breaking import LIMIT_OF_ALL, Outdated, Sabotage, broken, copy_of_the_portal, run_tests
from tests.sabotage.case_work import SABOTAGES as CASE_WORK
from tests.sabotage.caseload import SABOTAGES as CASELOAD
from tests.sabotage.console import SABOTAGES as CONSOLE
from tests.sabotage.courts import SABOTAGES as COURTS
from tests.sabotage.curriculum import SABOTAGES as CURRICULUM
from tests.sabotage.delivering import SABOTAGES as DELIVERING
from tests.sabotage.ends_of_records import SABOTAGES as ENDS_OF_RECORDS
from tests.sabotage.imports import SABOTAGES as IMPORTS
from tests.sabotage.journey import SABOTAGES as JOURNEY
from tests.sabotage.learning import SABOTAGES as LEARNING
from tests.sabotage.looking_back import SABOTAGES as LOOKING_BACK
from tests.sabotage.money_counter import SABOTAGES as MONEY_COUNTER
from tests.sabotage.money_deciding import SABOTAGES as MONEY_DECIDING
from tests.sabotage.money_papers import SABOTAGES as MONEY_PAPERS
from tests.sabotage.money_stripe import SABOTAGES as MONEY_STRIPE
from tests.sabotage.money_waiving import SABOTAGES as MONEY_WAIVING
from tests.sabotage.moving import SABOTAGES as MOVING
from tests.sabotage.notices import SABOTAGES as NOTICES
from tests.sabotage.one_portal import SABOTAGES as ONE_PORTAL
from tests.sabotage.people import SABOTAGES as PEOPLE
from tests.sabotage.records import SABOTAGES as RECORDS
from tests.sabotage.recovery import SABOTAGES as RECOVERY
from tests.sabotage.rendering import SABOTAGES as RENDERING
from tests.sabotage.report_formats import SABOTAGES as REPORT_FORMATS
from tests.sabotage.reviewing import SABOTAGES as REVIEWING
from tests.sabotage.rules import SABOTAGES as RULES
from tests.sabotage.seen import SABOTAGES as SEEN
from tests.sabotage.services_away import SABOTAGES as SERVICES_AWAY
from tests.sabotage.staff import SABOTAGES as STAFF
from tests.sabotage.team import SABOTAGES as TEAM
from tests.sabotage.words import SABOTAGES as WORDS
from tests.servers import RunningServers

PROCESSORS = os.cpu_count() or 1

ALL = (
    *ACCOUNTABILITY,
    *AGREEMENTS,
    *ATTENTION,
    *BATCHES,
    *BENCH,
    *CASELOAD,
    *BENCH_REPORTS,
    *CASE_WORK,
    *CONSOLE,
    *COURTS,
    *CURRICULUM,
    *DELIVERING,
    *ENDS_OF_RECORDS,
    *IMPORTS,
    *JOURNEY,
    *LEARNING,
    *LOOKING_BACK,
    *MONEY_COUNTER,
    *MONEY_DECIDING,
    *MONEY_PAPERS,
    *MONEY_STRIPE,
    *MONEY_WAIVING,
    *MOVING,
    *NOTICES,
    *ONE_PORTAL,
    *PEOPLE,
    *RECORDS,
    *RECOVERY,
    *RENDERING,
    *REPORT_FORMATS,
    *REVIEWING,
    *RULES,
    *SEEN,
    *SERVICES_AWAY,
    *STAFF,
    *TEAM,
    *WORDS,
)


def chosen(lines: list[str]) -> list[Sabotage]:
    return [sabotage for sabotage in ALL if not lines or sabotage.line in lines]


@dataclass(frozen=True)
class Place:
    """A copy of the portal to break, and the servers that its tests run over."""

    copy: Path
    servers: RunningServers


def carry_out(place: Place, sabotage: Sabotage) -> str:
    """`red` as it should be; otherwise what went wrong."""
    servers = None if sabotage.before_the_servers else place.servers
    try:
        with broken(place.copy, sabotage.edits):
            run = run_tests(place.copy, sabotage.tests, servers=servers)
    except Outdated as outdated:
        return f"OUTDATED: {outdated}"
    place.servers.clear()
    if run.red:
        return "red"
    return "STAYED GREEN" if run.green else f"COULD NOT RUN: {run.words[:400]}"


def main(lines: list[str]) -> int:
    sabotages = chosen(lines)
    with tempfile.TemporaryDirectory(prefix="portal-sabotage-") as folder:
        # One copy for each processor; each breaks one thing at a time.
        places: Queue[Place] = Queue()
        for number in range(PROCESSORS):
            copy = Path(folder) / str(number) / "portal"
            copy_of_the_portal(copy)
            places.put(Place(copy, RunningServers.start()))
        tests = tuple(sorted({test for sabotage in sabotages for test in sabotage.tests}))
        before = run_tests(copy, tests, limit=LIMIT_OF_ALL, workers=2 * PROCESSORS)
        if not before.green:
            print(f"The tests are not green to begin with:\n{before.words}")
            return 2
        with ThreadPoolExecutor(places.qsize()) as at_once:
            wrong = sum(at_once.map(lambda sabotage: _stayed_green(places, sabotage), sabotages))
        while not places.empty():
            places.get().servers.end()
    print(f"{len(sabotages) - wrong} of {len(sabotages)} sabotages turn their test red.")
    return 1 if wrong else 0


def _stayed_green(places: Queue[Place], sabotage: Sabotage) -> bool:
    """Carry out one sabotage in a place that is free, and say what came of it."""
    place = places.get()
    try:
        began = time.monotonic()
        result = carry_out(place, sabotage)
        print(f"{sabotage.line:5} {sabotage.name:60} {result}  ({time.monotonic() - began:.0f} s)", flush=True)
        return result != "red"
    finally:
        places.put(place)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
