"""Fees, payments and waivers of an enrollment."""

from __future__ import annotations

from uuid import UUID


def assess_fees(enrollment_id: UUID) -> None:
    """Write the fee components of the pinned rules into the ledger; opens coursework when nothing is owed."""


def sweep_open_checkouts() -> None:
    """Ask Stripe about checkouts that no webhook has settled (scheduled, for the court at work)."""
