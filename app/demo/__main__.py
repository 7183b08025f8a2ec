"""`make demo`: lay the ground, make the demo courts, run everything until Ctrl-C."""

from __future__ import annotations

import sys
import time

from app.demo import processes
from app.demo.ground import Ground, lay
from app.demo.seed import ensure_courts
from app.demo.sign_ins import print_sign_ins
from app.local.processes import LocalServerError
from app.local.supervisor import Supervisor
from config import VAR


def main() -> int:
    began = time.monotonic()
    try:
        ground = lay()
    except LocalServerError as error:
        print(f"The demo could not start: {error}", file=sys.stderr)
        return 1
    try:
        return _run(ground, began)
    finally:
        ground.stop()


def _run(ground: Ground, began: float) -> int:
    people = ensure_courts(ground)
    supervisor = Supervisor(VAR, [processes.stripe(ground), *processes.portal(ground)])
    try:
        supervisor.start()
        supervisor.watch("postgres", ground.postgres.alive, ground.postgres.start)
        supervisor.watch("valkey", ground.valkey.alive, ground.valkey.start)
        print_sign_ins(people)
        print(f"\nReady after {time.monotonic() - began:.1f} s. Ctrl-C stops everything.", flush=True)
        supervisor.wait()
    except LocalServerError as error:
        print(f"The demo could not start: {error}", file=sys.stderr)
        return 1
    finally:
        supervisor.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
