"""What follows at each court, in its own transaction, whenever the other one has done its part.

A schedule of every court. Each step looks at the parcel under its lock and moves it on in the transaction that does the
work: killed in between, it is done at the next turn, and never twice.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.accounts.telling import tell_roles, tell_staff
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.rules import FINAL_STATES
from app.cases.services import move_enrollment
from app.cases.telling import tell_learner
from app.core import clock
from app.core.actor import SYSTEM
from app.core.audit import audit
from app.core.occasions import first_time
from app.core.runtime import Happening, tell
from app.permissions.identity import Role
from app.transfers.asking import PAGE, end_unmoved, the_transfer
from app.transfers.facts import facts_of, packed_files
from app.transfers.lookups import is_at_work
from app.transfers.models import CourtTerms, Transfer, TransferParcel
from app.transfers.parcels import opened, put_on, seal, the_parcel
from app.transfers.receiving import receive, settle_lessons
from app.transfers.rules import REPLY_KEPT
from app.transfers.terms import terms_of
from tenants.database import session, transaction
from tenants.rules import NoRules, rules_in_force
from tenants.scope import current_court_id

log = logging.getLogger(__name__)

BEFORE_LESSONS = ("referred", "enrolled")
AGAIN = timedelta(seconds=30)
DECIDES = (Role.CLERK, Role.SUPERVISOR, Role.ADMINISTRATOR)


def carry() -> datetime:
    """Everything that waits for the court at work; returns when (UTC) to ask again."""
    _post_terms()
    for transfer_id in _to_do():
        try:
            _carry_one(transfer_id)
        except Exception:  # one that can not go on (a file is lost) holds up no other; it is tried again each turn
            log.exception("transfer %s could not be carried on", transfer_id)
    for parcel_id in _arrived():
        _tell_of_arrival(parcel_id)
    for parcel_id in _old_replies():
        with transaction():
            the_parcel(parcel_id, lock=True).reply = ""
    return clock.now() + AGAIN


def _post_terms() -> None:
    """Keep what other courts read of this one's rules level with those in force."""
    try:
        rules, document = rules_in_force()
    except NoRules:
        return
    with transaction() as current:
        row = current.get(CourtTerms, current_court_id())
        if row is None:
            row = CourtTerms(of_court=current_court_id(), terms={}, rules_version=0, posted_at=clock.now())
            current.add(row)
        if row.rules_version != rules.version:
            row.terms, row.rules_version, row.posted_at = terms_of(document), rules.version, clock.now()


def _to_do() -> list[UUID]:
    """Transfers of this court that something can follow for."""
    parcel, now = TransferParcel, clock.now()
    answered = or_(parcel.state != "offered", parcel.expires_at <= now)
    due = or_(
        and_(Transfer.state == "asked", Transfer.expires_at <= now),
        and_(Transfer.direction == "out", Transfer.state == "agreed", answered),
        and_(Transfer.direction == "in", Transfer.state == "accepted", parcel.state != "accepted"),
        and_(Transfer.brought_at.is_not(None), Transfer.settled_at.is_(None), Enrollment.state.not_in(BEFORE_LESSONS)),
    )
    query = (
        select(Transfer.id)
        .outerjoin(parcel, parcel.id == Transfer.parcel_id)
        .outerjoin(Enrollment, Enrollment.id == Transfer.enrollment_id)
        .where(due)
        .order_by(Transfer.id)
    )
    return list(session().scalars(query))


def _carry_one(transfer_id: UUID) -> None:
    with transaction():
        row = the_transfer(transfer_id, lock=True)
        if row.state == "asked":
            end_unmoved(row, "expired")
            _tell_who_asked(row)
        elif row.state == "received":
            settle_lessons(row)
        elif row.direction == "out" and row.state == "agreed":
            _send_on(row, the_parcel(row.parcel_id, lock=True))
        elif row.direction == "in" and row.state == "accepted":
            _take_in(row, the_parcel(row.parcel_id, lock=True))


def _send_on(row: Transfer, parcel: TransferParcel) -> None:
    """At the court that sends, as the parcel stands."""
    assert row.enrollment_id is not None
    enrollment = the_enrollment(row.enrollment_id, lock=True)
    if parcel.state in ("offered", "accepted") and enrollment.state in FINAL_STATES:
        put_on(parcel, "withdrawn")
        end_unmoved(row, "withdrawn")
    elif parcel.state == "offered" and parcel.expires_at <= clock.now():
        put_on(parcel, "expired")
        end_unmoved(row, "expired")
        _tell_who_asked(row)
    elif parcel.state == "refused":
        end_unmoved(row, "refused", opened(parcel, "reply").get("reason", ""))
        parcel.reply = ""
        _tell_who_asked(row)
    elif parcel.state == "accepted" and is_at_work(row.other_court):
        _hand_over(row, parcel)


def _hand_over(row: Transfer, parcel: TransferParcel) -> None:
    """The case ends here and travels: as it is at this moment, with what was named and agreed to, and nothing else."""
    assert row.enrollment_id is not None
    enrollment = the_enrollment(row.enrollment_id)
    keys = {one["key"] for one in row.documents}
    seal(parcel, "package", {**facts_of(enrollment), "reason": row.reason, "files": packed_files(enrollment, keys)})
    put_on(parcel, "handed_over")
    move_enrollment(enrollment.id, "transferred", actor=SYSTEM, reason=row.reason)
    tell(Happening.TRANSFERRED, enrollment.id)
    row.state, row.ended_at = "moved", clock.now()
    audit(
        "transfers.hand_over",
        actor=SYSTEM,
        subject=("transfer", row.id),
        case_id=enrollment.referral_id,
        new={"documents": sorted(keys)},
    )
    tell_learner(enrollment, "transfer_moved", PAGE)
    _tell_who_asked(row)
    if enrollment.officer_id not in (None, row.asked_by):
        tell_staff(enrollment.officer_id, "transfer_answered", f"transfers/{row.id}")


def _take_in(row: Transfer, parcel: TransferParcel) -> None:
    """At the court that receives, as the parcel stands."""
    if parcel.state == "withdrawn":
        row.state, row.ended_at = "withdrawn", clock.now()
        tell_staff(row.asked_by, "transfer_answered", f"transfers/arriving/{parcel.id}")
    elif parcel.state == "handed_over":
        receive(row, parcel)
        put_on(parcel, "received")


def _tell_who_asked(row: Transfer) -> None:
    tell_staff(row.asked_by, "transfer_answered", f"transfers/{row.id}")


def _arrived() -> list[UUID]:
    """Offers to this court that still wait for its answer."""
    parcel = TransferParcel
    mine = select(parcel.id).where(parcel.to_court == current_court_id(), parcel.state == "offered")
    return list(session().scalars(mine.where(parcel.expires_at > clock.now()).order_by(parcel.id)))


def _tell_of_arrival(parcel_id: UUID) -> None:
    with transaction():
        if first_time("transfers.arriving", parcel_id, "told"):
            tell_roles(DECIDES, "transfer_waiting", f"transfers/arriving/{parcel_id}")


def _old_replies() -> list[UUID]:
    parcel = TransferParcel
    old = select(parcel.id).where(parcel.from_court == current_court_id(), parcel.state == "received")
    return list(session().scalars(old.where(parcel.reply != "", parcel.ended_at < clock.now() - REPLY_KEPT)))
