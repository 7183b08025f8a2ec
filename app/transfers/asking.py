"""At the court that sends: asking for a transfer, the participant's agreement, and taking it back."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.rules import ENROLLMENT_MOVES, FINAL_STATES, move
from app.cases.telling import tell_learner
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from app.transfers.facts import facts_of, files_that_can_go
from app.transfers.lookups import courts_that_receive
from app.transfers.models import Transfer, TransferParcel
from app.transfers.parcels import put_on, seal, the_parcel
from app.transfers.rules import DAYS_TO_ANSWER, FILES_AT_MOST, OUT_MOVES
from tenants.database import transaction
from tenants.keys import uuid7
from tenants.scope import current_court_id

PAGE = "moving-court"
OPEN = ("asked", "agreed")


def ask(enrollment_id: UUID, to_court: UUID, *, reason: str, documents: Collection[str], actor: Actor) -> Transfer:
    """Ask that a case moves to another court. Nothing leaves this court before the participant agrees.

    `documents`: keys of `files_that_can_go`. The participant is told. Raises NotFound, and Refused (at `to_court`,
    `reason` or `documents`).
    """
    if not reason.strip():
        raise Refused(_("Write the reason. The participant and the other court can read it."), "reason")
    if to_court not in {court.id for court in courts_that_receive()}:
        raise Refused(_("Choose a court from the list."), "to_court")
    assert actor.id is not None
    with transaction() as current:
        enrollment = the_enrollment(enrollment_id, lock=True)
        _refuse(enrollment)
        files = files_that_can_go(enrollment)
        if not set(documents) <= set(files):
            raise Refused(_("Choose documents from the list."), "documents")
        if sum(files[key].size for key in documents) > FILES_AT_MOST:
            raise Refused(_("These documents are too large together. Choose fewer."), "documents")
        now = clock.now()
        row = Transfer(
            direction="out",
            state="asked",
            parcel_id=uuid7(),
            other_court=to_court,
            enrollment_id=enrollment_id,
            asked_by=actor.id,
            asked_at=now,
            reason=reason.strip(),
            documents=[{"key": key, "name": files[key].name} for key in files if key in documents],
            expires_at=now + DAYS_TO_ANSWER,
        )
        current.add(row)
        current.flush()
        audit(
            "transfers.ask",
            actor=actor,
            subject=("transfer", row.id),
            case_id=enrollment.referral_id,
            new={"reason": row.reason, "documents": [one["key"] for one in row.documents]},
        )
        tell_learner(enrollment, "transfer_asked", PAGE)
        return row


def _refuse(enrollment: Enrollment) -> None:
    if enrollment.state in FINAL_STATES:
        raise Refused(_("The case is closed, so it can not move."))
    if enrollment.account_id is None:
        raise Refused(
            _("The person has not enrolled yet, so nobody can agree. Withdraw it, and let the other court refer them.")
        )
    with transaction() as current:
        same = select(Transfer.id).where(Transfer.enrollment_id == enrollment.id, Transfer.state.in_(OPEN))
        if current.scalar(same.where(Transfer.direction == "out")) is not None:
            raise Refused(_("It was already asked that this case moves."))


def agree(transfer_id: UUID, *, actor: Actor) -> Transfer:
    """The participant agrees: the parcel with what the other court decides by is put into the mailbox.

    Does nothing when it was agreed before. Raises NotFound, StaleForm when it was taken back meanwhile.
    """
    with transaction() as current:
        row, enrollment = _own(transfer_id, actor)
        if row.state == "agreed":
            return row
        if row.state != "asked" or enrollment.state in FINAL_STATES:
            raise StaleForm
        now = clock.now()
        _put(row, "agreed")
        row.agreed_at, row.expires_at = now, now + DAYS_TO_ANSWER
        parcel = TransferParcel(
            id=row.parcel_id,
            from_court=current_court_id(),
            to_court=row.other_court,
            offered_at=now,
            expires_at=row.expires_at,
        )
        seal(parcel, "offer", {**facts_of(enrollment), "reason": row.reason, "documents": row.documents})
        current.add(parcel)
        current.flush()
        audit("transfers.agree", actor=actor, subject=("transfer", row.id), case_id=enrollment.referral_id)
        return row


def decline(transfer_id: UUID, *, actor: Actor) -> Transfer:
    """The participant does not agree: nothing changes. Raises NotFound, StaleForm."""
    with transaction():
        row, enrollment = _own(transfer_id, actor)
        if row.state == "declined":
            return row
        if row.state != "asked":
            raise StaleForm
        _put(row, "declined")
        row.ended_at = clock.now()
        audit("transfers.decline", actor=actor, subject=("transfer", row.id), case_id=enrollment.referral_id)
        return row


def withdraw(transfer_id: UUID, *, actor: Actor) -> Transfer:
    """Take a transfer back while nothing was handed over; the parcel is emptied.

    Does nothing when it is over. Raises NotFound, Refused once the other court has refused.
    """
    with transaction():
        row = the_transfer(transfer_id, lock=True)
        if row.state not in OPEN:
            return row
        if row.state == "agreed":
            parcel = the_parcel(row.parcel_id, lock=True)
            if parcel.state not in ("offered", "accepted"):
                raise Refused(_("The other court has answered meanwhile."))
            put_on(parcel, "withdrawn")
        enrollment = _end(row, "withdrawn")
        audit("transfers.withdraw", actor=actor, subject=("transfer", row.id), case_id=enrollment.referral_id)
        return row


def empty_parcels(referral_id: UUID) -> None:
    """The record of a case ends: nothing of it stays in the mailbox. What was handed over is the other court's now."""
    with transaction() as current:
        query = (
            select(TransferParcel)
            .join(Transfer, Transfer.parcel_id == TransferParcel.id)
            .join(Enrollment, Enrollment.id == Transfer.enrollment_id)
            .where(Enrollment.referral_id == referral_id, Transfer.direction == "out")
            .order_by(TransferParcel.id)
            .with_for_update(of=TransferParcel)
        )
        for parcel in current.scalars(query):
            if parcel.state in ("offered", "accepted"):
                put_on(parcel, "withdrawn")
            if parcel.state != "handed_over":
                parcel.reply = ""
        current.flush()


