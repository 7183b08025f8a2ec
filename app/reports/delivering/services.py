"""Delivering an issued report by the ways that the court's rules name, and noting that somebody has it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import Membership
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.moving.lookups import who_is_told
from app.cases.rules import move
from app.core import clock, outbox
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.errors import NotFound
from app.notices import services as notices
from app.permissions.identity import Role
from app.reports.delivering.documents import (
    Document,
    deliveries_with,
    document_id_of,
    find_document,
    locked_document,
    subject_of,
)
from app.reports.delivering.models import ReportDelivery
from app.reports.delivering.rules import DELIVERY_MOVES
from app.reports.lists.models import ListReport
from app.reports.lookups import ISSUED
from app.reports.models import Report
from app.reports.rules import before
from app.reports.snapshot import FEE_PAPERS
from tenants.database import session, transaction
from tenants.keys import uuid7
from tenants.report_delivery import PERSONAL_WAYS, KindDelivery, Receiver, Way
from tenants.rules import rules_in_force

HAND_OVER = "reports.hand_over"  # the kinds of jobs
DELIVER = "reports.deliver"
CARRIED_BY_A_JOB = (Way.MAIL, Way.FOLDER)
ROLES = {Receiver.JUDGES: Role.JUDGE, Receiver.CLERKS: Role.CLERK, Receiver.SUPERVISORS: Role.SUPERVISOR}
OPEN = ("waiting", "on_its_way", "failed")


def hand_over(report: Document) -> None:
    """Have an issued report or list delivered in the background, in the transaction that issues it.

    Papers of the fee are for the learner, who finds them under Documents: nobody else is sent one.
    """
    if report.kind not in FEE_PAPERS and rules_for(report.kind).ways:
        outbox.enqueue(HAND_OVER, report.id, once="1")


def rules_for(kind: str) -> KindDelivery:
    """How the court at work delivers reports of a kind."""
    return rules_in_force()[1].reports.delivery.of(kind)


def lay_out(document_id: UUID) -> None:
    """Write the deliveries of an issued report or list, each once: into inboxes at once, the others through jobs.

    Whoever asked for the report has it on the page at hand and gets no second one. Does nothing for a report that was
    replaced or taken back meanwhile.
    """
    with transaction():
        report = locked_document(document_id)
        if report.state not in ISSUED:
            return
        wanted = rules_for(report.kind)
        people = [one for one in _receivers(report, wanted.to) if one != report.requested_by]
        for way in wanted.ways:
            for recipient_id in people if way in PERSONAL_WAYS else [None]:
                deliver(report, way, recipient_id)


def deliver(report: Document, way: Way, recipient_id: UUID | None = None) -> None:
    """Write one delivery of an issued report or list in the transaction at hand; a second to the same place is none."""
    of = {"list_id" if isinstance(report, ListReport) else "report_id": report.id}
    with transaction() as current:
        made = current.scalar(
            insert(ReportDelivery)
            .values(id=uuid7(), **of, way=way, recipient_id=recipient_id, created_at=clock.now())
            .on_conflict_do_nothing()
            .returning(ReportDelivery.id)
        )
        if made is None:
            return
        if way is Way.INBOX:
            delivered(made)
        elif way in CARRIED_BY_A_JOB:
            the_delivery(made).job_id = outbox.enqueue(DELIVER, made, once="1")
            current.flush()


def _receivers(report: Document, to: Collection[Receiver]) -> list[UUID]:
    """The active members of staff who are to have a report, each once, the officer of the case or list first."""
    officer_id = _officer_of(report)
    wanted = set(to)
    if Receiver.OFFICER in wanted and officer_id is None:
        wanted.add(Receiver.CLERKS)
    found = who_is_told(officer_id) if officer_id is not None and Receiver.OFFICER in wanted else []
    roles = [ROLES[one] for one in Receiver if one in wanted and one in ROLES]
    members = select(Membership.id).where(Membership.state == "active")
    rest = session().scalars(members.where(Membership.role.in_(roles)).order_by(Membership.id)).all() if roles else ()
    active = set(session().scalars(members.where(Membership.id.in_(found)))) if found else set()
    return list(dict.fromkeys([*(one for one in found if one in active), *rest]))


def _officer_of(report: Document) -> UUID | None:
    if isinstance(report, ListReport):
        return report.officer_id
    return session().scalar(select(Enrollment.officer_id).where(Enrollment.id == report.enrollment_id))


def the_delivery(delivery_id: UUID) -> ReportDelivery:
    """One delivery, locked in the transaction at hand, its report before it, as everywhere. Raises NotFound."""
    with transaction() as current:
        of_it = select(func.coalesce(ReportDelivery.report_id, ReportDelivery.list_id))
        locked_document(current.scalar(of_it.where(ReportDelivery.id == delivery_id)))
        found = current.scalar(select(ReportDelivery).where(ReportDelivery.id == delivery_id).with_for_update())
        if found is None:
            raise NotFound
        return found


def delivered(delivery_id: UUID, *, actor: Actor = SYSTEM) -> bool:
    """Note that a report is where it was to go. False when that was known. Raises NotFound."""
    with transaction() as current:
        row = the_delivery(delivery_id)
        if row.state in ("delivered", "acknowledged", "stopped"):
            return False
        _go(row, "delivered")
        row.delivered_at, row.error = clock.now(), ""
        current.flush()
        report = _move_report(row, "delivered")
        audit(
            "reports.deliver",
            actor=actor,
            subject=subject_of(report),
            case_id=_case_of(report),
            new={"by": row.way, "recipient": str(row.recipient_id or "")},
        )
        return True


def not_delivered(delivery_id: UUID, code: str) -> None:
    """Note that a report could not be delivered; `code` is one of words.DELIVERY_FAILURES. Raises NotFound."""
    with transaction() as current:
        row = the_delivery(delivery_id)
        if row.state not in ("waiting", "on_its_way", "delivered"):
            return
        _go(row, "failed")
        row.error = code
        current.flush()
        report = find_document(document_id_of(row))
        audit(
            "reports.not_delivered",
            actor=SYSTEM,
            subject=subject_of(report),
            case_id=_case_of(report),
            new={"by": row.way, "error": code},
        )


def stop(document_ids: Iterable[UUID]) -> None:
    """What is still to be delivered of reports and lists that were replaced or taken back goes nowhere any more."""
    with transaction() as current:
        current.execute(
            update(ReportDelivery)
            .where(deliveries_with(*document_ids), ReportDelivery.state.in_(OPEN))
            .values(state="stopped", row_version=ReportDelivery.row_version + 1)
            .execution_options(synchronize_session=False)
        )


def retry(delivery_id: UUID, *, actor: Actor) -> None:
    """Try a failed delivery once more. Does nothing in any other state. Raises NotFound."""
    with transaction() as current:
        found = current.execute(
            select(ReportDelivery.job_id, ReportDelivery.notice_id).where(ReportDelivery.id == delivery_id)
        ).one_or_none()
        if found is None:
            raise NotFound
        # The job and the mail before the report and its delivery, as where these are worked on.
        if found.job_id is not None:
            outbox.retry(found.job_id)
        if found.notice_id is not None:
            notices.retry(found.notice_id, actor=actor)
        row = the_delivery(delivery_id)
        if row.state != "failed":
            return
        _go(row, "waiting")
        row.error = ""
        if row.notice_id is not None:
            _go(row, "on_its_way")
        current.flush()
        report = find_document(document_id_of(row))
        audit(
            "reports.deliver_again",
            actor=actor,
            subject=subject_of(report),
            case_id=_case_of(report),
            new={"by": row.way},
        )


def acknowledge(delivery_ids: Collection[UUID], *, actor: Actor) -> int:
    """Note that the signed-in person has these reports of their own inbox; returns how many were new.

    Somebody else's, unknown and acknowledged ones count as none.
    """
    theirs = (
        ReportDelivery.id.in_(list(delivery_ids)),
        ReportDelivery.recipient_id == actor.id,
        ReportDelivery.way == Way.INBOX,
        ReportDelivery.state == "delivered",
    )
    with transaction() as current:
        for model, key in ((Report, ReportDelivery.report_id), (ListReport, ReportDelivery.list_id)):
            of_them = select(model.id).where(model.id.in_(select(key).where(*theirs)))
            current.execute(of_them.order_by(model.id).with_for_update())
        rows = current.scalars(
            select(ReportDelivery).where(*theirs).order_by(ReportDelivery.id).with_for_update()
        ).all()
        for row in rows:
            _go(row, "acknowledged")
            row.acknowledged_at = clock.now()
            current.flush()
            report = _move_report(row, "acknowledged")
            audit("reports.acknowledge", actor=actor, subject=subject_of(report), case_id=_case_of(report))
        return len(rows)


def mail_went_out(notice_id: UUID) -> None:
    """A mail went out: if it told of a report, that is delivered."""
    delivery_id = _told_by(notice_id)
    if delivery_id is not None:
        delivered(delivery_id)


def mail_came_back(notice_id: UUID) -> None:
    """A mail could not be sent, or its address does not work."""
    delivery_id = _told_by(notice_id)
    if delivery_id is not None:
        not_delivered(delivery_id, "mail_came_back")


def _told_by(notice_id: UUID) -> UUID | None:
    return session().scalar(select(ReportDelivery.id).where(ReportDelivery.notice_id == notice_id))


def _go(row: ReportDelivery, to: str) -> None:
    move(row.state, to, DELIVERY_MOVES)
    row.state = to


def _move_report(row: ReportDelivery, to: str) -> Document:
    """Bring the report itself along, where that is a step of it."""
    report = find_document(document_id_of(row))
    model = type(report)
    with transaction() as current:
        current.execute(
            update(model)
            .where(model.id == report.id, model.state.in_(before(to)))
            .values(state=to, row_version=model.row_version + 1)
            .execution_options(synchronize_session=False)
        )
    return report


def _case_of(report: Document) -> UUID | None:
    """The case that a report is about; a list is about many."""
    return None if isinstance(report, ListReport) else the_enrollment(report.enrollment_id).referral_id
