"""Ports are chosen and remembered; a process is never mistaken for another with the same id."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.local.account import Account, elsewhere
from app.local.binaries import PACKAGE, reachable
from app.local.ports import HIGHEST, LOWEST, PortTakenError, claim, free_port, is_free, port_for
from app.local.postmaster import NOBODY, disown, running
from app.local.processes import LocalServerError, Mark, end_of, open_log, wait_until


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def listen(port: int = 0) -> socket.socket:
    return socket.create_server(("127.0.0.1", port))


def test_a_free_port_can_be_listened_on() -> None:
    port = free_port()
    assert LOWEST <= port < HIGHEST
    listen(port).close()


def test_a_listener_makes_a_port_taken_and_its_end_frees_it() -> None:
    with listen() as server:
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)


def test_a_claimed_port_is_nobody_elses_before_a_server_listens_on_it() -> None:
    port = free_port()
    held = claim(port)
    assert held is not None
    assert claim(port) is None
    with listen(port):
        pass  # the claim is no obstacle to the server that it is for
    held.close()
    again = claim(port)
    assert again is not None
    again.close()


def test_a_remembered_port_is_kept_until_another_program_takes_it(tmp_path: Path) -> None:
    memory = tmp_path / "port"
    first = port_for(memory, None)
    memory.write_text(str(first))
    assert port_for(memory, None) == first
    with listen(first):
        assert port_for(memory, None) != first


@pytest.mark.parametrize("text", ["", "words", "12 13"])
def test_an_unreadable_memory_is_like_none(tmp_path: Path, text: str) -> None:
    memory = tmp_path / "port"
    memory.write_text(text)
    assert LOWEST <= port_for(memory, None) < HIGHEST


def test_a_taken_port_that_was_asked_for_is_refused_by_name(tmp_path: Path) -> None:
    with listen() as server:
        port = server.getsockname()[1]
        with pytest.raises(PortTakenError, match=str(port)):
            port_for(tmp_path / "port", port)


def test_a_mark_survives_saving(tmp_path: Path) -> None:
    mark = Mark.of(os.getpid())
    assert mark is not None
    mark.save(tmp_path / "me.pid")
    assert Mark.load(tmp_path / "me.pid") == mark
    assert mark.alive()


@pytest.mark.parametrize("text", ["", "12", "words and more", "x y"])
def test_half_a_record_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / "half.pid").write_text(text)
    assert Mark.load(tmp_path / "half.pid") is None


def test_a_later_process_with_the_same_id_is_not_signaled(sleeper: subprocess.Popen[bytes]) -> None:
    real = Mark.of(sleeper.pid)
    assert real is not None
    stranger = Mark(sleeper.pid, "an-earlier-boot/123")
    assert not stranger.alive()
    stranger.send(signal.SIGKILL)
    assert not wait_until(lambda: sleeper.poll() is not None, 0.2)
    real.send(signal.SIGKILL)
    assert sleeper.wait(5) == -signal.SIGKILL


def test_a_dead_process_that_nobody_collected_is_not_alive(sleeper: subprocess.Popen[bytes]) -> None:
    mark = Mark.of(sleeper.pid)
    assert mark is not None
    os.kill(sleeper.pid, signal.SIGKILL)
    assert wait_until(lambda: not mark.alive(), 5)
    assert Path(f"/proc/{sleeper.pid}").exists()
    assert Mark.of(sleeper.pid) is None


def test_a_long_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.local.processes.LOG_LIMIT", 10)
    log = tmp_path / "a.log"
    log.write_text("twelve bytes\n")
    with open_log(log) as handle:
        handle.write(b"new\n")
    assert log.read_text() == "new\n"
    assert (tmp_path / "a.log.1").read_text() == "twelve bytes\n"
    assert end_of(log) == "new"


POSTMASTER = "{pid}\n{data}\n1\n5432\n\n127.0.0.1\n  123  456\nready\n"


def test_another_program_with_the_servers_old_id_is_no_server(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    file = tmp_path / "postmaster.pid"
    file.write_text(POSTMASTER.format(pid=sleeper.pid, data=tmp_path))
    assert running(tmp_path) is None
    disown(tmp_path)
    lines = file.read_text().splitlines()
    assert lines[0] == str(NOBODY)
    # What names the shared memory stays: by it PostgreSQL knows whether the dead server's helpers still work.
    assert lines[1:] == POSTMASTER.format(pid=0, data=tmp_path).splitlines()[1:]


def test_the_file_of_a_server_that_is_gone_is_left_to_postgresql(tmp_path: Path) -> None:
    file = tmp_path / "postmaster.pid"
    text = POSTMASTER.format(pid=NOBODY, data=tmp_path)
    file.write_text(text)
    disown(tmp_path)
    assert file.read_text() == text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_programs_under_a_private_home_are_copied_to_where_the_server_can_run_them(tmp_path: Path) -> None:
    account = Account.for_servers("nobody")
    package = tmp_path / "private" / PACKAGE
    program = package / "pginstall18" / "bin" / "postgres"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho it runs\n")
    program.chmod(0o700)
    libraries = package.with_name(f"{PACKAGE}.libs")
    libraries.mkdir(mode=0o700)
    (libraries / "one.so").write_text("library")
    assert not account.reaches(program)

    copy = reachable(package, account)
    try:
        assert copy == reachable(package, account)
        ran = copy / "pginstall18" / "bin" / "postgres"
        said = subprocess.run([ran], user=account.user, group=account.group, cwd="/", capture_output=True, check=True)
        assert said.stdout == b"it runs\n"
        assert (copy.parent / f"{PACKAGE}.libs" / "one.so").stat().st_mode & 0o777 == 0o644
    finally:
        shutil.rmtree(copy.parent)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_an_unknown_user_to_run_as_is_named() -> None:
    with pytest.raises(LocalServerError, match="no user 'nosuchuser'"):
        Account.for_servers("nosuchuser")


def test_a_folder_that_somebody_else_put_in_our_place_is_refused(tmp_path: Path) -> None:
    path = elsewhere("test", str(tmp_path))
    path.symlink_to(tmp_path)
    try:
        with pytest.raises(LocalServerError, match="somebody else"):
            elsewhere("test", str(tmp_path))
    finally:
        path.unlink()
