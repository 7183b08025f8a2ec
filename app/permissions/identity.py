"""The person behind a request, as far as permissions care."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.core.actor import Actor, ActorKind


class Role(StrEnum):
    """What somebody is in one court (or for JaneSchool)."""

    ADMINISTRATOR = "administrator"
    CLERK = "clerk"
    JUDGE = "judge"
    PROSECUTOR = "prosecutor"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    FACILITATOR = "facilitator"
    COUNSEL = "counsel"
    LEARNER = "learner"
    OPERATOR = "operator"
    NOBODY = "nobody"


# Defense counsel come in by the door of the staff and are none: their clients let them in.
STAFF_ROLES = (
    Role.ADMINISTRATOR,
    Role.CLERK,
    Role.JUDGE,
    Role.PROSECUTOR,
    Role.OFFICER,
    Role.SUPERVISOR,
    Role.FACILITATOR,
)


@dataclass(frozen=True)
class Identity(Actor):
    """An actor who signed in (or nobody). `id` is the membership or the learner account.

    `fully_signed_in` is False between the password and the second factor: such a person may only finish signing in.
    `unread`: messages of the own inbox that were not opened yet.
    The sign-in ends `idle_seconds` after the last page, and at `ends_at` (UTC) at the latest.
    """

    court_id: UUID | None = None
    display_name: str = ""
    language: str = ""
    session_id: UUID | None = None
    fully_signed_in: bool = field(default=False)
    unread: int = field(default=0, compare=False)
    large_print: bool = False
    idle_seconds: int = 0
    ends_at: datetime | None = None

    @property
    def as_role(self) -> Role:
        return Role(self.role) if self.role else Role.NOBODY


NOBODY = Identity(ActorKind.ANONYMOUS)
