"""Loading requests that are being filled in, their proof, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from app.cases.lookups import get_referral_for, my_enrollment
from app.cases.models import Enrollment
from app.core import clock
from app.core.actor import ActorKind
from app.core.court_words import in_reader_language
from app.core.errors import NotFound
from app.payments.fees import PERCENT, fee_lines
from app.payments.guidelines import known_guidelines
from app.payments.kinds import IS_WAIVED
from app.payments.lookups import get_waiver_for
from app.payments.models import LedgerEntry, Waiver
from app.payments.rules import Band
from app.payments.waiving.computing import (
    Computation,
    FeePart,
    GuidelineUsed,
    Household,
    compute,
    guideline_for,
    region_of,
)
from app.payments.waiving.models import WaiverDraft, WaiverProof
from app.payments.waiving.rules import Answers
from app.permissions.identity import Identity
from tenants.database import session
from tenants.models import Court
from tenants.program import ProgramDocument
from tenants.rules import rules_of
from tenants.scope import current_court_id

LEARNER, COUNTER = "learner", "counter"


@dataclass(frozen=True)
class Desk:
    """Whose request is filled in, and where: by the learner (`learner`) or at the counter (`counter`)."""

    enrollment_id: UUID
    written_by: str


def own_desk(identity: Identity) -> tuple[Desk, Enrollment]:
    """The learner's own. Raises NotFound."""
    enrollment = my_enrollment(identity)
    return Desk(enrollment.id, LEARNER), enrollment


def counter_desk(identity: Identity, referral_id: UUID) -> tuple[Desk, Enrollment]:
    """The counter's, for somebody who is enrolled. Raises NotFound."""
    enrollment = get_referral_for(identity, referral_id)
    if identity.kind == ActorKind.LEARNER or enrollment.rules_id is None:
        raise NotFound
    return Desk(enrollment.id, COUNTER), enrollment


def program_of(enrollment: Enrollment) -> ProgramDocument:
    """The rules that an enrollment is pinned to. Raises NotFound before it is enrolled."""
    if enrollment.rules_id is None:
        raise NotFound
    return rules_of(enrollment.rules_id)


def draft_of(desk: Desk, *, lock: bool = False) -> WaiverDraft | None:
    """What is being filled in there; None before the first step was saved."""
    query = select(WaiverDraft).where(
        WaiverDraft.enrollment_id == desk.enrollment_id, WaiverDraft.written_by == desk.written_by
    )
    return session().scalar(query.with_for_update() if lock else query)


def answers_of(draft: WaiverDraft | None) -> Answers:
    return Answers() if draft is None else Answers.from_json(draft.answers)


def proofs_of_draft(desk: Desk) -> Sequence[WaiverProof]:
    """Files that were added and not sent yet, the oldest first, with `.file` loaded."""
    return _proofs(
        WaiverProof.enrollment_id == desk.enrollment_id,
        WaiverProof.written_by == desk.written_by,
        WaiverProof.waiver_id.is_(None),
        WaiverProof.file_deleted_at.is_(None),
    )


def proofs_of(waiver_id: UUID) -> Sequence[WaiverProof]:
    """Every file that went with a request, the oldest first, with `.file`; see `file_deleted_at` of each."""
    return _proofs(WaiverProof.waiver_id == waiver_id)


def _proofs(*conditions: ColumnElement[bool]) -> Sequence[WaiverProof]:
    query = (
        select(WaiverProof)
        .where(*conditions)
        .options(joinedload(WaiverProof.file))
        .order_by(WaiverProof.added_at, WaiverProof.id)
    )
    return session().scalars(query).all()


def get_draft_proof(desk: Desk, proof_id: UUID) -> WaiverProof:
    """A file that was added and not sent yet. Raises NotFound."""
    return _only(proof for proof in proofs_of_draft(desk) if proof.id == proof_id)


def get_proof_for(identity: Identity, waiver_id: UUID, proof_id: UUID) -> tuple[WaiverProof, Enrollment]:
    """A file of a request that was sent, for those who may see that. Raises NotFound, also once it is deleted."""
    _waiver, enrollment = get_waiver_for(identity, waiver_id)
    found = [proof for proof in proofs_of(waiver_id) if proof.id == proof_id and proof.file_deleted_at is None]
    return _only(found), enrollment


def _only(found: Iterable[WaiverProof]) -> WaiverProof:
    for proof in found:
        return proof
    raise NotFound


def guideline_today(court: Court) -> GuidelineUsed | None:
    """The guideline for the court's state, in force on its date of today."""
    return guideline_for(known_guidelines(), region=region_of(court.region), on=clock.today(court.time_zone))


def the_court() -> Court:
    """The court at work."""
    return session().scalars(select(Court).where(Court.id == current_court_id())).one()


def computation_of(waiver: Waiver, enrollment: Enrollment) -> Computation:
    """What the pinned rules propose for a request that was sent, by the guideline that was in force that day.

    What other requests waived counts as waived before; what this one brought, as still open.
    """
    guideline = None
    if waiver.guideline_effective and waiver.guideline_base_cents and waiver.guideline_person_cents:
        guideline = GuidelineUsed(
            waiver.guideline_region,
            waiver.guideline_effective,
            waiver.guideline_base_cents,
            waiver.guideline_person_cents,
        )
    household = Household(
        waiver.household_size,
        waiver.income_cents,
        waiver.income_period,
        tuple(waiver.benefits),
        waiver.expenses or None,
    )
    return _computed(household, guideline, enrollment, without=waiver.id)


def computation_for(answers: Answers, enrollment: Enrollment, guideline: GuidelineUsed | None) -> Computation | None:
    """The same for what is being filled in; None before household and income are told."""
    if answers.household_size is None or answers.income_cents is None or not answers.income_period:
        return None
    household = Household(
        answers.household_size,
        answers.income_cents,
        answers.income_period,
        answers.benefits or (),
        answers.expenses,
    )
    return _computed(household, guideline, enrollment)


def _computed(
    household: Household, guideline: GuidelineUsed | None, enrollment: Enrollment, *, without: UUID | None = None
) -> Computation:
    document = program_of(enrollment)
    bands = [Band(band.up_to_percent, band.waives_percent * PERCENT) for band in document.waivers.bands]
    waived = _waived_before(enrollment.id, without)
    parts = [
        FeePart(line, in_reader_language(rule.label), rule.payee, waived.get(rule.key, 0))
        for rule, line in zip(document.fees.components, fee_lines(document.fees), strict=True)
    ]
    return compute(household, guideline, bands, parts)


def _waived_before(enrollment_id: UUID, without: UUID | None) -> dict[str, int]:
    query = (
        select(LedgerEntry.component, func.sum(LedgerEntry.amount_cents))
        .where(LedgerEntry.enrollment_id == enrollment_id, IS_WAIVED)
        .group_by(LedgerEntry.component)
    )
    if without is not None:
        query = query.where(LedgerEntry.effect.not_like(f"waiver:{without}:%"))
    return {component: -int(cents) for component, cents in session().execute(query)}
