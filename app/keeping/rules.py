"""When a record is sealed or destroyed, and what has to come first. No database here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.cases.rules import SYSTEM, Moves, transition
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from tenants.records import Sealing


class Ground(StrEnum):
    """Why a record ends."""

    ORDER_TO_SEAL = "order_to_seal"
    ORDER_TO_EXPUNGE = "order_to_expunge"
    DISMISSED = "dismissed"
    COMPLETED = "completed"
    RETENTION = "retention"  # the years of the court's rules are over; nobody picks it


GROUND_WORDS: dict[str, LazyString] = {
    Ground.ORDER_TO_SEAL: _("An order to seal the record"),
    Ground.ORDER_TO_EXPUNGE: _("An order to expunge the record"),
    Ground.DISMISSED: _("The charge was dismissed"),
    Ground.COMPLETED: _("The program was completed"),
    Ground.RETENTION: _("The time to keep the record is over"),
}
CHOSEN_GROUNDS = tuple(ground for ground in Ground if ground is not Ground.RETENTION)
WHAT_WORDS: dict[str, LazyString] = {"seal": _("Seal the record"), "destroy": _("Destroy the record")}

SEALING_MOVES = Moves(
    "sealing",
    "planned",
    (
        transition("planned", "confirmed", "record.seal", _("Somebody else confirmed it."), "second_person"),
        transition("planned confirmed", "done", SYSTEM, _("It was carried out."), "day_has_come", "no_hold"),
        transition("planned confirmed", "canceled", "record.seal", _("It was called off.")),
    ),
)


@dataclass(frozen=True)
class Clock:
    """What is to happen, and on which court-local day."""

    what: str
    due_on: date


def clock_of(ground: Ground, dated_on: date, sealing: Sealing) -> Clock | None:
    """What the court's rules make of an order or a disposition of that day; None where they make nothing of it."""
    match ground:
        case Ground.ORDER_TO_SEAL:
            what, days = "seal", sealing.order_days
        case Ground.ORDER_TO_EXPUNGE:
            what, days = sealing.expunged, sealing.order_days
        case Ground.DISMISSED:
            what, days = sealing.dismissed, sealing.dismissed_days
        case Ground.COMPLETED:
            what, days = sealing.completed, sealing.completed_days
        case Ground.RETENTION:
            what, days = "destroy", 0
    return None if what == "nothing" else Clock(what, dated_on + timedelta(days=days))


class Waits(StrEnum):
    """Why a record is not sealed or destroyed yet."""

    FOR_A_SECOND_PERSON = "second_person"
    FOR_ITS_DAY = "day"
    ON_HOLD = "hold"
    FOR_NOTHING = "nothing"


def waits(*, state: str, needs_second_person: bool, due_on: date, today: date, on_hold: bool) -> Waits:
    """What stands between a plan and its deed, the first of all. A hold counts whatever else is true."""
    if on_hold:
        return Waits.ON_HOLD
    if state == "planned" and needs_second_person:
        return Waits.FOR_A_SECOND_PERSON
    return Waits.FOR_ITS_DAY if today < due_on else Waits.FOR_NOTHING
