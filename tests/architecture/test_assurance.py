"""The page for a county's counsel says what the tests say."""

from __future__ import annotations

import pytest

from tests.assurance import PAGE, claims, marked_tests, page
from tests.promises import PROMISES
from tests.proofs import LINES


def test_every_line_has_its_promise_and_none_is_called_proven_without_a_test():
    assert tuple(PROMISES) == LINES
    said, tests = claims(PAGE.read_text()), marked_tests()
    assert tuple(said) == LINES
    assert {line for line in LINES if said[line]} <= {line for line in LINES if tests[line]}


@pytest.mark.slow  # else whoever adds a test would have to write the page anew
def test_the_page_is_as_the_tests_and_sabotages_are():
    assert PAGE.read_text() == page(), "stale: python -m tests.assurance"
