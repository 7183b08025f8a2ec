"""What the factory puts together once for each process, for those who can not have it as an argument."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flask import current_app

from app.core.actor import Actor
from app.core.jobs import JobHandler
from app.core.keyring import Keyring
from app.core.storage import Storage
from config import Settings


class Happening(StrEnum):
    """What one package tells those after it in the import order; handed over is the enrollment's id, where no other
    is named."""

    ENROLLED = "enrolled"
    BALANCE_CHANGED = "balance_changed"
    PAID_AT_COUNTER = "paid_at_counter"  # a counter payment was recorded or voided
    WAIVER_FILED = "waiver_filed"
    WAIVER_DECIDED = "waiver_decided"  # granted, denied, revoked, or proof asked for
    FEE_CHANGED = "fee_changed"  # and neither a receipt nor a letter says so
    MODULE_PASSED = "module_passed"
    COURSEWORK_DONE = "coursework_done"
    ACCOUNTABILITY_DONE = "accountability_done"
    COMPLETED = "completed"
    RESUMED = "resumed"  # the enrollment's `paused_at` still says since when it was away
    WITHDRAWN = "withdrawn"
    TRANSFERRED = "transferred"  # to another court: the case has ended here
    NEW_DEVICE = "new_device"  # of a learner's account, whose id is handed over
    STAFF_JOINED = "staff_joined"  # by an invitation; the membership's id is handed over
    MAIL_SENT = "mail_sent"  # the message's id is handed over
    MAIL_UNDELIVERED = "mail_undelivered"  # the same; given up, or the address does not work


Handler = Callable[[UUID], None]
ScheduleHandler = Callable[[], datetime | None]
# Of a member of staff and cases (referrals): for whom of the colleagues each is done, where it is.
CoveredFor = Callable[[UUID, Collection[UUID]], Mapping[UUID, UUID]]
# Keeps the language (two letters) that somebody signed in chose on any page.
KeepLanguage = Callable[[str, Actor], None]


def nobody_covered(_member_id: UUID, _case_ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    return {}


def not_kept(_language: str, _actor: Actor) -> None:
    pass


@dataclass(frozen=True)
class Registry:
    """Who listens to what. Built by the factory, whole or not at all."""

    handlers: Mapping[Happening, tuple[Handler, ...]]
    jobs: Mapping[str, JobHandler]
    # Run for each court under acting_as(court): all the time, or not before the instant (UTC) that the last run named.
    schedules: Mapping[str, ScheduleHandler]
    covered_for: CoveredFor = nobody_covered
    keep_language: KeepLanguage = not_kept

    def __post_init__(self) -> None:
        missing = set(Happening) - set(self.handlers)
        if missing:
            raise LookupError(f"no handlers named for {', '.join(sorted(missing))}")


@dataclass(frozen=True)
class Runtime:
    settings: Settings
    keyring: Keyring
    storage: Storage
    registry: Registry


def runtime() -> Runtime:
    """The runtime of the process at hand (needs an application context)."""
    found: Runtime = current_app.extensions["portal"]
    return found


def tell(happening: Happening, subject_id: UUID) -> None:
    """Run every handler of `happening` now, in the caller's transaction."""
    for handler in runtime().registry.handlers[happening]:
        handler(subject_id)
