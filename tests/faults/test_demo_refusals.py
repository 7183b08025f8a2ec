"""What the demo says when it can not start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.demo_kit import Demo, scratch_demo


@pytest.mark.slow
def test_a_postgres_that_does_not_start_is_said_with_what_to_do(tmp_path: Path):
    demo = scratch_demo(tmp_path / "checkout")
    data = demo.postgres.data
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9.6\n")
    (demo.var / "postgres").mkdir(exist_ok=True)
    (demo.var / "postgres" / "password").write_text("of another server")
    try:
        assert demo.begin().wait(90) == 1
        said = demo.said()
        assert "could not start: PostgreSQL did not start" in said
        assert "postgres.log" in said
        assert "begin anew" in said
        assert "Traceback" not in said
        assert demo.left_running() == []
    finally:
        demo.discard()


def test_codes_before_the_first_start(tmp_path: Path):
    demo: Demo = scratch_demo(tmp_path / "checkout")
    asked = subprocess.run(
        [sys.executable, "-m", "app.demo.sign_ins"], cwd=demo.folder, capture_output=True, text=True, timeout=60
    )
    assert asked.returncode == 1
    assert "make demo" in asked.stderr
    assert "Traceback" not in asked.stderr
