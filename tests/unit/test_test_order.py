"""The order of a parallel run: nothing is lost, and the longest tests begin at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from config import ROOT
from tests.order import LONGEST, longest_first

PLACES = st.lists(st.sampled_from([*LONGEST, *(f"tests/unit/test_{name}.py" for name in "abcdef")]), max_size=60)


@given(places=PLACES.map(sorted), workers=st.integers(1, 9))
def test_every_test_runs_once(places: list[str], workers: int):
    assert sorted(longest_first(places, workers)) == list(range(len(places)))


def test_each_worker_begins_with_a_long_one():
    places = ["tests/architecture/test_x.py"] * 50 + list(LONGEST) + ["tests/unit/test_y.py"] * 50
    order = [places[at] for at in longest_first(places, 4)]
    shares = [order[:26], order[26:52], order[52:78], order[78:]]
    assert [share[0] for share in shares] == list(LONGEST)


def test_the_longest_exist():
    assert [name for name in LONGEST if not (ROOT / name).is_file()] == []
