"""What a learner does in the modules."""

from __future__ import annotations

from uuid import UUID


def lay_out_modules(enrollment_id: UUID) -> None:
    """Write one module_progress row for each module of the pinned rules."""
