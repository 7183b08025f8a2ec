"""At the court that receives: accepting a case that was offered, or not."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from app.cases.lookups import who_can_supervise
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from app.transfers.facts import the_court
from app.transfers.models import Transfer, TransferParcel
from app.transfers.parcels import opened, put_on, seal, the_parcel
from app.transfers.terms import terms_of
from tenants.database import transaction
from tenants.rules import rules_in_force
from tenants.scope import current_court_id


def accept(
    parcel_id: UUID, *, deadline: date, officer_id: UUID | None, check_ins_counted: int, actor: Actor
) -> Transfer:
    """Take an offered case. It comes when the court that sends has handed it over.

    `deadline`: for the lessons, court-local. `check_ins_counted`: how many of those that were done elsewhere count
    here. Raises NotFound, StaleForm when it was answered or taken back meanwhile, and Refused (with the field).
    """
    today = clock.today(the_court().time_zone)
    if deadline <= today:
        raise Refused(_("Choose a day after today."), "deadline")
    if officer_id is not None and officer_id not in {member.id for member in who_can_supervise()}:
        raise Refused(_("Choose an officer from the list."), "officer_id")
    with transaction():
        parcel = _offered(parcel_id)
        offer = opened(parcel, "offer")
        ends = offer["case"]["case_ends_on"]
        if ends is not None and deadline.isoformat() > ends:
            raise Refused(_("The case ends before that day."), "deadline")
        most = min(offer["check_ins"]["accepted"], terms_of(rules_in_force()[1])["months"])
        if not 0 <= check_ins_counted <= most:
            raise Refused(
                _("Choose a number from 0 to %(most)s.", most=most),
                "check_ins_counted",
            )
        put_on(parcel, "accepted")
        row = _noted(parcel, "accepted", actor)
        row.deadline, row.officer_id, row.check_ins_counted = deadline, officer_id, check_ins_counted
        audit(
            "transfers.accept",
            actor=actor,
            subject=("transfer", row.id),
            new={"deadline": deadline.isoformat(), "check_ins_counted": check_ins_counted},
        )
        return row


def refuse(parcel_id: UUID, *, reason: str, actor: Actor) -> Transfer:
    """Do not take an offered case; the other court reads why. Raises NotFound, StaleForm, Refused at `reason`."""
    if not reason.strip():
        raise Refused(_("Write the reason. The other court and the participant can read it."), "reason")
    with transaction():
        parcel = _offered(parcel_id)
        put_on(parcel, "refused")
        seal(parcel, "reply", {"reason": reason.strip()})
        row = _noted(parcel, "refused", actor)
        row.answer, row.ended_at = reason.strip(), clock.now()
        audit("transfers.refuse", actor=actor, subject=("transfer", row.id), new={"reason": row.answer})
        return row


def _offered(parcel_id: UUID) -> TransferParcel:
    parcel = the_parcel(parcel_id, lock=True)
    if parcel.to_court != current_court_id():
        raise NotFound
    if parcel.state != "offered" or parcel.expires_at <= clock.now():
        raise StaleForm
    return parcel


def _noted(parcel: TransferParcel, state: str, actor: Actor) -> Transfer:
    assert actor.id is not None
    with transaction() as current:
        row = Transfer(
            direction="in",
            state=state,
            parcel_id=parcel.id,
            other_court=parcel.from_court,
            asked_by=actor.id,
            asked_at=clock.now(),
            documents=[],
            expires_at=parcel.expires_at,
        )
        current.add(row)
        current.flush()
        return row
