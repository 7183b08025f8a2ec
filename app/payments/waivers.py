"""Asking for a waiver, and deciding it. Filing is free and has effect at once; only a person denies."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.accounts.models import LearnerAccount
from app.cases.lookups import my_enrollment, the_enrollment
from app.cases.models import Enrollment
from app.cases.rules import move
from app.cases.services import note_activity
from app.core import clock
from app.core.audit import audit
from app.core.errors import Refused, StaleForm
from app.core.i18n import gettext as _
from app.core.money import format_cents
from app.core.runtime import Happening, runtime, tell
from app.notices.services import send
from app.payments.fees import fee_lines
from app.payments.guidelines import guideline_percent
from app.payments.ledger import open_coursework_if_allowed, write_entries
from app.payments.lookups import balance_cents, get_waiver_for, newest_waiver
from app.payments.models import LedgerEntry, Waiver
from app.payments.rules import WAIVER_MOVES, WAIVER_PENDING, apply_waiver
from app.payments.waiver_rules import (
    DENIAL_REASONS,
    Decision,
    Outcome,
    ask_again_until,
    may_decide,
    stored_reason,
)
from app.permissions.identity import Identity
from tenants.database import session, transaction
from tenants.models import Court
from tenants.program import Waivers
from tenants.rules import rules_of
from tenants.scope import current_court_id

LARGEST_HOUSEHOLD = 30
ASK_AGAIN_FROM = ("denied", "granted_partial")


@dataclass(frozen=True)
class WaiverRequest:
    """What a learner tells of the household. `benefits` are names from the court's list."""

    household_size: int
    monthly_income_cents: int
    benefits: tuple[str, ...] = ()
    statement: str = ""


def file_waiver(asked: WaiverRequest, *, actor: Identity) -> Waiver:
    """File a request for the learner's own fee; coursework opens meanwhile if the court's rules say so.

    Within the time to ask again after a denial or a partial grant the same request goes back to the court; else it is
    a new one. Raises Refused when one is waiting already, when nothing is owed, or at a field.
    """
    if not 1 <= asked.household_size <= LARGEST_HOUSEHOLD:
        raise Refused(_("Enter how many people live in your household, from 1 to 30."), "household_size")
    if asked.monthly_income_cents < 0:
        raise Refused(_("Enter an amount of 0 or more."), "monthly_income")
    with transaction() as current:
        enrollment = the_enrollment(my_enrollment(actor).id, lock=True)
        if balance_cents(enrollment.id) <= 0:
            raise Refused(_("Nothing is owed. You do not need a waiver."))
        waiver = newest_waiver(enrollment.id)
        if waiver is not None and waiver.state in WAIVER_PENDING:
            raise Refused(_("You have asked already. The court will decide, and we will tell you."))
        old = _facts(waiver) if waiver else {}
        assert enrollment.rules_id is not None
        rules, (region, zone) = rules_of(enrollment.rules_id).waivers, _court()
        if waiver is not None and may_ask_again(waiver, rules, zone):
            waiver.state = move(waiver.state, "reconsideration", WAIVER_MOVES).to
        else:
            old, waiver = {}, Waiver(enrollment_id=enrollment.id, state=move("draft", "submitted", WAIVER_MOVES).to)
            current.add(waiver)
        now = clock.now()
        waiver.household_size, waiver.monthly_income_cents = asked.household_size, asked.monthly_income_cents
        waiver.benefits, waiver.statement, waiver.submitted_at = list(asked.benefits), asked.statement, now
        waiver.guideline_percent = guideline_percent(
            monthly_income_cents=asked.monthly_income_cents,
            household_size=asked.household_size,
            region=region,
            on=clock.today(zone),
        )
        current.flush()
        audit(
            "payments.file_waiver",
            actor=actor,
            subject=("waiver", waiver.id),
            case_id=enrollment.referral_id,
            old=old,
            new=_facts(waiver),
        )
        note_activity(enrollment.id)
        open_coursework_if_allowed(enrollment.id)
        return waiver


def _court() -> tuple[str, str]:
    """Two-letter state and time zone of the court at work."""
    row = session().execute(select(Court.region, Court.time_zone).where(Court.id == current_court_id())).one()
    return row.region, row.time_zone


def _facts(waiver: Waiver) -> dict[str, object]:
    return {
        "state": waiver.state,
        "household_size": waiver.household_size,
        "monthly_income_cents": waiver.monthly_income_cents,
        "benefits": list(waiver.benefits),
        "guideline_percent": waiver.guideline_percent,
        "statement": waiver.statement,
        "waived_cents": waiver.waived_cents,
        "reason": waiver.reason,
    }


