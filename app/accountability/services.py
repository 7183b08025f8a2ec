"""The plan of check-ins and what becomes of them."""

from __future__ import annotations

from uuid import UUID


def make_plan(enrollment_id: UUID) -> None:
    """Write the check-ins of the pinned rules, from today's court-local date on."""


def mark_missed() -> None:
    """Note check-ins whose grace has passed (scheduled, for the court at work)."""
