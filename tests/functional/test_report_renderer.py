"""The render server as a process: what it holds, how it dies, who shares it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.reports.render import Renderer, RenderFailed, RenderTimeout
from tests.render_processes import alive, descriptors_of, server_of, waiting_spare

PROJECT = Path(__file__).resolve().parents[2]
SLOW_ROWS = "<table>" + "<tr><td width='50%'><p>a b</p></td><td width='50%'><p>c</p></td></tr>" * 60_000 + "</table>"


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


@pytest.mark.proves("IO-2")
def test_the_render_server_knows_no_setting_and_holds_no_connection(renderer: Renderer) -> None:
    os.environ["PORTAL_TEST_SECRET"] = "hunter2"
    with open(os.devnull) as held:
        os.set_inheritable(held.fileno(), True)
        fresh = Renderer()
        fresh.start()
    server = Path(f"/proc/{server_of(fresh)}")
    names = {entry.split(b"=")[0].decode() for entry in (server / "environ").read_bytes().split(b"\0") if entry}
    del os.environ["PORTAL_TEST_SECRET"]
    assert names <= {"HOME", "TMPDIR", "LANG", "PYTHONHASHSEED"}
    waiting_spare(fresh)
    kinds = descriptors_of(server_of(fresh))
    # Where it is asked, and its end of the pair that leads to the spare.
    assert sum(k.startswith("socket:") for k in kinds) == 2
    assert not [k for k in kinds if k.startswith("/") and k != os.devnull and not k.startswith(str(fresh.folder))]
    fresh.close()


def test_a_document_that_never_ends_is_killed_at_its_deadline() -> None:
    with_deadline = Renderer(seconds=2)
    with_deadline.start()
    began = time.monotonic()
    with pytest.raises(RenderTimeout):
        with_deadline.render(SLOW_ROWS)
    assert time.monotonic() - began < 8
    # The server itself lives on and draws the next one.
    assert with_deadline.render("<p>a</p>").pages == 1
    with_deadline.close()


def test_a_document_that_wants_all_memory_is_refused() -> None:
    small = Renderer(seconds=20, memory_bytes=160 << 20)
    small.start()
    with pytest.raises(RenderFailed) as caught:
        small.render(SLOW_ROWS)
    assert not isinstance(caught.value, RenderTimeout)
    assert "memory" in caught.value.reason
    assert small.render("<p>a</p>").pages == 1
    small.close()


def test_a_dead_server_is_started_again(renderer: Renderer) -> None:
    assert renderer.render("<p>a</p>").pages == 1
    before = server_of(renderer)
    os.kill(before, 9)
    assert renderer.render("<p>a</p>").pages == 1
    assert server_of(renderer) != before


def test_threads_share_one_server() -> None:
    shared = Renderer()
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda n: shared.render(f"<p>{n}</p>").pages, range(24)))
    assert pages == [1] * 24
    server_of(shared)
    shared.close()


def test_a_forked_worker_uses_and_can_revive_the_server_of_its_parent() -> None:
    shared = Renderer()
    shared.start()
    before = server_of(shared)
    for kill_first in (False, True):
        if kill_first:
            os.kill(before, 9)
        child = os.fork()
        if not child:
            try:
                os._exit(0 if shared.render("<p>a</p>").pages == 1 else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    # The server that the worker started outlives the worker and serves the parent.
    revived = server_of(shared)
    assert revived != before
    assert shared.render("<p>a</p>").pages == 1
    assert server_of(shared) == revived
    shared.close()


def test_the_server_ends_with_its_last_user() -> None:
    script = (
        "from app.reports.render import Renderer\n"
        "import os\n"
        "renderer = Renderer()\nrenderer.start()\nprint(renderer._server.pid, renderer.folder, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, check=False)
    pid, folder = done.stdout.decode().split()
    for _ in range(100):
        if not alive(int(pid)) and not Path(folder).exists():
            return
        time.sleep(0.05)
    raise AssertionError("the server outlived its user")


def test_a_closed_renderer_leaves_nothing_behind() -> None:
    short = Renderer()
    short.render("<p>a</p>")
    pid = server_of(short)
    short.close()
    assert not alive(pid)
    assert not short.folder.exists()
    with pytest.raises(RenderFailed):
        short.render("<p>a</p>")
