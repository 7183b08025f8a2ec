"""What `portal doctor` says of the surroundings: clocks, backlog, certificates, keys, disk."""

from __future__ import annotations

import dataclasses
import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from app.cli import portal
from app.core import clock
from app.core.keyring import add_keys, ages
from app.factory import create_app
from app.operator import health
from app.operator.doctoring import surroundings
from app.operator.doctoring.doctor import Finding, examine, words
from app.permissions.identity import Role
from app.reports.rotating import another_self_signed, rotate
from config import Settings
from tests.client import PageClient
from tests.factories import make_court


@pytest.fixture
def own_files(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Keys and certificates that only this test looks at."""
    kept = app.extensions["portal"]
    names = ("keyring_file", "signing_key_file", "signing_cert_file")
    copies = {name: Path(shutil.copy(getattr(kept.settings, name), tmp_path)) for name in names}
    settings = dataclasses.replace(kept.settings, **copies)
    monkeypatch.setitem(app.extensions, "portal", dataclasses.replace(kept, settings=settings))
    return settings


def found(app: Flask) -> dict[str, Finding]:
    with app.app_context():
        for part in health.PARTS:
            health.beat(part)
        return {one.name: one for one in examine()}


def test_doctor_warns_before_it_hurts_and_names_what_hurts(app: Flask, own_files: Any, monkeypatch: pytest.MonkeyPatch):
    first = found(app)
    assert {name for name, one in first.items() if one.fault} <= {"jobs"}, "no worker runs here, nothing else is wrong"
    assert first["jobs"].fault.startswith("no worker is running")  # other tests leave jobs that are late by now
    for name in ("signing certificate", "keyring", "clocks", "mail", "disk"):
        assert first[name].fault == "", first[name]

    ends = clock.now() + timedelta(days=30)
    new = another_self_signed(own_files.signing_cert_file, ends - timedelta(days=5 * 365 + 1))
    rotate(own_files.signing_key_file, own_files.signing_cert_file, new_key=new[0], new_certs=new[1])
    ring = json.loads(own_files.keyring_file.read_text())
    ring["totp"][-1]["made"] = "2024-01-02T03:04:05+00:00"
    ring["limit"][-1].pop("made")
    own_files.keyring_file.write_text(json.dumps(ring))
    monkeypatch.setattr(surroundings.shutil, "disk_usage", lambda _path: SimpleNamespace(total=100, used=90, free=10))
    monkeypatch.setattr(surroundings.Redis, "time", lambda _redis: (1_700_000_000, 0))
    second = found(app)
    assert "expires in" in second["signing certificate"].warning
    assert "portal signing-key rotate" in second["signing certificate"].warning
    assert second["keyring"].warning.startswith("the key for totp is ")
    assert "portal keys rotate totp" in second["keyring"].warning
    assert "(10%) are free" in second["disk"].warning
    assert "Redis' clock is " in second["clocks"].fault
    assert "behind this machine" in second["clocks"].fault
    assert words(second["disk"]).startswith("disk: works; worth a look: ")
    assert words(second["clocks"]).startswith("clocks: FAULT: ")

    monkeypatch.setattr(surroundings.shutil, "disk_usage", lambda _path: SimpleNamespace(total=100, used=99, free=1))
    with clock.moved_to(ends + timedelta(days=400)):
        last = found(app)
    assert "(1%) are free" in last["disk"].fault
    assert "has expired" in last["signing certificate"].fault


def test_keys_are_rotated_by_one_command_and_say_how_old_they_are(app: Flask, own_files: Any):
    before = json.loads(own_files.keyring_file.read_text())
    runner = app.test_cli_runner()
    done = runner.invoke(portal, ["keys", "rotate", "totp", "--json"])
    assert done.exit_code == 0, done.output
    shown = {one["purpose"]: one for one in json.loads(done.stdout)}
    assert shown["totp"]["days"] == 0
    after = json.loads(own_files.keyring_file.read_text())
    assert after["totp"][:-1] == before["totp"], "earlier keys stay"
    assert len(after["totp"]) == len(before["totp"]) + 1
    assert after["limit"] == before["limit"]
    assert own_files.keyring_file.stat().st_mode & 0o077 == 0
    assert not any(one["key"] in done.stdout for one in after["totp"])
    refused = runner.invoke(portal, ["keys", "rotate", "nonsense"])
    assert refused.exit_code == 1
    assert "no purpose nonsense" in refused.stderr
    assert "totp" in runner.invoke(portal, ["keys", "list"]).stdout
    add_keys(own_files.keyring_file)
    assert all(isinstance(made, datetime) for made in ages(own_files.keyring_file).values())


@pytest.mark.proves("WE-3")
def test_another_secret_key_signs_nobody_out_and_voids_no_open_form(app: Flask, settings: Settings):
    """SECRET_KEY "new,old": cookies and forms of before go on; without the old one both end."""
    court = make_court(app)
    before = court.staff_client(Role.CLERK)
    page = before.get(court.url("no-such-page"))
    token = page.tree.xpath("//input[@name='csrf_token']/@value")[0]
    cookie = before.http.get_cookie(f"portal-{court.slug}", path=f"/{court.slug}")
    assert cookie is not None
    new = "another-secret-key-of-more-than-32-characters"
    for former, kept in (((settings.secret_key,), True), ((), False)):
        after = PageClient(create_app(dataclasses.replace(settings, secret_key=new, former_secret_keys=former)))
        after.http.set_cookie(cookie.key, cookie.value, path=f"/{court.slug}", domain="localhost")
        assert (after.http.get(court.url("referrals")).status_code == 200) is kept
        form = {"language": "es", "csrf_token": token}
        assert (after.http.post(court.url("language"), data=form).status_code == 302) is kept
