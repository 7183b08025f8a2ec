"""The demo through `kill -9` of each of its processes: it starts again soon, and what was acknowledged is there.

A report whose every attempt was cut short says so on its page, where the officer tries again.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import requests

from app.local.processes import wait_until
from tests.demo_kit import EVERYONE, Browser, Demo, id_in, referral_of, scratch_demo

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("DEMO_KILLS", "20"))  # of each process
WAITS_OVER = 15 * 60  # seconds: more than a job waits after its seventh attempt
SEED = int(os.environ.get("DEMO_SEED", "26"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    made = scratch_demo(tmp_path_factory.mktemp("demo") / "checkout")
    try:
        print(f"first start, courts and all: {made.start():.1f} s; load {os.getloadavg()[0]:.1f}")
        yield made
    finally:
        made.discard()


class Clerk(threading.Thread):
    """Refers people one after the other, and sends a form again until the portal has taken it."""

    def __init__(self, demo: Demo) -> None:
        super().__init__(daemon=True)
        self.browser = Browser(demo, "riverside")
        self.browser.sign_in_staff("clerk")
        self.acknowledged: dict[str, str] = {}  # family names -> the address of the referral
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.is_set():
            self._refer(f"Survivor-{uuid4().hex[:12]}")
            self.ended.wait(0.1)

    def _refer(self, name: str) -> None:
        form = None
        while not self.ended.is_set():
            try:
                form = form or self.browser.filled("referrals/new") | referral_of(name, f"27-CR-{name[-6:]}")
            except requests.RequestException:
                self.ended.wait(0.2)
                continue
            if address := self.browser.send("referrals/new", form):
                self.acknowledged[name] = address
                return
            self.ended.wait(0.2)

    def end(self) -> None:
        self.ended.set()
        self.join(60)


def is_up(demo: Demo) -> bool:
    try:
        return requests.get(f"{demo.url}/readyz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def request_report(officer: Browser) -> str | None:
    """Ask for a progress report of the first case; where its page is, once the portal has taken it."""
    try:
        page = officer.get("caseload").text
        case = page.partition("/cases/")[2][:36]
        values = officer.filled(f"cases/{case}/reports") | {"kind": "progress", "language": "en"}
    except requests.RequestException:
        return None
    return officer.send(f"cases/{case}/reports", values)


def test_nothing_acknowledged_is_lost_by_twenty_kills_of_each_process(demo: Demo):
    rng = random.Random(SEED)
    clerk, officer = Clerk(demo), Browser(demo, "riverside")
    officer.sign_in_staff("officer")
    clerk.start()
    reports: list[str] = []
    starts: list[float] = []
    for number in range(KILLS):
        order = list(EVERYONE)
        rng.shuffle(order)
        for name in order:
            reports += [address] if (address := request_report(officer)) else []
            time.sleep(rng.uniform(0, 0.8))
            demo.kill(name)
            if name == "demo":
                starts.append(demo.start())
            assert wait_until(lambda: is_up(demo), 60, 0.1), f"round {number}: no answer after {name} was killed"
    clerk.end()
    # One more blow to everything at once, then everything is counted.
    for name in (*(one for one in EVERYONE if one != "demo"), "demo"):
        demo.kill(name)
    starts.append(demo.start())
    # A job that failed again and again while others died waits longer each time: those waits are over.
    demo.later(WAITS_OVER)
    print(
        f"{KILLS} kills of each of {len(EVERYONE)} processes: starts {min(starts):.1f} to {max(starts):.1f} s, "
        f"load {os.getloadavg()[0]:.1f}; {len(clerk.acknowledged)} referrals and {len(reports)} reports acknowledged"
    )
    assert len(clerk.acknowledged) >= KILLS
    assert reports
    for name, address in clerk.acknowledged.items():
        assert name in clerk.browser.get(address.removeprefix("/riverside/")).text
    assert referred_twice(demo) == []
    again = [address for address in set(reports) if not comes(demo, officer, address)]
    print(f"{len(again)} of them lost all their attempts to kills, and said so with a button to try again")
    for address in again:
        path = f"reports/{id_in(address)}"
        assert officer.send(f"{path}/retry", officer.filled(path))
        assert comes(demo, officer, address), f"{address} was tried again and failed again"
    assert max(starts) < 60


def comes(demo: Demo, officer: Browser, address: str) -> bool:
    """Wait until a report is there (True), or its page offers to try again (False)."""
    seen = ""

    def is_over() -> bool:
        nonlocal seen
        seen = officer.get(f"reports/{id_in(address)}").text
        return f"{id_in(address)}/file" in seen or f"{id_in(address)}/retry" in seen

    assert wait_until(is_over, 120, 0.5), f"{address} never came: {what_is_known(demo, id_in(address))}\n{seen[-3000:]}"
    return f"{id_in(address)}/file" in seen


def what_is_known(demo: Demo, report_id: str) -> list[object]:
    """The report, its jobs, and how many jobs wait: for whoever reads a failure."""
    with psycopg.connect(demo.postgres.superuser_url("portal").replace("+psycopg", "")) as connection:
        return [
            connection.execute("SELECT number, state, error, job_id FROM report WHERE id = %s", [report_id]).fetchone(),
            *connection.execute(
                "SELECT attempt, due_at, sent_at, lease_until, done_at, failed_at, error, now() FROM outbox "
                "WHERE subject_id = %s ORDER BY id",
                [report_id],
            ),
            *connection.execute(
                "SELECT kind, attempt, count(*), min(due_at), max(sent_at) FROM outbox WHERE done_at IS NULL "
                "AND failed_at IS NULL GROUP BY 1, 2"
            ),
        ]


def referred_twice(demo: Demo) -> list[str]:
    with psycopg.connect(demo.postgres.superuser_url("portal").replace("+psycopg", "")) as connection:
        rows = connection.execute(
            "SELECT family_names FROM person WHERE family_names LIKE 'Survivor-%%' GROUP BY 1 HAVING count(*) > 1"
        )
        return [name for (name,) in rows]


def test_stopping_leaves_nothing_behind_and_everything_kept(demo: Demo):
    clerk = Browser(demo, "riverside")
    clerk.sign_in_staff("administrator")
    before = demo.url
    seconds = demo.stop()
    assert demo.left_running() == []
    started = demo.start()
    print(f"stopped in {seconds:.1f} s, started in {started:.1f} s, load {os.getloadavg()[0]:.1f}")
    assert demo.url == before  # an address that was printed yesterday works today
    assert "/sign-in" not in clerk.get("staff").url  # not even signed out
    assert seconds < 30


def test_a_second_demo_in_the_same_folder_leaves_the_first_alone(demo: Demo):
    pids = {name: demo.pid(name) for name in EVERYONE}
    said = demo.said()
    second = Demo(demo.folder)
    second.console = demo.folder / "second.txt"
    assert second.begin().wait(60) == 1
    assert "already running" in second.said()
    assert "Traceback" not in second.said()
    assert {name: demo.pid(name) for name in EVERYONE} == pids
    assert demo.said().startswith(said)  # its worker may have said more meanwhile


def test_another_checkout_runs_beside_it(demo: Demo, tmp_path: Path):
    """Its ports are others, and neither sees the other's courts: the second is killed while it is making them."""
    other = scratch_demo(tmp_path / "other")
    try:
        process = other.process = other.begin()
        assert wait_until(lambda: (other.var / "ports.json").exists() or process.poll() is not None, 60)
        assert wait_until(lambda: "Making the demo courts" in other.said() or process.poll() is not None, 60)
        assert process.poll() is None, other.said()
        assert other.url != demo.url
        assert is_up(demo)
        other.stop()
        assert "Traceback" not in other.said()
        assert wait_until(lambda: other.left_running() == [], 10), other.left_running()
        assert is_up(demo)
    finally:
        other.discard()