def end_unmoved(row: Transfer, state: str, why: str = "") -> Enrollment:
    """A locked transfer out comes to nothing: the case stays, and the participant hears so."""
    row.answer = why
    return _end(row, state)


def _end(row: Transfer, state: str) -> Enrollment:
    assert row.enrollment_id is not None
    _put(row, state)
    row.ended_at = clock.now()
    enrollment = the_enrollment(row.enrollment_id)
    tell_learner(enrollment, "transfer_off", PAGE)
    return enrollment


def _put(row: Transfer, to: str) -> None:
    move(row.state, to, OUT_MOVES)
    row.state = to


def the_transfer(transfer_id: UUID, *, lock: bool = False) -> Transfer:
    """One transfer of the court at work. Raises NotFound."""
    with transaction() as current:
        query = select(Transfer).where(Transfer.id == transfer_id)
        found = current.scalar(query.with_for_update() if lock else query)
        if found is None:
            raise NotFound
        return found


def _own(transfer_id: UUID, actor: Actor) -> tuple[Transfer, Enrollment]:
    row = the_transfer(transfer_id, lock=True)
    if row.direction != "out" or row.enrollment_id is None:
        raise NotFound
    enrollment = the_enrollment(row.enrollment_id, lock=True)
    if actor.id is None or enrollment.account_id != actor.id:
        raise NotFound
    return row, enrollment


def can_move(enrollment: Enrollment) -> bool:
    """Whether the table of states lets this case move to another court."""
    return enrollment.state not in FINAL_STATES and any(
        one.to == "transferred" and enrollment.state in one.from_states for one in ENROLLMENT_MOVES.transitions
    )
