"""Choosing to pay in parts, and writing to people about the parts. A missed part brings a notice and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.cases.lookups import my_enrollment, the_enrollment
from app.cases.models import Enrollment
from app.cases.reminding import ASK_AGAIN
from app.cases.telling import tell_learner
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.models import Occurrence
from app.core.occasions import first_time
from app.notices.rules import is_quiet
from app.payments.installments.lookups import Plan, owed_and_paid, plan_of, plans_of
from app.payments.installments.models import Installment, InstallmentPlan
from app.payments.installments.rules import MISSED, Part, due_days, even_parts, what_to_say
from app.payments.ledger import open_coursework_if_allowed
from app.payments.lookups import is_waiver_pending
from app.permissions.identity import Identity
from tenants.closed_days import due_day
from tenants.database import session, transaction
from tenants.keys import uuid7
from tenants.models import Court
from tenants.program import Reminders
from tenants.rules import documents_of, rules_of
from tenants.scope import current_court_id

SMALLEST_PART_CENTS = 50  # what a card can pay
SAID = "payments.installment"  # kind of the occurrences: each occasion of a part is written about once
RUNNING = ("enrolled", "coursework", "accountability", "report_due")  # nobody is written to on hold or after the end
LONGEST_AHEAD = timedelta(days=60)  # the rules allow no earlier reminder
AT_ONCE = 500  # enrollments looked at in one run


def choose_installments(parts: int, *, actor: Identity) -> Plan:
    """The learner pays in `parts` parts from now on. Raises Refused where the rules do not offer that."""
    with transaction():
        enrollment = the_enrollment(my_enrollment(actor).id, lock=True)
        if plan_of(enrollment.id) is not None:
            raise Refused(_("You pay in parts already. To change that, ask the court."))
        if parts not in offered_parts(enrollment):
            raise Refused(_("Choose a number of parts from the list."), "parts")
        return make_plan(enrollment.id, parts, actor=actor)


def offered_parts(enrollment: Enrollment, *, owed: int | None = None) -> list[int]:
    """The numbers of parts that the rules let a learner choose for what is owed; empty when only at once."""
    if enrollment.rules_id is None:
        return []
    cents = owed_and_paid(enrollment.id)[0] if owed is None else owed
    most = min(rules_of(enrollment.rules_id).fees.installments.parts, cents // SMALLEST_PART_CENTS)
    return list(range(2, most + 1))


def make_plan(enrollment_id: UUID, parts: int, *, actor: Actor, begins: date | None = None) -> Plan:
    """A plan over what is owed now, in place of an earlier one; one part is more time to pay.

    `begins`: the court-local day on which the first part is due; else a week from now. The days between are the
    rules'. Raises Refused when nothing is owed or the parts would be too small.
    """
    with transaction() as current:
        enrollment = the_enrollment(enrollment_id, lock=True)
        owed, paid = owed_and_paid(enrollment_id)
        if owed < parts * SMALLEST_PART_CENTS or enrollment.rules_id is None:
            raise Refused(_("That is too little for so many parts."), "parts")
        document = rules_of(enrollment.rules_id)
        zone, region = _court()
        roll = partial(due_day, rules=document.holidays, region=region)
        days = due_days(clock.today(zone), parts, document.fees.installments.days_apart, roll, begins=begins)
        plan = InstallmentPlan(
            id=uuid7(),
            enrollment_id=enrollment_id,
            paid_before_cents=paid,
            made_at=clock.now(),
            actor_kind=actor.kind,
            actor_id=actor.id,
        )
        current.add(plan)
        rows = [
            Installment(plan_id=plan.id, enrollment_id=enrollment_id, number=number, due_on=day, amount_cents=cents)
            for number, (day, cents) in enumerate(zip(days, even_parts(owed, parts), strict=True), 1)
        ]
        current.add_all(rows)
        current.flush()
        audit(
            "payments.make_plan",
            actor=actor,
            subject=("installment_plan", plan.id),
            case_id=enrollment.referral_id,
            new={"parts": [{"due_on": row.due_on.isoformat(), "amount_cents": row.amount_cents} for row in rows]},
        )
        open_coursework_if_allowed(enrollment_id)
        found = plan_of(enrollment_id)
        assert found is not None
        return found


def _court() -> tuple[str, str]:
    """Time zone and two-letter state of the court at work."""
    row = session().execute(select(Court.time_zone, Court.region).where(Court.id == current_court_id())).one()
    return row.time_zone, row.region


# --- Writing about the parts -----------------------------------------------------------------------------------------


def remind_of_parts() -> datetime:
    """Write about parts that fall due or were missed (a schedule), each occasion once; returns when to ask again.

    Nothing in the court's quiet hours, while a waiver waits for the court, or while the case does not run.
    """
    with transaction():
        zone, _region = _court()
        enrollments = _with_parts_due(clock.today(zone))
    for enrollment_id in enrollments:
        with transaction():
            _write_about(the_enrollment(enrollment_id, lock=True), zone)
    return clock.now() + (timedelta() if len(enrollments) == AT_ONCE else ASK_AGAIN)


def _with_parts_due(today: date) -> list[UUID]:
    """Enrollments whose newest plan has a part to write about; few, so that what was said already costs nothing."""
    query = (
        select(Installment.enrollment_id, Enrollment.rules_id)
        .join(Enrollment, Enrollment.id == Installment.enrollment_id)
        .where(Enrollment.state.in_(RUNNING), Installment.due_on <= today + LONGEST_AHEAD)
        .distinct()
        .order_by(Installment.enrollment_id)
    )
    rows = session().execute(query).all()
    documents = documents_of({row.rules_id for row in rows})
    plans = plans_of([row.enrollment_id for row in rows])
    said = _said([part_id for plan in plans.values() for part_id in plan.ids])
    zone, _region = _court()
    return [
        row.enrollment_id
        for row in rows
        if _to_say(plans[row.enrollment_id], documents[row.rules_id].reminders, zone, said)
    ][:AT_ONCE]


def _said(part_ids: Collection[UUID]) -> set[tuple[UUID, str]]:
    query = select(Occurrence.subject_id, Occurrence.occasion).where(
        Occurrence.kind == SAID, Occurrence.subject_id.in_(part_ids)
    )
    return {(row.subject_id, row.occasion) for row in session().execute(query)}


def _to_say(
    plan: Plan, rules: Reminders, zone: str, said: Collection[tuple[UUID, str]]
) -> list[tuple[UUID, Part, str]]:
    """(id, part, occasion) of what is to be written now."""
    if is_quiet(clock.now(), zone, rules):
        return []
    found = []
    for part_id, part in zip(plan.ids, plan.parts, strict=True):
        occasion = what_to_say(
            part,
            today=clock.today(zone),
            made_on=plan.made_at.astimezone(ZoneInfo(zone)).date(),
            days_before=rules.days_before,
            said={said_of for subject, said_of in said if subject == part_id},
        )
        if occasion is not None:
            found.append((part_id, part, occasion))
    return found


def _write_about(enrollment: Enrollment, zone: str) -> None:
    plan = plan_of(enrollment.id)
    if plan is None or enrollment.rules_id is None or enrollment.state not in RUNNING:
        return
    if is_waiver_pending(enrollment.id):
        return  # nobody has to pay while the court decides
    for part_id, part, occasion in _to_say(plan, rules_of(enrollment.rules_id).reminders, zone, _said(plan.ids)):
        if first_time(SAID, part_id, occasion):
            kind = "installment_missed" if occasion == MISSED else "installment_due"
            tell_learner(enrollment, kind, "fee", due_on=part.due_on)
