"""The court's answers to requests for a waiver. Only a person says no; what was given is kept as it was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import LearnerAccount
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.rules import FINAL_STATES, move
from app.cases.telling import tell_learner
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.errors import Refused, StaleForm
from app.core.i18n import gettext as _
from app.core.i18n import in_language
from app.core.money import format_cents
from app.core.runtime import Happening, tell
from app.payments.counter.paying_back import paid_back_since
from app.payments.deciding import lookups
from app.payments.deciding.models import WaiverDecision
from app.payments.deciding.rules import (
    DENIAL_REASONS,
    GRANTS,
    LONGEST_TIME_DAYS,
    REVOCATION_REASONS,
    Decision,
    Outcome,
    ask_again_until,
    can_be_looked_at_again,
    granted_parts,
    may_decide,
    open_answers,
    presumed_by,
    revocable_parts,
    stored_reason,
    to_give_back,
    waivable_parts,
)
from app.payments.deciding.told import BAND, JUDGMENT, PRESUMED, basis_of
from app.payments.fees import fee_lines
from app.payments.installments.services import SMALLEST_PART_CENTS, make_plan, offered_parts
from app.payments.ledger import open_coursework_if_allowed, write_entries
from app.payments.lookups import balance_cents, get_waiver_for, newest_waiver, statement_of
from app.payments.models import Waiver
from app.payments.refunds.lookups import kept_of
from app.payments.refunds.services import request_refund
from app.payments.rules import WAIVER_MOVES, WAIVER_PENDING, share
from app.payments.waiving.models import WaiverProof
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from tenants.database import session, transaction
from tenants.keys import uuid7
from tenants.program import ProgramDocument, Proof
from tenants.rules import rules_of
from tenants.scope import current_court_id


@dataclass
class Given:
    """An answer that is being written down."""

    waiver: Waiver
    enrollment: Enrollment
    document: ProgramDocument
    actor: Actor
    kind: Outcome
    old: dict[str, Any]
    parts: dict[str, int] = field(default_factory=dict)
    refund_cents: int = 0
    reason: str = ""
    explanation: str = ""
    rule: str = JUDGMENT
    due_on: date | None = None


def decide_waiver(waiver_id: UUID, decision: Decision, *, actor: Identity, row_version: str) -> WaiverDecision:
    """Answer a waiting request: grant it in full or in part, give time or parts, ask for proof, or deny it.

    What a grant waives beyond what is owed goes back to the learner. Raises NotFound, Refused (not this person's to
    decide, a field), StaleForm when somebody answered meanwhile.
    """
    with transaction():
        waiver, enrollment, document = _held(actor, waiver_id)
        if str(waiver.row_version) != row_version or waiver.state not in WAIVER_PENDING:
            raise StaleForm
        _require_right(waiver, document, decision.outcome, actor)
        _check(decision)
        given = Given(waiver, enrollment, document, actor, decision.outcome, facts(waiver))
        given.reason = decision.reason if decision.outcome is Outcome.DENIED else ""
        given.explanation, given.due_on = decision.explanation.strip(), decision.due_on
        if decision.outcome is Outcome.NEEDS_PROOF:
            waiver.state = move(_reviewable(waiver), decision.outcome, WAIVER_MOVES).to
            return _write_down(given)
        if decision.outcome in GRANTS:
            _grant(given, decision)
        waiver.state = move(_reviewable(waiver), decision.outcome, WAIVER_MOVES).to
        written = _close(given)
        _plan_parts(given)
        return written


def revoke_waiver(
    waiver_id: UUID, reason: str, explanation: str, *, actor: Identity, row_version: str
) -> WaiverDecision:
    """Take a grant back: what it waived is owed again, but never what was given back as money.

    Lessons that are open stay open, and payments stay as they are. Raises NotFound, Refused, StaleForm.
    """
    with transaction():
        waiver, enrollment, document = _held(actor, waiver_id)
        if str(waiver.row_version) != row_version or waiver.state not in GRANTS:
            raise StaleForm
        _require_right(waiver, document, Outcome.REVOKED, actor)
        if enrollment.state in FINAL_STATES:
            raise Refused(_("The program is over. What was waived stays waived."))
        if reason not in REVOCATION_REASONS:
            raise Refused(_("Choose a reason."), "reason")
        if not explanation.strip():
            raise Refused(_("Explain your decision. The participant reads this."), "explanation")
        given = Given(waiver, enrollment, document, actor, Outcome.REVOKED, facts(waiver))
        given.reason, given.explanation = reason, explanation.strip()
        given.parts = revocable(waiver)
        if not given.parts:
            raise Refused(_("Nothing of this waiver can be taken back any more."))
        waiver.state = move(waiver.state, Outcome.REVOKED, WAIVER_MOVES).to
        waiver.waived_cents -= sum(given.parts.values())
        effect = f"waiver:{waiver.id}:revoked:{waiver.row_version}"
        write_entries(
            enrollment.id,
            [("adjusted", key, cents, f"{effect}:{key}") for key, cents in given.parts.items()],
            actor=actor,
        )
        return _close(given)


def revocable(waiver: Waiver) -> dict[str, int]:
    """What of a grant can be taken back, by component: not what went back to a card, or was paid out at the counter."""
    decisions = lookups.decisions_of(waiver.id)
    given_back = sum(one.refund_cents for one in decisions)
    granted_at = min((one.at for one in decisions if one.kind in GRANTS), default=None)
    if granted_at is not None:
        given_back += paid_back_since(waiver.enrollment_id, granted_at)
    return revocable_parts(lookups.granted_by(waiver), given_back_cents=given_back)


def grant_presumed(enrollment_id: UUID) -> None:
    """Grant a request that was just filed where the court's rules grant it without a person; else do nothing.

    Runs in the transaction that files it. Where a person has answered before, a person answers again.
    """
    with transaction():
        enrollment = the_enrollment(enrollment_id, lock=True)
        waiver = newest_waiver(enrollment_id)
        if waiver is None or waiver.state != "submitted" or enrollment.rules_id is None:
            return
        document = rules_of(enrollment.rules_id)
        rules = document.waivers
        asks_to_waive = waiver.asked_for in ("full", "part")
        if not (rules.grant_presumed and asks_to_waive and presumed_by(waiver.benefits, rules)):
            return
        if lookups.answered_by_a_person(enrollment_id) or (rules.proof is Proof.ALWAYS and not has_proof(waiver.id)):
            return
        given = Given(waiver, enrollment, document, SYSTEM, Outcome.FULL, facts(waiver))
        if not open_parts(enrollment, document):
            return
        _grant(given, Decision(Outcome.FULL))
        waiver.state = move(waiver.state, Outcome.FULL, WAIVER_MOVES).to
        _close(given)


def has_proof(waiver_id: UUID) -> bool:
    """Whether anything was added as proof."""
    return session().scalar(select(WaiverProof.id).where(WaiverProof.waiver_id == waiver_id).limit(1)) is not None


def open_parts(enrollment: Enrollment, document: ProgramDocument) -> dict[str, int]:
    """The most that can be waived now, by component."""
    lines = fee_lines(document.fees)
    return waivable_parts(
        lines,
        waived=lookups.waived_by_component(enrollment.id),
        owed_cents=max(0, balance_cents(enrollment.id)),
        held_cents=max(0, statement_of(enrollment).paid_cents),
        kept=kept_of(enrollment.id, lines),
    )


def facts(waiver: Waiver) -> dict[str, Any]:
    """What the audit keeps of a request and its answer."""
    return {
        "state": waiver.state,
        "guideline_percent": waiver.guideline_percent,
        "benefits": list(waiver.benefits),
        "waived_cents": waiver.waived_cents,
        "reason": waiver.reason,
    }


# --- Within ----------------------------------------------------------------------------------------------------------


def _held(actor: Identity, waiver_id: UUID) -> tuple[Waiver, Enrollment, ProgramDocument]:
    """The request, held until the end of the transaction, if `actor` may see it. Raises NotFound."""
    _waiver, enrollment = get_waiver_for(actor, waiver_id)
    enrollment = the_enrollment(enrollment.id, lock=True)
    waiver = session().scalars(select(Waiver).where(Waiver.id == waiver_id).with_for_update()).one()
    assert enrollment.rules_id is not None
    return waiver, enrollment, rules_of(enrollment.rules_id)


def _require_right(waiver: Waiver, document: ProgramDocument, outcome: Outcome, actor: Identity) -> None:
    rules = document.waivers
    allowed = may(actor, Permission.WAIVER_DECIDE) and may_decide(outcome, actor.as_role, rules, waiver.asked_for)
    if not allowed:
        raise Refused(_("By the rules of this court, a judge decides this."), "outcome")
    if outcome is Outcome.REVOKED:
        return
    if outcome not in open_answers(actor.as_role, document, waiver.asked_for):
        raise Refused(_("The rules of this court do not know this answer."), "outcome")
    if outcome is not Outcome.NEEDS_PROOF and lookups.has_to_be_another(waiver, rules, actor):
        raise Refused(_("You decided this before. Somebody else at the court looks at it again."), "outcome")


def _check(decision: Decision) -> None:
    outcome = decision.outcome
    if outcome is Outcome.PARTIAL and not decision.amount_cents and not any(decision.parts.values()):
        raise Refused(_("Enter how much of the fee is waived."), "amount")
    if outcome is Outcome.DENIED and decision.reason not in DENIAL_REASONS:
        raise Refused(_("Choose a reason."), "reason")
    if outcome is not Outcome.FULL and not decision.explanation.strip():
        raise Refused(_("Explain your decision. The participant reads this."), "explanation")
    if outcome is Outcome.MORE_TIME and decision.due_on is None:
        raise Refused(_("Enter the last day to pay."), "due_on")
    if decision.due_on is not None:
        today = lookups.court_day()
        if not today < decision.due_on <= today + timedelta(days=LONGEST_TIME_DAYS):
            raise Refused(_("Enter a day after today, within one year."), "due_on")


def _reviewable(waiver: Waiver) -> str:
    """The state to decide from: who decides has looked at it."""
    if waiver.state in ("submitted", "needs_proof"):
        return move(waiver.state, "under_review", WAIVER_MOVES).to
    return waiver.state


def _grant(given: Given, decision: Decision) -> None:
    """Write what is waived into the ledger, component by component, and give back what was paid beyond it."""
    waiver, enrollment = given.waiver, given.enrollment
    possible = open_parts(enrollment, given.document)
    total = sum(possible.values())
    if total == 0:
        raise Refused(_("Nothing that can be waived is owed any more."), "outcome")
    parts = granted_parts(possible, decision)
    if parts is None:
        raise Refused(_("At most %(amount)s can be waived.", amount=format_cents(total)), _field_of_excess(decision))
    given.parts, granted = parts, sum(parts.values())
    given.rule = _rule(given, possible)
    owed = balance_cents(enrollment.id)
    write_entries(
        enrollment.id,
        [("waived", key, cents, f"waiver:{waiver.id}:{waiver.row_version}:{key}") for key, cents in parts.items()],
        actor=given.actor,
    )
    waiver.waived_cents += granted
    back = to_give_back(granted, owed_cents=owed)
    if back:
        account = session().get(LearnerAccount, (current_court_id(), enrollment.account_id))
        with in_language(account.language if account else "en"):
            why = _("The court waived it after it was paid.")
        given.refund_cents = request_refund(enrollment.id, back, why, actor=given.actor)


def _plan_parts(given: Given) -> None:
    """Lay out what is to be paid when: one part on the last day, or as many as the court's rules know."""
    if given.kind is Outcome.MORE_TIME and balance_cents(given.enrollment.id) >= SMALLEST_PART_CENTS:
        make_plan(given.enrollment.id, 1, actor=given.actor, begins=given.due_on)
    elif given.kind is Outcome.INSTALLMENTS:
        offered = offered_parts(given.enrollment)
        if not offered:
            raise Refused(_("What is owed is too little to be paid in parts."), "outcome")
        make_plan(given.enrollment.id, offered[-1], actor=given.actor)


