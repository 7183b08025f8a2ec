"""Our own PostgreSQL: one server a folder, nothing committed is lost, nothing is left behind."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from app.local.ports import PortTakenError
from app.local.postgres import LocalPostgres
from app.local.processes import LocalServerError, Mark, wait_until

ROOT = Path(__file__).parents[2]
START = """
import sys, time
from pathlib import Path
from app.local.postgres import LocalPostgres
server = LocalPostgres(Path(sys.argv[1]), durable=sys.argv[2] == "durable")
server.start()
print(server.pid, flush=True)
time.sleep(float(sys.argv[3]))
"""


@pytest.fixture
def base() -> Iterator[Path]:
    # Not pytest's own temp folder, which other users, and so PostgreSQL when started by root, cannot enter.
    path = Path(tempfile.mkdtemp(prefix="portal-local-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


Make = Callable[..., LocalPostgres]


@pytest.fixture
def make(base: Path) -> Iterator[Make]:
    made: list[LocalPostgres] = []

    def new(name: str = "pg", *, durable: bool = False, port: int | None = None) -> LocalPostgres:
        made.append(LocalPostgres(base / name, durable=durable, port=port))
        return made[-1]

    yield new
    for server in made:
        server.discard()


def connect(server: LocalPostgres) -> psycopg.Connection:
    return psycopg.connect(server.superuser_url().replace("+psycopg", ""), autocommit=True)


def ask(server: LocalPostgres, question: str) -> object:
    with connect(server) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def in_another_process(folder: Path, durable: str, seconds: float) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", START, str(folder), durable, str(seconds)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def said_pid(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_a_row_and_the_port_are_there_after_a_restart(make: Make) -> None:
    server = make(durable=True)
    began = time.monotonic()
    server.start()
    print(f"first start {time.monotonic() - began:.2f} s")
    port = server.port
    with connect(server) as connection:
        connection.execute("create table t as select 7 as n")
    server.stop()
    assert server.pid is None
    assert not server.alive()
    began = time.monotonic()
    server.start()
    print(f"later start {time.monotonic() - began:.2f} s")
    assert server.port == port
    assert ask(server, "select n from t") == 7
    server.stop()


def test_it_is_the_version_and_the_settings_that_we_promise(make: Make) -> None:
    server = make(durable=True)
    server.start()
    assert str(ask(server, "show server_version")).startswith("18.")
    wanted = {
        "data_checksums": "on",
        "fsync": "on",
        "full_page_writes": "on",
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "server_encoding": "UTF8",
        "timezone": "UTC",
    }
    assert {name: ask(server, f"show {name}") for name in wanted} == wanted
    assert ask(server, "select datcollate from pg_database where datname = 'postgres'") == "C.UTF-8"
    assert os.stat(f"/proc/{server.pid}").st_uid != 0
    assert server.data.stat().st_mode & 0o077 == 0


def test_without_the_password_nobody_gets_in(make: Make) -> None:
    server = make()
    server.start()
    for address in (
        f"postgresql://postgres:wrong@127.0.0.1:{server.port}",
        f"postgresql://postgres@127.0.0.1:{server.port}",
    ):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(address)
    assert (server.folder / "password").stat().st_mode & 0o077 == 0


def test_a_running_server_is_adopted(make: Make) -> None:
    first, second = make(), make()
    first.start()
    second.start()
    assert second.pid == first.pid
    assert second.superuser_url() == first.superuser_url()
    second.stop()
    assert first.pid is None
    with pytest.raises(LocalServerError, match="not running"):
        first.superuser_url()


def test_two_folders_run_side_by_side(make: Make) -> None:
    left, right = make("left"), make("right")
    left.start()
    right.start()
    assert left.port != right.port
    with connect(left) as connection:
        connection.execute("create table only_here (n int)")
    assert ask(right, "select to_regclass('only_here') is null")
    left.stop()
    assert ask(right, "select 1") == 1


def test_a_start_in_the_instant_of_a_kill_gives_a_server_that_answers(make: Make) -> None:
    server = make()
    server.start()
    for _ in range(5):
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        server.start()
        assert ask(server, "select 1") == 1


def test_racing_starts_give_one_server(base: Path, make: Make) -> None:
    server = make()
    racers = [in_another_process(base / "pg", "durable", 0) for _ in range(3)]
    pids = {said_pid(racer) for racer in racers}
    assert [racer.wait(30) for racer in racers] == [0, 0, 0]
    assert len(pids) == 1
    # A durable server outlives whoever started it.
    server.start()
    assert {server.pid} == pids


def test_a_test_server_ends_with_the_process_that_started_it(base: Path, make: Make) -> None:
    make()
    parent = in_another_process(base / "pg", "forgetful", 60)
    mark = Mark.of(said_pid(parent))
    assert mark is not None
    parent.kill()
    parent.wait()
    assert wait_until(lambda: not mark.alive(), 10)


def test_a_dead_server_that_its_parent_never_collects_does_not_stand_in_the_way(base: Path, make: Make) -> None:
    server = make(durable=True)
    parent = in_another_process(base / "pg", "durable", 60)
    pid = said_pid(parent)
    mark = Mark.of(pid)
    assert mark is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not mark.alive(), 5)
    assert Path(f"/proc/{pid}").exists(), "this test needs a dead server that nobody has collected"
    server.start()
    assert server.pid != pid
    assert ask(server, "select 1") == 1
    parent.kill()
    parent.wait()


def test_another_program_that_got_the_servers_id_is_left_alone(make: Make) -> None:
    server = make()
    server.start()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert wait_until(lambda: server.pid is None, 5)
    record = server.data / "postmaster.pid"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        record.write_text("\n".join([str(stranger.pid), *record.read_text().splitlines()[1:]]) + "\n")
        assert server.pid is None
        server.start()
        assert ask(server, "select 1") == 1
        server.stop()
        assert stranger.poll() is None
        stranger.kill()


def test_a_port_that_was_taken_meanwhile_is_replaced(make: Make) -> None:
    server = make()
    server.start()
    earlier = server.port
    server.stop()
    with socket.create_server(("127.0.0.1", earlier)):
        server.start()
        assert server.port != earlier
        assert ask(server, "select 1") == 1


def test_a_port_asked_for_is_used_or_refused(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"port {port} is in use"):
            make(port=port).start()
    server = make(port=port)
    server.start()
    assert server.port == port


def test_a_first_start_that_was_killed_half_way_is_begun_again(make: Make) -> None:
    server = make()
    (server.folder / "data.new").mkdir(parents=True)
    (server.folder / "data.new" / "PG_VERSION").write_text("18\n")
    server.start()
    assert ask(server, "select 1") == 1


def test_a_missing_password_is_named(make: Make) -> None:
    server = make()
    server.start()
    server.stop()
    (server.folder / "password").unlink()
    with pytest.raises(LocalServerError, match="password is missing"):
        server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
@pytest.mark.slow
def test_in_a_folder_that_the_server_cannot_reach_the_data_goes_to_the_temp_folder(base: Path, make: Make) -> None:
    (base / "private").mkdir(mode=0o700)
    server = make("private/pg")
    server.start()
    assert server.data.is_relative_to(tempfile.gettempdir())
    assert not server.data.is_relative_to(base)
    assert not (server.folder / "data").exists()
    with connect(server) as connection:
        connection.execute("create table t (n int)")
    orphan = Mark.of(server.pid or 0)
    server.stop()
    server.start()
    assert ask(server, "select to_regclass('t') is not null")
    assert orphan is not None
    # Removing the folder means beginning anew, wherever the data lay.
    running = Mark.of(server.pid or 0)
    shutil.rmtree(base / "private" / "pg")
    server.start()
    assert ask(server, "select to_regclass('t') is null")
    assert running is not None
    assert not running.alive()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_what_an_old_test_run_left_in_the_temp_folder_is_removed(base: Path, make: Make) -> None:
    (base / "private").mkdir(mode=0o700)
    old = make("private/old")
    old.start()
    left, mark = old.data.parent, Mark.of(old.pid or 0)
    shutil.rmtree(old.folder)
    make("new").start()
    assert not left.exists()
    assert mark is not None
    assert not mark.alive()


def kill_in_mid_write(server: LocalPostgres, chance: random.Random) -> int:
    """Write until the server is killed at a random instant; the highest number whose commit was confirmed."""
    confirmed = 0
    with connect(server) as connection:
        row = connection.execute("select coalesce(max(n), 0) from t").fetchone()
        assert row is not None
        confirmed = int(row[0])
        assert server.pid is not None
        killer = threading.Timer(chance.uniform(0.0, 0.15), os.kill, (server.pid, signal.SIGKILL))
        killer.start()
        end = time.monotonic() + 5
        # A killed postmaster's helpers may serve for a moment more: what they confirm counts as well.
        while time.monotonic() < end:
            try:
                connection.execute("insert into t values (%s)", (confirmed + 1,))
            except psycopg.OperationalError:
                break
            confirmed += 1
        killer.join()
    return confirmed


def kill_again_and_again(server: LocalPostgres, times: int, seed: int) -> None:
    chance = random.Random(seed)
    server.start()
    with connect(server) as connection:
        connection.execute("create table t (n int primary key)")
    for _ in range(times):
        confirmed = kill_in_mid_write(server, chance)
        began = time.monotonic()
        server.start()
        print(f"back after kill -9 in {time.monotonic() - began:.2f} s, {confirmed} rows")
        assert int(str(ask(server, "select count(*) from t"))) >= confirmed
        assert ask(server, "select count(*) = max(n) from t")


def test_nothing_confirmed_is_lost_by_kill_9(make: Make) -> None:
    kill_again_and_again(make(durable=True), 3, seed=1)


@pytest.mark.slow
def test_nothing_confirmed_is_lost_by_twenty_kill_9(make: Make) -> None:
    kill_again_and_again(make(durable=True), 20, seed=2)
