"""The supervisor: what dies comes back, Ctrl-C ends everything, a killed run leaves nothing in the next one's way."""

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.local.ports import free_port, is_free
from app.local.processes import LocalServerError, Mark, wait_until
from app.local.supervisor import Process, Supervisor

ROOT = Path(__file__).parents[2]
# Stands for a web server: holds a port, says its id, and has a child of its own, as gunicorn has.
HOLDER = """
import os, socket, subprocess, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
helper = subprocess.Popen(["sleep", "120"], start_new_session=True)
print("pids", os.getpid(), helper.pid, flush=True)
time.sleep(120)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(120)
"""
STEADY = "import time; print('up', flush=True); time.sleep(120)"
DEMO = """
import sys
from pathlib import Path
from app.local.supervisor import Process, Supervisor
holder, folder, port = sys.argv[1:]
supervisor = Supervisor(Path(folder), [Process("web", [sys.executable, "-c", holder, port], {})])
supervisor.start()
print("started", flush=True)
supervisor.wait()
print("stopped", flush=True)
"""


def python(name: str, code: str, *words: str, ready: Callable[[], bool] | None = None) -> Process:
    return Process(name, [sys.executable, "-c", code, *words], {"PYTHONUNBUFFERED": "1"}, ready)


Make = Callable[..., Supervisor]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Supervisor] = []

    def new(*processes: Process, output: io.StringIO | None = None) -> Supervisor:
        made.append(Supervisor(tmp_path / "var", processes, output=output or io.StringIO()))
        return made[-1]

    yield new
    for supervisor in made:
        supervisor.stop()


def log_of(folder: Path, name: str) -> str:
    file = folder / "var" / "log" / f"{name}.log"
    return file.read_text() if file.exists() else ""


def pid_of(folder: Path, name: str) -> int:
    mark = Mark.load(folder / "var" / "run" / f"{name}.pid")
    assert mark is not None
    return mark.pid


def marks_said(folder: Path) -> list[Mark]:
    """The holder and its helper, by what the holder printed last."""
    assert wait_until(lambda: "pids" in log_of(folder, "web"), 10)
    said = [line for line in log_of(folder, "web").splitlines() if line.startswith("pids")][-1]
    marks = [Mark.of(int(word)) for word in said.split()[1:]]
    assert None not in marks
    return [mark for mark in marks if mark is not None]


def test_output_goes_to_the_console_behind_its_name_and_to_a_log(make: Make, tmp_path: Path) -> None:
    output = io.StringIO()
    make(python("web", "print('hello'); import time; time.sleep(60)"), python("worker", STEADY), output=output).start()
    assert wait_until(lambda: "web    | hello\n" in output.getvalue() and "worker | up\n" in output.getvalue(), 10)
    assert "hello" in log_of(tmp_path, "web")
    assert "hello" not in log_of(tmp_path, "worker")


def test_the_environment_given_is_added(make: Make, tmp_path: Path) -> None:
    code = "import os, time; print(os.environ['COLOR'], 'PATH' in os.environ, flush=True); time.sleep(60)"
    make(Process("web", [sys.executable, "-c", code], {"COLOR": "green"})).start()
    assert wait_until(lambda: "green True" in log_of(tmp_path, "web"), 10)


def test_start_waits_until_the_process_is_ready(make: Make) -> None:
    port = free_port()
    supervisor = make(
        python("web", f"import time; time.sleep(0.5)\n{HOLDER}", str(port), ready=lambda: not is_free(port))
    )
    supervisor.start()
    socket.create_connection(("127.0.0.1", port), 1).close()


