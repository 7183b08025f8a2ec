"""What `make bench-data` loads: whole courts, whose rows point to each other and to nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from tests.bench.scale.loading import BenchServer, NotLoaded
from tests.bench.scale.shapes import COURT, PREFIX, for_court, is_large, key_in, make_pattern, pattern_of, size_of

NOW = datetime(2027, 5, 20, 18, 0, tzinfo=UTC)


def test_courts_of_one_pattern_differ_in_their_marks_alone():
    made = make_pattern(3, average=20, now=NOW)
    assert pattern_of(3) == pattern_of(8) != pattern_of(10)
    assert is_large(0)
    assert made.text == make_pattern(8, average=20, now=NOW).text
    assert made.rows["enrollment"] == size_of(3, 20) == made.text["enrollment"].count("\n")
    one, other = (for_court(made.text["enrollment"], court) for court in (3, 8))
    assert one != other
    assert COURT not in one
    assert PREFIX not in for_court(made.text["court"], 3)
    assert sum(size_of(court, 500) for court in range(2000)) == 1_000_000


@pytest.mark.slow
def test_a_small_load_passes_every_check_of_the_database(tmp_path: Path):
    with BenchServer(tmp_path) as server:
        with pytest.raises(NotLoaded):
            server.loaded("portal_bench_try")
        # So few that the database looks at every key and every condition.
        made = server.load("portal_bench_try", courts=10, enrollments=200, now=NOW)
        assert (made.courts, made.enrollments) == (10, 200)
        assert server.loaded("portal_bench_try") == made
        with psycopg.connect(server.url("portal_app", "portal_bench_try")) as connection:
            assert connection.execute("SELECT count(*) FROM enrollment").fetchone() == (0,)
            for court in (0, 7):
                told = str(key_in(court, "court", 0))
                connection.execute("SELECT set_config('portal.court_id', %s, true)", (told,))
                assert connection.execute("SELECT count(*) FROM enrollment").fetchone() == (size_of(court, 20),)
        server.postgres.discard()