def _field_of_excess(decision: Decision) -> str:
    return "amount" if not any(decision.parts.values()) else "parts"


def _rule(given: Given, possible: Mapping[str, int]) -> str:
    """What a grant rests on: a benefit, the court's band where it gives just what the band says, or a judgment."""
    rules, waiver = given.document.waivers, given.waiver
    whole = sum(given.parts.values()) == sum(possible.values())
    if whole and presumed_by(waiver.benefits, rules):
        return PRESUMED
    basis = basis_of(waiver, rules, (), waived={}, paid_cents=0, balance_cents=0)
    rate = basis["band_waives"]
    if rate and sum(given.parts.values()) == share(sum(possible.values()), rate * 100):
        return BAND
    return JUDGMENT


def _close(given: Given) -> WaiverDecision:
    """Write down an answer that settles the request, for now, and let everything follow from it."""
    waiver, enrollment = given.waiver, given.enrollment
    before = lookups.looked_at_again(waiver.id)
    waiver.decided_at = clock.now()
    waiver.decided_by = given.actor.id if isinstance(given.actor, Identity) else None
    waiver.reason = stored_reason(given.reason, given.explanation)
    written = _write_down(given, reconsiders=before.id if before else None)
    if given.parts:
        tell(Happening.BALANCE_CHANGED, enrollment.id)
    open_coursework_if_allowed(enrollment.id)
    return written


