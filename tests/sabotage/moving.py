"""Sabotages of colleagues who stand in (AC-3, AD-1)."""

from __future__ import annotations

from tests.sabotage.breaking import Edit, Sabotage

CASES = "tests/functional/test_moving_cases.py"
STANDS_IN = f"{CASES}::test_a_colleague_stands_in_from_the_first_day_to_the_last_and_no_longer"

SABOTAGES = (
    Sabotage(
        "AC-3",
        "who stood in goes on seeing the cases after the last day",
        (
            Edit(
                "app/cases/lookups.py",
                "Cover.cover_id == viewer, Cover.starts_at <= now, Cover.ends_at > now",
                "Cover.cover_id == viewer, Cover.starts_at <= now",
            ),
        ),
        (STANDS_IN,),
    ),
    Sabotage(
        "AC-3",
        "who will stand in sees the cases before the first day",
        (
            Edit(
                "app/cases/lookups.py",
                "Cover.cover_id == viewer, Cover.starts_at <= now, Cover.ends_at > now",
                "Cover.cover_id == viewer, Cover.ends_at > now",
            ),
        ),
        (STANDS_IN,),
    ),
    Sabotage(
        "AD-1",
        "the audit does not say for whom a colleague stood in",
        (Edit("app/accounts/sessions.py", "            covering=row.covering,\n", ""),),
        (STANDS_IN,),
    ),
    Sabotage(
        "AC-3",
        "an officer ends what others arranged",
        (Edit("app/cases/moving/lookups.py", "if identity.as_role is Role.OFFICER:", "if False:"),),
        (f"{CASES}::test_a_cover_that_is_ended_early_closes_the_cases_at_once_and_others_can_not_end_it",),
    ),
)
