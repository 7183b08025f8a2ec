"""Filling in a request step by step, and sending it. Filing is free and helps at once; nothing here can deny.

A draft is nobody's business but the person's who fills it in: nothing of it stands in the audit. Sending does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.rules import move
from app.cases.services import note_activity
from app.core import clock
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import current_language
from app.core.i18n import gettext as _
from app.core.runtime import Happening, tell
from app.payments.ledger import open_coursework_if_allowed
from app.payments.lookups import balance_cents, newest_waiver
from app.payments.models import Waiver
from app.payments.rules import WAIVER_MOVES, WAIVER_PENDING
from app.payments.waiving.computing import Period, monthly
from app.payments.waiving.lookups import (
    COUNTER,
    LEARNER,
    Desk,
    answers_of,
    computation_for,
    draft_of,
    guideline_today,
    own_desk,
    program_of,
    proofs_of_draft,
    the_court,
)
from app.payments.waiving.models import WaiverDraft
from app.payments.waiving.proofs import drop_draft_proofs
from app.payments.waiving.rules import (
    LARGEST_CENTS,
    LARGEST_HOUSEHOLD,
    Answers,
    AskedFor,
    ProofChoice,
    Step,
    first_open,
    signed_digest,
    steps_of,
    within_rules,
)
from app.permissions.identity import Identity
from tenants.database import transaction


def declaration() -> str:
    """What is signed, in the reader's language."""
    words: str = _(
        "What I say in this request is true and complete, as far as I know. I understand that the court may ask me "
        "for proof, and that asking is free."
    )
    return words


@dataclass(frozen=True)
class Signature:
    """Who signed what: `seen` is the digest of what stood above the name (see `digest_of`)."""

    typed_name: str
    seen: str
    from_paper: bool = False


def why_not(enrollment_id: UUID) -> str:
    """Why nothing can be asked for now, in words; empty when something can."""
    if balance_cents(enrollment_id) <= 0:
        return str(_("Nothing is owed. You do not need a waiver."))
    waiver = newest_waiver(enrollment_id)
    if waiver is not None and waiver.state in WAIVER_PENDING:
        return str(_("You have asked already. The court will decide, and we will tell you."))
    return ""


def save(desk: Desk, step: Step, told: Mapping[str, Any]) -> WaiverDraft:
    """Keep the answers of one step (names of Answers); other steps stay as they are.

    Raises NotFound, Refused (at the field, or because nothing can be asked for now).
    """
    with transaction() as current:
        enrollment = the_enrollment(desk.enrollment_id, lock=True)
        _refuse_if_not_open(enrollment.id)
        draft, now = draft_of(desk), clock.now()
        answers = replace(answers_of(draft), **told)
        _check(answers, step)
        if draft is None:
            draft = WaiverDraft(
                enrollment_id=desk.enrollment_id,
                written_by=desk.written_by,
                answers=answers.to_json(),
                begun_at=now,
                saved_at=now,
            )
            current.add(draft)
        elif draft.answers != answers.to_json():
            draft.answers, draft.saved_at = answers.to_json(), now
        current.flush()
        return draft


def _refuse_if_not_open(enrollment_id: UUID) -> None:
    if reason := why_not(enrollment_id):
        raise Refused(reason)


def _check(answers: Answers, step: Step) -> None:
    if step is Step.HOUSEHOLD and not 1 <= (answers.household_size or 0) <= LARGEST_HOUSEHOLD:
        raise Refused(_("Enter how many people live in your household, from 1 to 30."), "household_size")
    if step is Step.INCOME:
        if answers.income_cents is None or answers.income_cents < 0:
            raise Refused(_("Enter an amount of 0 or more."), "income")
        if monthly(answers.income_cents, answers.income_period) > LARGEST_CENTS:
            raise Refused(_("This is more than we can count. Check the amount and how often it comes."), "income")
    if step is Step.PROOF and answers.proof_choice == ProofChoice.NONE and not answers.no_proof_reason.strip():
        raise Refused(_("Say in a few words why you have no proof. That is fine; the court only needs to know."), "why")
    if step is Step.ASKING and answers.asked_for == AskedFor.PART and not answers.can_pay_cents:
        raise Refused(_("Enter how much you can pay."), "can_pay")


def throw_away(desk: Desk) -> None:
    """Forget what was filled in, files too; does nothing when there is nothing."""
    with transaction() as current:
        the_enrollment(desk.enrollment_id, lock=True)
        drop_draft_proofs(desk)
        draft = draft_of(desk, lock=True)
        if draft is not None:
            current.delete(draft)
            current.flush()


def digest_of(desk: Desk, answers: Answers) -> str:
    """The digest of what stands above the signature now."""
    return signed_digest(answers, [proof.file.sha256 for proof in proofs_of_draft(desk)], declaration())