def _write_down(given: Given, *, reconsiders: UUID | None = None) -> WaiverDecision:
    waiver, enrollment, rules = given.waiver, given.enrollment, given.document.waivers
    now, zone = clock.now(), lookups.court_zone()
    window = can_be_looked_at_again(given.kind, is_second_look=reconsiders is not None)
    row = WaiverDecision(
        id=uuid7(),
        waiver_id=waiver.id,
        enrollment_id=enrollment.id,
        kind=given.kind.value,
        parts=given.parts,
        refund_cents=given.refund_cents,
        reason=given.reason,
        explanation=given.explanation,
        rule=given.rule,
        basis=basis_of(
            waiver,
            rules,
            fee_lines(given.document.fees),
            waived=lookups.waived_by_component(enrollment.id),
            paid_cents=statement_of(enrollment).paid_cents,
            balance_cents=balance_cents(enrollment.id) + given.refund_cents,
        ),
        due_on=given.due_on if given.kind in (Outcome.MORE_TIME, Outcome.NEEDS_PROOF) else None,
        ask_again_until=ask_again_until(now, rules, zone) if window else None,
        reconsiders=reconsiders,
        decided_by=given.actor.id if isinstance(given.actor, Identity) else None,
        at=now,
    )
    session().add(row)
    session().flush()
    audit(
        "payments.revoke_waiver" if given.kind is Outcome.REVOKED else "payments.decide_waiver",
        actor=given.actor,
        subject=("waiver", waiver.id),
        case_id=enrollment.referral_id,
        old=given.old,
        new={**facts(waiver), "parts": given.parts, "refund_cents": given.refund_cents, "rule": given.rule},
    )
    tell(Happening.WAIVER_DECIDED, enrollment.id)
    tell_learner(enrollment, "waiver_decided", "fee/waiver-answer")
    return row
