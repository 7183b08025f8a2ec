"""Requesting reports: the facts are frozen in the transaction that asks."""

from __future__ import annotations

from uuid import UUID


def request_proof_of_enrollment(enrollment_id: UUID) -> None:
    """Proof of enrollment, at once when somebody enrolls."""


def request_certificate(enrollment_id: UUID) -> None:
    """The certificate, when somebody has completed the program and the court's rules want one."""
