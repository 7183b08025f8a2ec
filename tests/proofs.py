"""`pytest --proofs` prints which lines of the checklist have a proof, without running anything.

A label is no proof by itself: `python -m tests.sabotage` shows for each of the lines that matter most that the named
test turns red when the promise is broken.
"""

from __future__ import annotations

from collections import Counter

import pytest

AREAS = {
    "AU": ("Sign-in", 8),
    "SE": ("Sessions", 3),
    "AC": ("Access", 6),
    "CO": ("Courts apart", 8),
    "IO": ("Input and output", 6),
    "WE": ("Web", 5),
    "AD": ("Audit", 3),
    "MO": ("Money", 7),
    "FA": ("Jobs and faults", 8),
    "CD": ("Court duties", 11),
}
LINES = tuple(f"{area}-{number}" for area, (_name, last) in AREAS.items() for number in range(1, last + 1))
_counted = pytest.StashKey[Counter[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--proofs", action="store_true", help="print which lines of the checklist have a proof; run nothing"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("proofs"):
        config.option.collectonly = True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Count the proofs; a line that the checklist does not have is an error: a proof of nothing."""
    counted: Counter[str] = Counter()
    for item in items:
        for mark in item.iter_markers("proves"):
            unknown = set(mark.args) - set(LINES)
            if unknown:
                raise pytest.UsageError(f"{item.nodeid} proves {', '.join(sorted(unknown))}: no line of the checklist")
            counted.update(set(mark.args))
    config.stash[_counted] = counted
    if config.getoption("proofs"):
        items.clear()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption("proofs"):
        session.exitstatus = pytest.ExitCode.OK


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not config.getoption("proofs"):
        return
    counted = config.stash.get(_counted, Counter())
    for area, (name, last) in AREAS.items():
        terminalreporter.section(name, sep="-")
        for number in range(1, last + 1):
            line = f"{area}-{number}"
            tests = counted[line]
            terminalreporter.write_line(f"{line:6} {f'{tests} tests' if tests else '-'}", green=bool(tests))
    proven = sum(1 for line in LINES if counted[line])
    terminalreporter.write_line(f"{proven} of {len(LINES)} lines have a proof")