def send(desk: Desk, signature: Signature, *, actor: Identity) -> Waiver:
    """Send the request to the court; lessons open meanwhile if the court's rules say so.

    Raises NotFound, Refused (at a field; at a step's name when it was left out; at `seen` when the answers changed).
    """
    with transaction() as current:
        enrollment = the_enrollment(desk.enrollment_id, lock=True)
        _refuse_if_not_open(enrollment.id)
        draft, proofs = draft_of(desk, lock=True), proofs_of_draft(desk)
        document = program_of(enrollment)
        steps = steps_of(document.waivers, at_counter=desk.written_by == COUNTER)
        answers = within_rules(answers_of(draft), document, steps)
        left_out = first_open(answers, steps, proofs=len(proofs))
        if draft is None or left_out is not None:
            raise Refused(_("Something is not answered yet."), left_out or Step.BENEFITS)
        if not signature.typed_name.strip():
            raise Refused(_("Write your full name to sign."), "typed_name")
        if signature.from_paper and not proofs:
            raise Refused(_("Add a scan of the signed paper first."), "from_paper")
        if signature.seen != digest_of(desk, answers):
            raise Refused(_("The answers were changed meanwhile. Check them again, then sign."), "seen")
        waiver = _as_sent(enrollment, answers, signature, counter=actor.id if desk.written_by == COUNTER else None)
        current.add(waiver)
        current.flush()
        for proof in proofs:
            proof.waiver_id = waiver.id
        current.delete(draft)
        audit(
            "payments.file_waiver" if desk.written_by == LEARNER else "payments.file_waiver_assisted",
            actor=actor,
            subject=("waiver", waiver.id),
            case_id=enrollment.referral_id,
            new={**told_of(waiver), "proofs": [str(proof.id) for proof in proofs]},
        )
        note_activity(enrollment.id)
        open_coursework_if_allowed(enrollment.id)
        tell(Happening.WAIVER_FILED, enrollment.id)
        return waiver


def _as_sent(enrollment: Enrollment, answers: Answers, signature: Signature, *, counter: UUID | None) -> Waiver:
    guideline = guideline_today(the_court())
    computed = computation_for(answers, enrollment, guideline)
    assert computed is not None  # no step is left out
    return Waiver(
        enrollment_id=enrollment.id,
        state=move("draft", "submitted", WAIVER_MOVES).to,
        household_size=computed.household.size,
        income_cents=computed.household.income_cents,
        income_period=computed.household.period,
        monthly_income_cents=computed.monthly_cents,
        benefits=list(computed.household.benefits),
        expenses=dict(answers.expenses or {}),
        proof_choice=answers.proof_choice,
        no_proof_reason=answers.no_proof_reason if answers.proof_choice == ProofChoice.NONE else "",
        asked_for=answers.asked_for,
        can_pay_cents=answers.can_pay_cents if answers.asked_for == AskedFor.PART else None,
        statement=answers.statement or "",
        typed_name=signature.typed_name.strip(),
        signed_language=current_language(),
        signed_sha256=signature.seen,
        signed_words=declaration(),
        assisted_by=counter,
        from_paper=signature.from_paper,
        guideline_percent=computed.percent,
        guideline_region=guideline.region if guideline else "",
        guideline_effective=guideline.effective if guideline else None,
        guideline_base_cents=guideline.base_cents if guideline else None,
        guideline_person_cents=guideline.person_cents if guideline else None,
        submitted_at=clock.now(),
    )


def told_of(waiver: Waiver) -> dict[str, object]:
    """What a request tells, for the audit."""
    return {
        "state": waiver.state,
        "household_size": waiver.household_size,
        "income_cents": waiver.income_cents,
        "income_period": waiver.income_period,
        "monthly_income_cents": waiver.monthly_income_cents,
        "benefits": list(waiver.benefits),
        "expenses": dict(waiver.expenses),
        "proof_choice": waiver.proof_choice,
        "no_proof_reason": waiver.no_proof_reason,
        "asked_for": waiver.asked_for,
        "can_pay_cents": waiver.can_pay_cents,
        "guideline_percent": waiver.guideline_percent,
        "statement": waiver.statement,
        "from_paper": waiver.from_paper,
    }


@dataclass(frozen=True)
class WaiverRequest:
    """A whole request at once, as the demo and the tests tell it. `benefits` are names from the court's list."""

    household_size: int
    monthly_income_cents: int
    benefits: tuple[str, ...] = ()
    statement: str = ""
    asked_for: str = AskedFor.FULL
    can_pay_cents: int | None = None
    no_proof_reason: str = "I have none at hand."


def file_waiver(asked: WaiverRequest, *, actor: Identity) -> Waiver:
    """Fill in every step for the learner's own fee, sign and send. Raises Refused as the steps do."""
    desk, enrollment = own_desk(actor)
    has_files = bool(proofs_of_draft(desk))
    told: dict[Step, dict[str, Any]] = {
        Step.BENEFITS: {"benefits": asked.benefits},
        Step.HOUSEHOLD: {"household_size": asked.household_size},
        Step.INCOME: {"income_cents": asked.monthly_income_cents, "income_period": Period.MONTH},
        Step.EXPENSES: {"expenses": {}},
        Step.PROOF: {
            "proof_choice": ProofChoice.FILES if has_files else ProofChoice.NONE,
            "no_proof_reason": "" if has_files else asked.no_proof_reason,
        },
        Step.ASKING: {"asked_for": asked.asked_for, "can_pay_cents": asked.can_pay_cents},
        Step.STATEMENT: {"statement": asked.statement},
    }
    with transaction():
        document = program_of(enrollment)
        steps = steps_of(document.waivers)
        for step in steps:
            save(desk, step, told[step])
        answers = within_rules(answers_of(draft_of(desk)), document, steps)
        name = enrollment.referral.person.full_name
        return send(desk, Signature(name, digest_of(desk, answers)), actor=actor)
