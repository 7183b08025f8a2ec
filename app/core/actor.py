"""Who acts: the least that services, audit and outbox need to know of a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    ANONYMOUS = "anonymous"
    STAFF = "staff"
    LEARNER = "learner"
    OPERATOR = "operator"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """`id` is the membership (staff), learner account or operator; `address` the network address, for the audit."""

    kind: ActorKind
    id: UUID | None = None
    role: str = ""
    address: str = ""
    covering: bool = False  # stands in for a colleague now: the audit says so of deeds on that colleague's cases


SYSTEM = Actor(ActorKind.SYSTEM, role="system")
