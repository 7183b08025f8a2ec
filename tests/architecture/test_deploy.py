"""The unit files and the compose file start what the Procfile names; systemd finds no fault in the units."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from config import ROOT

DEPLOY = ROOT / "docs" / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())


def procfile() -> dict[str, str]:
    lines = (line.partition(": ") for line in (ROOT / "Procfile").read_text().splitlines())
    return {name: command for name, _, command in lines}


def test_every_process_has_its_unit_and_its_service():
    units = {path.name.removeprefix("portal-").partition(".")[0].rstrip("@"): path.read_text() for path in UNITS}
    compose = (DEPLOY / "compose.yaml").read_text()
    for name, command in procfile().items():
        wanted = re.sub(r"\s*--bind \S+", "", command).split()
        started = re.search(r"^ExecStart=/srv/portal/\.venv/bin/(.*)$", units[name], re.M)
        assert started is not None
        assert set(wanted) <= set(started[1].split()), name
        assert f"\n  {name}:\n" in compose
        assert set(wanted) <= set(compose.split()), name
    for name in ("worker", "web", "scheduler", "console"):
        assert "KillMode=mixed" in units[name], f"{name}: a job at hand would be cut short"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_finds_no_fault_in_the_units(tmp_path):
    for path in UNITS:
        (tmp_path / path.name.replace("@.", "@1.")).write_text(path.read_text())
    files = sorted(str(path) for path in tmp_path.iterdir())
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False)
    faults = [line for line in done.stderr.splitlines() if "portal" in line and "is not executable" not in line]
    assert faults == [], "nothing but that the portal is not installed on this machine"
