"""Proposing to end a program, approving that, telling the person, their answer, the decision. Under the case's lock."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.accountability.lookups import court_place
from app.accountability.terminating.lookups import terminations_of
from app.accountability.terminating.models import Termination
from app.accountability.terminating.rules import OPEN, TERMINATION_MOVES, Verdict, can_be_decided, deciders
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.rules import move
from app.cases.services import move_enrollment, note_activity
from app.cases.telling import tell_learner
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.counsel.services import tell_counsel
from app.permissions.identity import Identity, Role
from app.permissions.permissions import Permission, may
from tenants.closed_days import due_day
from tenants.database import session, transaction
from tenants.program import ProgramDocument
from tenants.rules import NoRules, rules_of

LETTER = "notice-from-the-court"  # the person's page


def propose(enrollment_id: UUID, *, reasons: str, counsel: str, not_money: bool, actor: Identity) -> Termination:
    """Propose to end the program of a case that is back with the court, with written reasons.

    Where the rules ask for no approval, the person is told at once. `counsel`: how the lawyer is told, or that none is
    known. Raises NotFound, Refused (with the field).
    """
    if not may(actor, Permission.TERMINATION_PROPOSE):
        raise NotFound
    if not reasons.strip():
        raise Refused(_("Write the reasons. The participant reads them."), "reasons")
    if not counsel.strip():
        raise Refused(_("Write how the lawyer is told, or that no lawyer is known."), "counsel")
    if not not_money:
        raise Refused(_("Not paying can not be the reason. Tick the box if it is not."), "not_money")
    with transaction() as current:
        enrollment = the_enrollment(enrollment_id, lock=True)
        if enrollment.state != "returned_to_court":
            raise Refused(_("First the case goes back to the court. Only then its end can be proposed."))
        earlier = terminations_of(enrollment_id)
        if any(row.state in OPEN for row in earlier):
            raise Refused(_("There is a proposal already."))
        row = Termination(
            enrollment_id=enrollment_id,
            number=len(earlier) + 1,
            reasons=reasons.strip(),
            counsel=counsel.strip(),
            proposed_at=clock.now(),
            proposed_by=actor.id,
        )
        current.add(row)
        current.flush()
        _audit(row, enrollment, "accountability.propose_termination", actor, reason=row.reasons)
        if not _rules(enrollment).termination.supervisor_approves:
            _give_notice(row, enrollment)
        return row


def approve(termination_id: UUID, *, actor: Identity) -> Termination:
    """A supervisor approves a proposal of somebody else, and the person is told. Raises NotFound, Refused."""
    if not may(actor, Permission.TERMINATION_APPROVE):
        raise NotFound
    with transaction():
        row, enrollment = _locked(termination_id)
        _require_waiting(enrollment)
        if row.state != "proposed":
            raise Refused(_("Somebody has looked at this proposal already. Nothing was changed."))
        if row.proposed_by == actor.id:
            raise Refused(_("Somebody else than who proposed it has to approve it."))
        row.approved_at, row.approved_by = clock.now(), actor.id
        _audit(row, enrollment, "accountability.approve_termination", actor)
        _give_notice(row, enrollment)
        return row


def _give_notice(row: Termination, enrollment: Enrollment) -> None:
    """Tell the person, who from now on has the days of the rules to answer; the last one is an open day."""
    document, (zone, region) = _rules(enrollment), court_place()
    if document.termination.supervisor_approves and row.approved_at is None:
        raise Refused(_("By the rules of this court a supervisor approves it first."))
    move(row.state, "noticed", TERMINATION_MOVES)
    days = timedelta(days=document.termination.days_to_respond)
    row.state, row.noticed_at = "noticed", clock.now()
    row.respond_by = due_day(clock.today(zone) + days, document.holidays, region)
    session().flush()
    _audit(row, enrollment, "accountability.give_termination_notice", SYSTEM)
    tell_learner(enrollment, "termination_notice", LETTER)
    tell_counsel(enrollment.id, "counsel_notice")


def respond(termination_id: UUID, response: str, *, actor: Actor) -> Termination:
    """Keep what the person answers: once, until the end of the last day. Raises Refused, NotFound."""
    if not response.strip():
        raise Refused(_("Write your answer, or leave this page."), "response")
    zone, _region = court_place()
    with transaction() as current:
        row, enrollment = _locked(termination_id)
        if row.response_at is not None:
            raise Refused(_("You have answered already. Your answer can not be changed."))
        if row.state != "noticed" or row.respond_by is None or clock.today(zone) > row.respond_by:
            raise Refused(_("The time to answer here is over. Talk to your lawyer or your contact at the court."))
        row.response, row.response_at = response.strip(), clock.now()
        row.quotable = _rules(enrollment).accountability.quote_own_side
        current.flush()
        note_activity(enrollment.id)
        _audit(row, enrollment, "accountability.answer_termination", actor)
        return row


def decide_termination(
    termination_id: UUID, verdict: Verdict, *, reason: str, considered: bool, actor: Identity
) -> Termination:
    """End the program, or do not. Only by whom the pinned rules name, after the answer or the last day to answer.

    `considered`: the answer, if there is one, was read and weighed. Raises NotFound for others, Refused (with the
    field).
    """
    if not may(actor, Permission.TERMINATION_DECIDE):
        raise NotFound
    zone, _region = court_place()
    with transaction() as current:
        row, enrollment = _locked(termination_id)
        if actor.as_role not in deciders(_rules(enrollment).people.decides_termination):
            raise NotFound
        _require_waiting(enrollment)
        if row.state != "noticed" or row.respond_by is None:
            raise Refused(_("This can not be decided now. Nothing was changed."))
        if row.proposed_by == actor.id:
            raise Refused(_("Somebody else than who proposed it has to decide it."))
        if not reason.strip():
            raise Refused(_("Write the reason. The participant can read it."), "reason")
        responded = row.response_at is not None
        if not can_be_decided(respond_by=row.respond_by, responded=responded, today=clock.today(zone)):
            raise Refused(_("The participant can still answer. Decide when the answer is in, or after the last day."))
        if responded and not considered:
            raise Refused(_("Read the answer first, and say so."), "considered")
        move(row.state, verdict, TERMINATION_MOVES)
        row.state, row.decision = verdict, reason.strip()
        row.decided_at, row.decided_by = clock.now(), actor.id
        current.flush()
        _audit(row, enrollment, "accountability.decide_termination", actor, reason=row.decision)
        if verdict is Verdict.TERMINATED:
            move_enrollment(enrollment.id, "terminated", actor=actor, reason=row.decision)
        tell_learner(enrollment, "termination_decided", LETTER)
        tell_counsel(enrollment.id, "counsel_news")
        return row


def take_back(termination_id: UUID, *, reason: str, actor: Identity) -> Termination:
    """Take a proposal back before it is decided. Raises NotFound, Refused."""
    if not may(actor, Permission.TERMINATION_PROPOSE):
        raise NotFound
    if not reason.strip():
        raise Refused(_("Write the reason. The participant can read it."), "why")
    with transaction():
        row, enrollment = _locked(termination_id)
        if row.state not in OPEN:
            raise Refused(_("This proposal is decided already. Nothing was changed."))
        _close(row, enrollment, reason.strip(), actor)
        return row


def lapse(enrollment_id: UUID) -> None:
    """A case that goes on is no longer to be ended: an open proposal is taken back."""
    with transaction():
        enrollment = the_enrollment(enrollment_id, lock=True)
        for row in terminations_of(enrollment_id):
            if row.state in OPEN:
                _close(row, enrollment, "", SYSTEM)


def note_reading(row: Termination, enrollment: Enrollment, *, actor: Actor) -> None:
    """Record that `actor` has opened it."""
    with transaction():
        _audit(row, enrollment, "accountability.read_termination", actor)


def may_decide(identity: Identity, enrollment: Enrollment) -> bool:
    """Whether the pinned rules name this person's role for the decision."""
    allowed: frozenset[Role] = deciders(_rules(enrollment).people.decides_termination)
    return may(identity, Permission.TERMINATION_DECIDE) and identity.as_role in allowed


