"""`make bench-data`: load the database that `make bench` takes its figures at scale from.

BENCH_COURTS (2000) and BENCH_ENROLLMENTS (1000000) say how much. What was loaded before is replaced.
"""

from __future__ import annotations

import os
import sys

from tests.bench.scale.loading import FOLDER, LARGE, BenchServer


def main() -> int:
    courts = int(os.environ.get("BENCH_COURTS", "2000"))
    enrollments = int(os.environ.get("BENCH_ENROLLMENTS", "1000000"))
    print(f"Loading {enrollments:,} enrollments in {courts:,} courts into {FOLDER} ...", flush=True)
    with BenchServer() as server:
        found = server.load(LARGE, courts=courts, enrollments=enrollments)
    print(f"{found.enrollments:,} enrollments, {found.rows:,} rows in {found.seconds:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
