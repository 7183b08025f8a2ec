"""Our own Valkey: one server a folder, queued work survives a kill, nothing is left behind."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.local.ports import PortTakenError, free_port
from app.local.processes import LocalServerError, Mark, wait_until
from app.local.valkey import LocalValkey, valkey_program

ROOT = Path(__file__).parents[2]
START = """
import sys, time
from pathlib import Path
from app.local.valkey import LocalValkey
server = LocalValkey(Path(sys.argv[1]), durable=sys.argv[2] == "durable")
server.start()
print(server.pid, flush=True)
time.sleep(float(sys.argv[3]))
"""

Make = Callable[..., LocalValkey]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[LocalValkey] = []

    def new(name: str = 'val"key x', *, durable: bool = True, port: int | None = None) -> LocalValkey:
        made.append(LocalValkey(tmp_path / name, durable=durable, port=port))
        return made[-1]

    yield new
    for server in made:
        server.stop()


def client(server: LocalValkey) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


def kill(server: LocalValkey) -> None:
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)


def in_another_process(server: LocalValkey, durable: str, seconds: float) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", START, str(server.folder), durable, str(seconds)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def said_pid(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_a_key_and_the_address_are_there_after_a_restart(make: Make) -> None:
    server = make()
    server.start()
    address = server.url
    client(server).set("k", "kept")
    server.stop()
    assert not server.alive()
    began = time.monotonic()
    server.start()
    print(f"later start {time.monotonic() - began:.2f} s")
    assert server.url == address
    assert client(server).get("k") == "kept"


def test_it_writes_every_change_and_never_throws_work_away(make: Make) -> None:
    server = make()
    server.start()
    wanted = {"appendonly": "yes", "appendfsync": "everysec", "save": "", "aof-load-truncated": "yes"}
    wanted |= {"maxmemory-policy": "noeviction", "bind": "127.0.0.1"}
    assert {name: client(server).config_get(name)[name] for name in wanted} == wanted


def test_without_the_password_nobody_gets_in(make: Make) -> None:
    server = make()
    server.start()
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=server.port, retry=Retry(NoBackoff(), 0)).ping()
    assert (server.folder / "password").stat().st_mode & 0o077 == 0
    password = (server.folder / "password").read_text().encode()
    assert password not in Path(f"/proc/{server.pid}/cmdline").read_bytes()


def test_a_running_server_is_adopted_also_without_its_record(make: Make) -> None:
    first, second = make(), make()
    first.start()
    pid = first.pid
    # As if whoever started it was killed before it could write down the id.
    (first.folder / "valkey.pid").unlink()
    second.start()
    assert second.pid == pid
    second.stop()
    assert first.pid is None


def test_two_folders_run_side_by_side(make: Make) -> None:
    left, right = make("left"), make("right")
    left.start()
    right.start()
    client(left).set("only", "here")
    assert client(right).get("only") is None
    left.stop()
    assert client(right).ping()


def test_a_copied_folder_has_a_server_of_its_own(make: Make, tmp_path: Path) -> None:
    original = make("original")
    original.start()
    shutil.copytree(tmp_path / "original", tmp_path / "copy")
    copy = make("copy")
    assert copy.pid is None
    copy.start()
    assert copy.port != original.port
    client(copy).set("only", "in the copy")
    assert client(original).get("only") is None
    copy.stop()
    assert client(original).ping()


def test_racing_starts_give_one_server(make: Make) -> None:
    server = make()
    racers = [in_another_process(server, "durable", 0) for _ in range(3)]
    pids = {said_pid(racer) for racer in racers}
    assert [racer.wait(30) for racer in racers] == [0, 0, 0]
    server.start()
    assert {server.pid} == pids


def test_a_test_server_ends_with_the_process_that_started_it(make: Make) -> None:
    server = make()
    parent = in_another_process(server, "forgetful", 60)
    mark = Mark.of(said_pid(parent))
    assert mark is not None
    parent.kill()
    parent.wait()
    assert wait_until(lambda: not mark.alive(), 10)


def test_another_programs_server_on_our_port_is_neither_adopted_nor_stopped(make: Make) -> None:
    server = make()
    server.start()
    port = server.port
    server.stop()
    # One without a password answers every question, also what its process id is.
    with subprocess.Popen([valkey_program(), "--port", str(port), "--save", ""], stdout=subprocess.DEVNULL) as foreign:
        stranger = redis.Redis(port=port)
        assert wait_until(lambda: _answers(stranger), 5)
        server.start()
        assert server.port != port
        server.stop()
        assert stranger.ping()
        foreign.terminate()


def _answers(connection: redis.Redis) -> bool:
    try:
        return bool(connection.ping())
    except redis.ConnectionError:
        return False


def test_a_port_asked_for_is_used_or_refused(make: Make) -> None:
    port = free_port()
    server = make(port=port)
    with socket.create_server(("127.0.0.1", port)), pytest.raises(PortTakenError, match=str(port)):
        server.start()
    server.start()
    assert server.port == port
    assert client(server).ping()


def test_the_address_of_a_server_that_never_ran_is_an_error(make: Make) -> None:
    with pytest.raises((LocalServerError, FileNotFoundError)):
        _ = make("never").url


def test_half_a_command_at_the_end_of_the_file_is_cut_off(make: Make) -> None:
    server = make()
    server.start()
    connection = client(server)
    for number in range(100):
        connection.rpush("queue", f"job {number}")
    kill(server)
    assert wait_until(lambda: not server.alive(), 5)
    file = next(server.data.rglob("*.incr.aof"))
    os.truncate(file, file.stat().st_size - 5)
    server.start()
    assert client(server).lrange("queue", 0, -1) == [f"job {number}" for number in range(99)]


def kill_again_and_again(server: LocalValkey, times: int, seed: int) -> None:
    chance = random.Random(seed)
    server.start()
    for _ in range(times):
        connection = client(server)
        before = int(connection.llen("queue"))
        answered = before
        for _ in range(chance.randrange(1, 200)):
            answered = int(connection.rpush("queue", answered))
        kill(server)
        began = time.monotonic()
        server.start()
        kept = client(server).lrange("queue", 0, -1)
        print(f"back after kill -9 in {time.monotonic() - began:.2f} s, {len(kept)} of {answered} jobs")
        # While it waits for the disk it holds back what it has answered: the newest may go, nothing before or between.
        assert kept == [str(number) for number in range(len(kept))]
        assert before <= len(kept) <= answered


def test_what_was_queued_two_seconds_before_kill_9_is_kept(make: Make) -> None:
    server = make()
    server.start()
    for number in range(500):
        client(server).rpush("queue", number)
    time.sleep(2.5)
    kill(server)
    server.start()
    assert client(server).llen("queue") == 500


def test_a_queue_comes_back_in_order_after_kill_9(make: Make) -> None:
    kill_again_and_again(make(), 3, seed=1)


@pytest.mark.slow
def test_a_queue_comes_back_in_order_after_twenty_kill_9(make: Make) -> None:
    kill_again_and_again(make(), 20, seed=2)