def may_ask_again(waiver: Waiver, rules: Waivers, time_zone: str) -> bool:
    """Whether a decided request can go back to the court."""
    if waiver.state not in ASK_AGAIN_FROM or waiver.decided_at is None:
        return False
    return clock.today(time_zone) <= ask_again_until(waiver.decided_at, rules, time_zone)


def decide_waiver(waiver_id: UUID, decision: Decision, *, actor: Identity, row_version: str) -> Waiver:
    """Decide a waiting request: in full, in part (an amount), or not, with a reason that the learner reads.

    Raises NotFound, Refused (not this person's to decide, a field), StaleForm when somebody decided meanwhile.
    """
    with transaction():
        waiver, enrollment = get_waiver_for(actor, waiver_id)
        enrollment = the_enrollment(enrollment.id, lock=True)
        waiver = _locked(waiver_id)
        if str(waiver.row_version) != row_version or waiver.state not in WAIVER_PENDING:
            raise StaleForm
        assert enrollment.rules_id is not None
        rules = rules_of(enrollment.rules_id).waivers
        if not may_decide(decision.outcome, actor.as_role, rules):
            raise Refused(_("By the rules of this court, a judge decides this."), "outcome")
        _check(decision)
        old = _facts(waiver)
        if waiver.state in ("submitted", "needs_proof"):
            waiver.state = move(waiver.state, "under_review", WAIVER_MOVES).to
        granted = _grant(waiver, enrollment, decision, actor) if decision.outcome is not Outcome.DENIED else 0
        waiver.state = move(waiver.state, decision.outcome, WAIVER_MOVES).to
        waiver.waived_cents += granted
        waiver.decided_at, waiver.decided_by = clock.now(), actor.id
        waiver.reason = stored_reason(decision)
        audit(
            "payments.decide_waiver",
            actor=actor,
            subject=("waiver", waiver.id),
            case_id=enrollment.referral_id,
            old=old,
            new=_facts(waiver),
        )
        if granted:
            tell(Happening.BALANCE_CHANGED, enrollment.id)
            open_coursework_if_allowed(enrollment.id)
        _tell_learner(enrollment)
        return waiver


def _check(decision: Decision) -> None:
    if decision.outcome is Outcome.PARTIAL and not decision.amount_cents:
        raise Refused(_("Enter how much of the fee is waived."), "amount")
    if decision.outcome is Outcome.DENIED and decision.reason not in DENIAL_REASONS:
        raise Refused(_("Choose a reason."), "reason")
    if decision.outcome is not Outcome.FULL and not decision.explanation.strip():
        raise Refused(_("Explain your decision. The participant reads this."), "explanation")


def _grant(waiver: Waiver, enrollment: Enrollment, decision: Decision, actor: Identity) -> int:
    """Write what is waived into the ledger, component by component; returns the cents."""
    assert enrollment.rules_id is not None
    rows = session().execute(
        select(LedgerEntry.component, func.sum(LedgerEntry.amount_cents))
        .where(LedgerEntry.enrollment_id == enrollment.id, LedgerEntry.kind == "waived")
        .group_by(LedgerEntry.component)
    )
    waived = {component: -int(cents) for component, cents in rows}
    owed = max(0, balance_cents(enrollment.id))
    lines = fee_lines(rules_of(enrollment.rules_id).fees)
    # Never more than is owed: what has been paid is given back, if the court wants it, as a refund.
    limit = owed if decision.amount_cents is None else decision.amount_cents
    parts = apply_waiver(lines, waived=waived, cents=min(limit, owed))
    total = sum(parts.values())
    if decision.outcome is Outcome.PARTIAL and (decision.amount_cents or 0) > total:
        raise Refused(_("At most %(amount)s can be waived.", amount=format_cents(total)), "amount")
    if total == 0:
        raise Refused(_("Nothing that can be waived is owed any more."), "outcome")
    write_entries(
        enrollment.id,
        [("waived", key, cents, f"waiver:{waiver.id}:{waiver.row_version}:{key}") for key, cents in parts.items()],
        actor=actor,
    )
    return total


def _locked(waiver_id: UUID) -> Waiver:
    query = select(Waiver).where(Waiver.id == waiver_id).with_for_update()
    return session().scalars(query).one()


def _tell_learner(enrollment: Enrollment) -> None:
    """A mail that says only that there is something to read; the decision itself is behind the sign-in."""
    account = session().scalar(select(LearnerAccount).where(LearnerAccount.id == enrollment.account_id))
    if account is None or account.kind != "email":
        return
    slug = session().scalars(select(Court.slug).where(Court.id == current_court_id())).one()
    send(
        template="waiver_decided",
        to_address=account.sign_in_name,
        recipient=("learner", account.id),
        language=account.language,
        context={"link": f"{runtime().settings.public_url}/{slug}/fee"},
    )
