"""The render server's spare child as a real process: what it holds, and that killing it costs nothing but time."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.reports.html import render_html
from app.reports.render import Renderer, RenderTimeout
from tests.functional.report_samples import plain, two_pages
from tests.render_processes import (
    alive,
    children,
    descriptors_of,
    ends,
    processor_time,
    server_of,
    sockets_of,
    waiting_spare,
)

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    made.start()
    yield made
    made.close()


def stop(pid: int) -> None:
    """Stop it and wait until it stands."""
    os.kill(pid, signal.SIGSTOP)
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        time.sleep(0.01)


def test_a_spare_draws_one_document_and_the_same_bytes_as_any_child(renderer: Renderer) -> None:
    html = render_html(two_pages(), plain)
    first = waiting_spare(renderer)
    by_spare = renderer.render(html)
    assert ends(first)
    second = waiting_spare(renderer)
    assert second != first
    os.kill(second, signal.SIGKILL)
    assert ends(second)
    assert children(server_of(renderer)) == []
    assert renderer.render(html) == by_spare


@pytest.mark.proves("IO-2")
def test_a_spare_holds_no_setting_no_key_and_no_connection(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("a key")
    with key.open() as held, subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as other:
        os.set_inheritable(held.fileno(), True)
        assert other.stdin is not None
        os.set_inheritable(other.stdin.fileno(), True)
        os.environ["PORTAL_TEST_SECRET"] = "hunter2"
        try:
            asker = Renderer()
            asker.start()
        finally:
            del os.environ["PORTAL_TEST_SECRET"]
        spare = waiting_spare(asker)
        pipe = os.readlink(f"/proc/{os.getpid()}/fd/{other.stdin.fileno()}")
        kinds = descriptors_of(spare)
        assert str(key) not in kinds
        assert pipe not in kinds
        assert b"hunter2" not in Path(f"/proc/{spare}/environ").read_bytes()
        # Its end of the pair is all that it has beside the standard three.
        assert len(kinds) == 4
        assert len(sockets_of(spare)) == 1
        asker.close()
        assert not alive(spare)


def test_a_killed_spare_costs_nothing(renderer: Renderer) -> None:
    spare = waiting_spare(renderer)
    server = server_of(renderer)
    os.kill(spare, signal.SIGKILL)
    assert renderer.render("<p>a</p>").pages == 1
    assert server_of(renderer) == server
    assert waiting_spare(renderer) != spare


def test_a_spare_killed_with_a_document_that_it_did_not_take_costs_nothing(renderer: Renderer) -> None:
    spare = waiting_spare(renderer)
    stop(spare)
    with ThreadPoolExecutor(1) as pool:
        drawing = pool.submit(renderer.render, "<p>a</p>")
        time.sleep(0.3)
        assert not drawing.done()
        os.kill(spare, signal.SIGKILL)
        assert drawing.result(20).pages == 1


def test_a_spare_that_does_nothing_is_killed_at_the_deadline() -> None:
    asker = Renderer(seconds=1)
    asker.start()
    spare = waiting_spare(asker)
    stop(spare)
    with pytest.raises(RenderTimeout):
        asker.render("<p>a</p>")
    assert ends(spare)
    assert asker.render("<p>a</p>").pages == 1
    asker.close()


@pytest.mark.parametrize("also_the_spare", [False, True])
def test_the_spare_ends_with_its_server_and_a_new_server_draws(renderer: Renderer, also_the_spare: bool) -> None:
    spare, server = waiting_spare(renderer), server_of(renderer)
    os.kill(server, signal.SIGKILL)
    if also_the_spare:
        os.kill(spare, signal.SIGKILL)
    assert ends(spare)
    assert renderer.render("<p>a</p>").pages == 1
    assert server_of(renderer) != server


def test_the_spare_ends_with_the_worker() -> None:
    script = (
        "import os, sys\n"
        "from app.reports.render import Renderer\n"
        "from tests.render_processes import server_of, waiting_spare\n"
        "renderer = Renderer()\nrenderer.start()\n"
        "print(server_of(renderer), waiting_spare(renderer), flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False)
    server, spare = map(int, done.stdout.split())
    assert ends(spare)
    assert ends(server)


def test_a_spare_that_ends_by_itself_is_not_made_over_and_over(renderer: Renderer) -> None:
    server = server_of(renderer)
    for _ in range(2):
        os.kill(waiting_spare(renderer), signal.SIGKILL)
        before = processor_time(server)
        time.sleep(1)
        assert children(server) == []
        assert processor_time(server) - before < 0.1
        assert renderer.render("<p>a</p>").pages == 1


@pytest.mark.proves("FA-1")
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_documents_come_while_waiting_spares_are_killed_at_random(renderer: Renderer, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(12):
        spare = waiting_spare(renderer)
        victims = chance.choice([[spare], [spare], [server_of(renderer)], [server_of(renderer), spare], []])
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        time.sleep(chance.choice([0, 0, 0.001, 0.01]))
        assert renderer.render(f"<p>{number}</p>").pages == 1, (number, victims)
