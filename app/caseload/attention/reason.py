"""One reason to look at a case."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Its kind (a key of RULES) and its numbers. Hashable, so that a page can keep the words of equal reasons."""

    kind: str
    days: int
    done: int = 0
    required: int = 0
