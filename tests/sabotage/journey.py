"""Sabotages of the whole journey (AC-5): a step that opens too early."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

JOURNEY = "tests/functional/test_journey.py::test_no_story_skips_a_requirement_and_none_gets_stuck"

SABOTAGES = (
    Sabotage(
        "AC-5",
        "lessons open while the fee is owed",
        (
            Edit(
                "app/payments/ledger.py",
                "if coursework_open(balance, waiver_pending=pending, rule=rule) or has_more_time(enrollment_id):",
                "if rule is not None or pending:",
            ),
        ),
        (JOURNEY,),
    ),
    Sabotage(
        "AC-5",
        "check-ins begin though nobody has accepted what was written",
        (
            Edit(
                "app/learning/rules.py",
                "    return accepted or not plan.reflection_must_be_accepted",
                "    return accepted or True",
            ),
        ),
        (JOURNEY,),
    ),
    Sabotage(
        "AC-5",
        "a check-in that was only opened counts as done",
        (
            Edit(
                "app/accountability/rules.py",
                'SETTLED = frozenset({"accepted", "excused"})',
                'SETTLED = frozenset({"accepted", "excused", "open", "scheduled"})',
            ),
        ),
        (JOURNEY,),
    ),
)