def test_a_process_that_never_gets_ready_is_named_with_what_it_said(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("app.local.supervisor.READY_SECONDS", 2.0)
    supervisor = make(
        python("web", "raise SystemExit('DATABASE_URL is missing')", ready=lambda: False), python("worker", STEADY)
    )
    with pytest.raises(LocalServerError, match=r"web did not get ready(.|\n)*DATABASE_URL is missing"):
        supervisor.start()
    assert not list((tmp_path / "var" / "run").glob("*.pid"))


def test_a_killed_process_comes_back(make: Make, tmp_path: Path) -> None:
    port = free_port()
    make(python("web", HOLDER, str(port), ready=lambda: not is_free(port)), python("worker", STEADY)).start()
    web, worker = pid_of(tmp_path, "web"), pid_of(tmp_path, "worker")
    assert wait_until(lambda: "pids" in log_of(tmp_path, "web"), 60)
    os.kill(web, signal.SIGKILL)
    assert wait_until(lambda: "killed by SIGKILL" in log_of(tmp_path, "web"), 10)
    # One that does not come up at once is tried again after up to 5 s: patience, and the log if it was not enough.
    assert wait_until(lambda: log_of(tmp_path, "web").count("pids") == 2, 60), log_of(tmp_path, "web")
    assert pid_of(tmp_path, "web") != web
    assert pid_of(tmp_path, "worker") == worker
    assert not is_free(port)


def test_a_process_that_keeps_dying_is_tried_ever_more_slowly(make: Make, tmp_path: Path) -> None:
    make(python("web", "import sys, time; time.sleep(0.2); sys.exit(3)")).start()
    assert wait_until(lambda: "starting again in 0.8 s" in log_of(tmp_path, "web"), 10)
    waits = [line.split()[-2] for line in log_of(tmp_path, "web").splitlines() if "starting again" in line]
    assert waits[:3] == ["0.2", "0.4", "0.8"]
    assert "ended (exit 3)" in log_of(tmp_path, "web")


def test_a_program_that_does_not_exist_is_named(make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("app.local.supervisor.READY_SECONDS", 1.0)
    with pytest.raises(LocalServerError, match="web did not get ready"):
        make(Process("web", ["/no/such/program"], {})).start()
    assert "cannot be started" in log_of(tmp_path, "web")


def test_stop_ends_all_in_its_time_the_deaf_and_their_children_too(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("app.local.supervisor.STOP_SECONDS", 3.0)
    port = free_port()
    supervisor = make(python("web", HOLDER, str(port)), python("deaf", STUBBORN), python("worker", STEADY))
    supervisor.start()
    marks = marks_said(tmp_path)
    assert wait_until(lambda: "deaf" in log_of(tmp_path, "deaf"), 10)
    for name in ("deaf", "worker"):
        mark = Mark.of(pid_of(tmp_path, name))
        assert mark is not None
        marks.append(mark)
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 5
    assert [mark for mark in marks if mark.alive()] == []
    assert is_free(port)
    supervisor.stop()


def test_processes_stop_in_reverse_order(make: Make, tmp_path: Path) -> None:
    order = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        "def end(number, frame):\n"
        "    time.sleep(0.3)\n"
        "    open(sys.argv[1], 'a').write(sys.argv[2] + ' ')\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('listening', flush=True)\n"
        "time.sleep(120)\n"
    )
    names = ("first", "second", "third")
    supervisor = make(*(python(name, code, str(order), name) for name in names))
    supervisor.start()
    assert wait_until(lambda: all("listening" in log_of(tmp_path, name) for name in names), 10)
    supervisor.stop()
    assert order.read_text().split() == ["third", "second", "first"]


def test_a_second_supervisor_of_one_folder_is_refused(make: Make, tmp_path: Path) -> None:
    make(python("web", STEADY)).start()
    first = pid_of(tmp_path, "web")
    with pytest.raises(LocalServerError, match="already running"):
        make(python("web", STEADY)).start()
    mark = Mark.of(first)
    assert mark is not None
    assert mark.alive()


def test_two_processes_of_one_name_are_refused(make: Make) -> None:
    with pytest.raises(ValueError, match="same name"):
        make(python("web", STEADY), python("web", STEADY))


def test_a_watched_server_is_started_again(make: Make) -> None:
    output = io.StringIO()
    supervisor = make(output=output)
    supervisor.start()
    servers = [subprocess.Popen(["sleep", "120"])]
    attempts = []

    def start() -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise LocalServerError("the disk is full")
        servers.append(subprocess.Popen(["sleep", "120"]))

    supervisor.watch("postgres", lambda: servers[-1].poll() is None, start)
    assert not wait_until(lambda: len(servers) > 1, 1)
    servers[0].kill()
    assert wait_until(lambda: len(servers) > 1, 10)
    assert "postgres | did not start: the disk is full" in output.getvalue()
    assert wait_until(lambda: "postgres | is back" in output.getvalue(), 5)
    supervisor.stop()
    servers[-1].kill()
    assert not wait_until(lambda: len(servers) > 2, 1.5)
    for server in servers:
        server.wait()


@pytest.fixture
def demos(tmp_path: Path) -> Iterator[Callable[[int], subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(port: int) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", DEMO, HOLDER, str(tmp_path / "var"), str(port)]
        demo = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        started.append(demo)
        read_until(demo, "started")
        return demo

    yield start
    for demo in started:
        if demo.poll() is None:
            demo.terminate()
        demo.wait(15)


def read_until(demo: subprocess.Popen[str], word: str) -> None:
    assert demo.stdout is not None
    for line in demo.stdout:
        if line.strip() == word:
            return
    pytest.fail(f"the demo ended without {word!r}")


def listens(pid: int, number: signal.Signals) -> bool:
    """Whether the process has a handler of its own for the signal."""
    caught = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.M)
    return bool(caught and int(caught[1], 16) >> (number - 1) & 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(
    demos: Callable[[int], subprocess.Popen[str]], tmp_path: Path, number: signal.Signals
) -> None:
    port = free_port()
    demo = demos(port)
    marks = marks_said(tmp_path)
    # Where the shell had it ignored, a signal that comes before the supervisor listens is lost.
    assert wait_until(lambda: listens(demo.pid, number), 10)
    demo.send_signal(number)
    read_until(demo, "stopped")
    assert demo.wait(10) == 0
    assert [mark for mark in marks if mark.alive()] == []
    assert is_free(port)


def test_a_killed_supervisors_processes_end_by_themselves(
    demos: Callable[[int], subprocess.Popen[str]], tmp_path: Path
) -> None:
    port = free_port()
    demo = demos(port)
    holder, _ = marks_said(tmp_path)
    demo.kill()
    demo.wait()
    assert wait_until(lambda: not holder.alive() and is_free(port), 10)


def test_the_next_run_ends_what_a_killed_one_left(
    demos: Callable[[int], subprocess.Popen[str]], tmp_path: Path
) -> None:
    port = free_port()
    demo = demos(port)
    left = marks_said(tmp_path)
    demo.kill()
    demo.wait()
    demos(port)
    assert [mark for mark in left if mark.alive()] == []
    assert wait_until(lambda: log_of(tmp_path, "web").count("pids") == 2, 10)
    assert not is_free(port)
    assert log_of(tmp_path, "web").count("Address already in use") == 0


def test_a_record_whose_id_has_gone_to_another_program_harms_nobody(make: Make, tmp_path: Path) -> None:
    records = tmp_path / "var" / "run"
    records.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        Mark(stranger.pid, "an-earlier-boot/17").save(records / "web.pid")
        make(python("worker", STEADY)).start()
        assert not wait_until(lambda: stranger.poll() is not None, 0.5)
        assert not (records / "web.pid").exists()
        stranger.kill()


def test_a_recorded_process_is_ended_even_without_its_environment(make: Make, tmp_path: Path) -> None:
    records = tmp_path / "var" / "run"
    records.mkdir(parents=True)
    with subprocess.Popen(["sleep", "120"]) as left:
        mark = Mark.of(left.pid)
        assert mark is not None
        mark.save(records / "web.pid")
        make(python("worker", STEADY)).start()
        assert not mark.alive()
        assert left.wait(5) == -signal.SIGTERM