def _close(row: Termination, enrollment: Enrollment, reason: str, actor: Actor) -> None:
    told = row.state == "noticed"
    move(row.state, "withdrawn", TERMINATION_MOVES)
    row.state, row.decision = "withdrawn", reason
    row.decided_at, row.decided_by = clock.now(), actor.id
    session().flush()
    _audit(row, enrollment, "accountability.take_termination_back", actor, reason=reason)
    if told:
        tell_learner(enrollment, "termination_decided", LETTER)
        tell_counsel(enrollment.id, "counsel_news")


def _require_waiting(enrollment: Enrollment) -> None:
    if enrollment.state != "returned_to_court":
        raise Refused(_("The case is not with the court any more. Nothing was changed."))


def _rules(enrollment: Enrollment) -> ProgramDocument:
    if enrollment.rules_id is None:
        raise NoRules
    return rules_of(enrollment.rules_id)


def _locked(termination_id: UUID) -> tuple[Termination, Enrollment]:
    """One, fresh, under its enrollment's lock. Raises NotFound."""
    enrollment_id = session().scalar(select(Termination.enrollment_id).where(Termination.id == termination_id))
    if enrollment_id is None:
        raise NotFound
    enrollment = the_enrollment(enrollment_id, lock=True)
    query = select(Termination).where(Termination.id == termination_id)
    return session().scalars(query.execution_options(populate_existing=True)).one(), enrollment


def _audit(row: Termination, enrollment: Enrollment, action: str, actor: Actor, *, reason: str = "") -> None:
    """What happened to it; never what the person answered."""
    audit(
        action,
        actor=actor,
        subject=("termination", row.id),
        case_id=enrollment.referral_id,
        new={"state": row.state, **({"reason": reason} if reason else {})},
    )
