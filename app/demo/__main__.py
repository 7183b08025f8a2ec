"""`make demo`: lay the ground, make the demo courts, run everything until Ctrl-C."""

from __future__ import annotations

import fcntl
import gc
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from app.demo import processes
from app.demo.ground import Ground, lay, run_module
from app.demo.sign_ins import PEOPLE, print_sign_ins
from app.local.ports import PortTakenError
from app.local.processes import LocalServerError
from app.local.supervisor import Supervisor
from config import VAR

WHAT_TO_DO = f"""
Logs: {VAR / "postgres" / "postgres.log"}, {VAR / "valkey" / "valkey.log"} and {VAR / "log"}.
`make demo` again goes on from where it stopped. To begin anew, without the demo's data: rm -r {VAR}; make demo"""


def main() -> int:
    """Returns the exit status: 0 after Ctrl-C, 1 when something did not start (said on standard error)."""
    began = time.monotonic()
    gc.freeze()  # what is loaded stays: the last collection of it would only delay the end
    # SIGINT too: a shell that starts us in the background leaves it ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with _alone():
            ground = lay()
            try:
                return _run(ground, began)
            finally:
                ground.stop()
    except AlreadyRunningError:
        print(
            "The demo is already running in this folder. `make codes` prints its addresses and sign-ins; "
            "Ctrl-C where it runs stops it.",
            file=sys.stderr,
        )
        return 1
    except (LocalServerError, PortTakenError, subprocess.CalledProcessError) as error:
        print(f"\nThe demo could not start: {error}\n{WHAT_TO_DO}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped before it was ready. `make demo` goes on from here.", file=sys.stderr)
        return 130


class AlreadyRunningError(RuntimeError):
    """Another demo works in this checkout."""


@contextmanager
def _alone() -> Iterator[None]:
    """One demo at a time in one checkout, from before it touches anything. Raises AlreadyRunningError."""
    VAR.mkdir(exist_ok=True)
    with (VAR / "demo.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError from None
        yield


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run(ground: Ground, began: float) -> int:
    if not PEOPLE.exists():
        print("Making the demo courts: ten months in the life of two courts, once, about a minute ...", flush=True)
        run_module(ground.environment, "app.demo.seed")
    supervisor = Supervisor(VAR, [processes.stripe(ground), *processes.portal(ground)], in_order=False)
    try:
        supervisor.start()
        supervisor.watch("postgres", ground.postgres.alive, ground.postgres.start)
        supervisor.watch("valkey", ground.valkey.alive, ground.valkey.start)
        print_sign_ins(json.loads(PEOPLE.read_text()))
        print(f"\nReady after {time.monotonic() - began:.1f} s. Ctrl-C stops everything.", flush=True)
        supervisor.wait()
    finally:
        supervisor.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
