"""`make bench`: every figure of ours beside its floor, taken in the same run."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from tests.bench.scale.loading import NotLoaded


def main() -> int:
    """Print a row for each figure; a bench that can not run is said, and makes the whole run fail."""
    failed = False
    print(f"{'what':58} {'ours':>10} {'floor':>10} {'difference':>11}  note")
    for file in sorted(Path(__file__).parent.glob("bench_*.py")):
        try:
            found = importlib.import_module(f"tests.bench.{file.stem}").rows()
        except NotLoaded as nothing:
            print(f"{file.stem}: skipped: {nothing}")
            continue
        except Exception as error:
            print(f"{file.stem}: could not run: {type(error).__name__}: {error}")
            failed = True
            continue
        for name, ours, floor, note in found:
            print(f"{name:58} {ours:10.2f} {floor:10.2f} {ours - floor:+11.2f}  {note}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
