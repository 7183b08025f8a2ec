"""The longest tests begin first: a run must not end with all workers but one idle."""

from __future__ import annotations

import pytest

# By the time that one of their tests takes; the first alone takes a fifth of what a worker has for everything.
LONGEST = (
    "tests/browser/test_thread.py",
    "tests/browser/test_every_page.py",
    "tests/faults/test_reports_killed.py",
    "tests/unit/test_catalogs.py",
)


def longest_first(places: list[str], workers: int) -> list[int]:
    """The order of the tests in `places` (their files): each worker's share begins with one of the longest.

    xdist gives each worker an equal run of the list to begin with; who has finished takes from the end of another's.
    """
    rest = [at for at, place in enumerate(places) if place not in LONGEST]
    heads: list[list[int]] = [[] for _ in range(workers)]
    for number, name in enumerate(LONGEST):
        heads[number % workers] += [at for at, place in enumerate(places) if place == name]
    order: list[int] = []
    for number, head in enumerate(heads):
        share = (len(places) - len(order)) // (workers - number)
        order += head
        more = max(0, share - len(head))
        order += rest[:more]
        del rest[:more]
    return order


@pytest.hookimpl(trylast=True)  # after what is not run has been left out
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    workers = getattr(config, "workerinput", {}).get("workercount", 0)
    if workers:
        places = [item.nodeid.partition("::")[0] for item in items]
        items[:] = [items[at] for at in longest_first(places, workers)]
