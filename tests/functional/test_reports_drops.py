"""The court's folder in S3-compatible storage: against a stand-in that works the signature out for itself."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.reports.delivering.drops import DropFailed, open_drop
from app.reports.delivering.rules import file_name, safe
from config import ROOT

KEY, SECRET = "court-key", "court-secret"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A running stand-in: its port, and the folder with its one bucket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path / "objects"
    (folder / "riverside").mkdir(parents=True)
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "s3_server.py"), str(port), str(folder), KEY, SECRET]
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port, folder
    finally:
        process.terminate()
        process.wait(10)


def drops_file(tmp_path: Path, port: int, *, secret: str = SECRET, bucket: str = "riverside") -> Path:
    file = tmp_path / "drops.toml"
    url = f"s3+http://127.0.0.1:{port}/{bucket}/incoming?region=us-west-1"
    file.write_text(f'[riverside]\nurl = "{url}"\naccess_key = "{KEY}"\nsecret_key = "{secret}"\n')
    return file


def test_a_file_lies_there_whole_and_twice_is_once(server: tuple[int, Path], tmp_path: Path) -> None:
    port, folder = server
    drop = open_drop(drops_file(tmp_path, port), "riverside")
    for _again in range(2):
        drop.put("RIV-2026-000001_progress.pdf", b"%PDF whole", "application/pdf")
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert [path.relative_to(folder).as_posix() for path in found] == [
        "riverside/incoming/RIV-2026-000001_progress.pdf"
    ]
    assert found[0].read_bytes() == b"%PDF whole"


@pytest.mark.parametrize(("changed", "code"), [({"secret": "another"}, "refused"), ({"bucket": "nowhere"}, "refused")])
def test_a_wrong_key_or_bucket_is_refused(
    server: tuple[int, Path], tmp_path: Path, changed: dict[str, str], code: str
) -> None:
    port, folder = server
    with pytest.raises(DropFailed, match=code):
        open_drop(drops_file(tmp_path, port, **changed), "riverside").put("a.pdf", b"x", "application/pdf")
    assert not [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.proves("FA-5")
def test_an_overloaded_server_is_a_failure_and_the_next_try_works(server: tuple[int, Path], tmp_path: Path) -> None:
    port, folder = server
    urllib.request.urlopen(f"http://127.0.0.1:{port}/fail?times=1").close()
    drop = open_drop(drops_file(tmp_path, port), "riverside")
    with pytest.raises(DropFailed, match="refused"):
        drop.put("a.pdf", b"x", "application/pdf")
    drop.put("a.pdf", b"x", "application/pdf")
    assert (folder / "riverside" / "incoming" / "a.pdf").read_bytes() == b"x"


def test_a_failure_names_neither_file_nor_key(tmp_path: Path) -> None:
    with pytest.raises(DropFailed) as failed:
        open_drop(drops_file(tmp_path, 9), "riverside").put("26-CR-00001.pdf", b"x", "application/pdf")
    assert str(failed.value) == "not_reached"
    assert failed.value.__cause__ is None


@pytest.mark.parametrize("typed", ["../../etc/passwd", "a/b\\c", ".hidden", "-rf", "x\x00y", "Ñandú 26/CR", "日本"])
def test_a_files_name_is_never_a_path_or_a_command(typed: str) -> None:
    name = file_name("{case_number}_{number}", {"case_number": typed, "number": "RIV-2026-000001", "kind": "final"})
    assert name.endswith("RIV-2026-000001")
    assert not set(name) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert ".." not in name
    assert not name.startswith((".", "-"))
    assert len(safe(typed)) <= 60
