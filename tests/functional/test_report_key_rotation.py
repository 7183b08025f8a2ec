"""Another key for the seal: documents of before still verify, and those of the new key carry nothing of the old one."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import pem
from flask import Flask

from app.cli import portal
from app.core.runtime import runtime
from app.exports import sealing
from app.reports.render import Renderer
from app.reports.rotating import NotRotated, another_self_signed, certificates_in, rotate
from app.reports.seal_check import check_apart
from app.reports.sign import check, make_self_signed, sign

AT = datetime(2026, 7, 20, 17, 5, tzinfo=UTC)
LATER = datetime(2028, 2, 29, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def unsigned() -> bytes:
    renderer = Renderer()
    drawn = renderer.render("<html><body><h1>A paper</h1></body></html>").pdf
    renderer.close()
    return drawn


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    key, cert = make_self_signed("Court program", organization="JaneSchool")
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "cert.pem").write_bytes(cert)
    return tmp_path / "key.pem", tmp_path / "cert.pem"


def sealed(pdf: bytes, files: tuple[Path, Path], at: datetime) -> bytes:
    return sign(pdf, key_pem=files[0].read_bytes(), cert_pem=files[1].read_bytes(), reason="Report", at=at)


@pytest.mark.proves("CD-9")
def test_what_was_sealed_before_still_verifies_and_new_ones_do_too(files: tuple[Path, Path], unsigned: bytes) -> None:
    old_cert = files[1].read_bytes()
    before = sealed(unsigned, files, AT)
    for turn in range(2):
        new_key, new_certs = another_self_signed(files[1], LATER)
        rotate(*files, new_key=new_key, new_certs=new_certs)
        after = sealed(unsigned, files, LATER)
        trusted = files[1].read_bytes()
        assert [one.current for one in certificates_in(*files)] == [True, *[False] * (turn + 1)]
        assert check(before, [trusted]).ok
        assert check(after, [trusted]).ok
        assert check_apart(before, files[1]).ok
        assert check(after, [old_cert]).reason == "untrusted"
        assert check(before, [new_certs]).reason == "untrusted"
    assert files[0].stat().st_mode & 0o077 == 0
    assert {one.subject for one in certificates_in(*files)} == {"Court program"}


def test_a_new_document_carries_no_certificate_of_an_earlier_key(files: tuple[Path, Path], unsigned: bytes) -> None:
    _type, _headers, old_der = pem.unarmor(files[1].read_bytes())
    new_key, new_certs = another_self_signed(files[1], LATER)
    rotate(*files, new_key=new_key, new_certs=new_certs)
    assert old_der.hex().encode() not in sealed(unsigned, files, LATER).lower()


def test_between_the_two_files_sealing_goes_on(
    files: tuple[Path, Path], unsigned: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_key, new_certs = another_self_signed(files[1], LATER)
    replaced: list[str] = []
    really = Path.replace

    def stopped(self: Path, target: Path) -> Path:
        replaced.append(Path(target).name)
        if len(replaced) == 2:
            raise OSError("stopped half-way")
        return really(self, target)

    monkeypatch.setattr(Path, "replace", stopped)
    with pytest.raises(OSError, match="half-way"):
        rotate(*files, new_key=new_key, new_certs=new_certs)
    assert replaced == ["cert.pem", "key.pem"]
    assert check(sealed(unsigned, files, AT), [files[1].read_bytes()]).ok


def test_a_key_that_does_not_fit_changes_nothing(files: tuple[Path, Path]) -> None:
    before = [file.read_bytes() for file in files]
    key, _cert = make_self_signed("a")
    _key, cert = make_self_signed("b")
    for new_key, new_certs in ((key, cert), (b"no key", cert), (key, b""), tuple(before)):
        with pytest.raises(NotRotated):
            rotate(*files, new_key=new_key, new_certs=new_certs)
    assert [file.read_bytes() for file in files] == before


def test_an_export_of_before_is_still_ours(files: tuple[Path, Path]) -> None:
    signature = sealing.sign(b"manifest", files[0].read_bytes())
    new_key, new_certs = another_self_signed(files[1], LATER)
    rotate(*files, new_key=new_key, new_certs=new_certs)
    assert sealing.is_signed(b"manifest", signature, files[1].read_bytes())
    assert sealing.is_signed(b"manifest", sealing.sign(b"manifest", new_key), files[1].read_bytes())
    assert not sealing.is_signed(b"another", signature, files[1].read_bytes())
    assert not sealing.is_signed(b"manifest", signature, b"")


def test_the_command_rotates_and_lists(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        settings = runtime().settings
        kept = [(file, tmp_path / file.name) for file in (settings.signing_key_file, settings.signing_cert_file)]
    for file, copy in kept:
        shutil.copy2(file, copy)
    try:
        runner = app.test_cli_runner()
        done = runner.invoke(portal, ["signing-key", "rotate"])
        assert done.exit_code == 0, done.output
        assert done.output.splitlines()[0].startswith("seals now")
        assert runner.invoke(portal, ["signing-key", "list"]).output == done.output
        assert "earlier" in done.output
        assert runner.invoke(portal, ["signing-key", "rotate", "--key", str(kept[0][1])]).exit_code == 1
    finally:
        for file, copy in kept:
            shutil.copy2(copy, file)
