"""Checking the seal of a stranger's file, in a process behind walls that is ended at its deadline.

`python -m app.reports.seal_check CERT_FILE` reads the file from its input and writes what it found as JSON. A parser
that walks through a file made to hurt it can take all memory and time there are; here it takes little of either.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from app.reports.confine import confine
from app.reports.sign import SignatureState, check

PROJECT = Path(__file__).resolve().parents[2]
SECONDS = 10
MEMORY_BYTES = 1 << 30
LARGEST_FILE = 5 * 1024 * 1024  # bytes; our documents are smaller than a tenth of it


def check_apart(content: bytes, cert_file: Path) -> SignatureState:
    """As `sign.check`, for bytes that anybody may have sent. Never raises; what breaks the check is unreadable."""
    if len(content) > LARGEST_FILE:
        return SignatureState(ok=False, reason="unreadable")
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module; the argument is a path of the settings
            [sys.executable, "-m", "app.reports.seal_check", str(cert_file)],
            input=content,
            capture_output=True,
            cwd=PROJECT,
            env={"LANG": "C.UTF-8"},
            timeout=SECONDS + 5,
            check=True,
        )
        found = json.loads(done.stdout)
        signed_at = found["signed_at"] and datetime.fromisoformat(found["signed_at"])
        return SignatureState(found["ok"], found["reason"], found["signer"], signed_at)
    except (subprocess.SubprocessError, OSError, ValueError, KeyError):
        return SignatureState(ok=False, reason="unreadable")


def main(cert_file: str) -> None:
    """Read, close the walls, look, tell."""
    certificate, content = Path(cert_file).read_bytes(), sys.stdin.buffer.read()
    confine(seconds=SECONDS, memory_bytes=MEMORY_BYTES, scratch=Path("/nonexistent"))
    state = check(content, [certificate])
    found = {
        "ok": state.ok,
        "reason": state.reason,
        "signer": state.signer,
        "signed_at": state.signed_at and state.signed_at.isoformat(),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
