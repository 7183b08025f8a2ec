"""Enrollment codes: issuing, revoking, and enrolling with one."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import NoReturn
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import NoResultFound

from app.accounts.models import LearnerAccount
from app.cases.codes import grouped, last_four, looks_valid, new_code, normalize
from app.cases.lookups import the_enrollment
from app.cases.models import AgreementSignature, Enrollment, EnrollmentCode, Referral
from app.cases.rules import (
    CODE_MOVES,
    REDEEM_REFUSED,
    CodeFacts,
    SamePerson,
    can_redeem,
    move,
    same_person,
)
from app.cases.services import move_enrollment
from app.core import clock, limits
from app.core.actor import Actor, ActorKind
from app.core.audit import audit, audit_refused
from app.core.errors import Refused
from app.core.limits import Limit
from app.core.runtime import Happening, runtime, tell
from tenants.database import transaction
from tenants.models import Court
from tenants.rules import rules_in_force
from tenants.scope import current_court_id

GUESSES = Limit("enrollment-code", tries=10, window=timedelta(minutes=15))


def issue_code(referral_id: UUID, *, actor: Actor) -> tuple[EnrollmentCode, str]:
    """A new code for a referral; earlier unused ones are replaced. Returns the row and the code, shown this once."""
    _rules, document = rules_in_force()
    now = clock.now()
    with transaction() as session:
        session.execute(
            update(EnrollmentCode)
            .where(EnrollmentCode.referral_id == referral_id, EnrollmentCode.state == "issued")
            .values(state="replaced", row_version=EnrollmentCode.row_version + 1)
        )
        prefix = session.scalars(select(Court.code_prefix).where(Court.id == current_court_id())).one()
        code = new_code(prefix)
        row = EnrollmentCode(
            referral_id=referral_id,
            code_digest=runtime().keyring.digest("enrollment-code", code),
            last_four=last_four(code),
            issued_at=now,
            issued_by=actor.id,
            expires_at=now + timedelta(days=document.codes.valid_days),
        )
        session.add(row)
        session.flush()
        audit(
            "cases.issue_code",
            actor=actor,
            subject=("enrollment_code", row.id),
            case_id=referral_id,
            new={"last_four": row.last_four, "expires_at": row.expires_at.isoformat()},
        )
    return row, grouped(code)


def is_code_of(row: EnrollmentCode, typed: str) -> bool:
    """Whether `typed` is the code of `row` (for printing its slip again while the page is open)."""
    return row.code_digest in runtime().keyring.digests("enrollment-code", normalize(typed))


def revoke_code(code_id: UUID, *, reason: str, actor: Actor) -> None:
    """Take an unused code back. Raises IllegalMove when it is no longer unused."""
    with transaction() as session:
        row = session.scalars(select(EnrollmentCode).where(EnrollmentCode.id == code_id).with_for_update()).one()
        move(row.state, "revoked", CODE_MOVES)
        old, row.state = row.state, "revoked"
        audit(
            "cases.revoke_code",
            actor=actor,
            subject=("enrollment_code", row.id),
            case_id=row.referral_id,
            old={"state": old},
            new={"state": "revoked", "reason": reason},
        )


def find_code(typed: str, birth_date: date, *, actor: Actor) -> EnrollmentCode:
    """The code that may be redeemed now. Counts guesses per address.

    Raises TooMany, or Refused with the same words whatever was wrong, leaving an audit row with the true reason.
    """
    limits.check(GUESSES, actor.address)
    code = normalize(typed)
    with transaction() as session:
        found = session.execute(
            select(EnrollmentCode, Enrollment)
            .join(Enrollment, Enrollment.referral_id == EnrollmentCode.referral_id)
            .join(Referral, Referral.id == EnrollmentCode.referral_id)
            .where(EnrollmentCode.code_digest.in_(runtime().keyring.digests("enrollment-code", code)))
        ).first()
        if found is None:
            _refuse("unknown" if looks_valid(typed) else "malformed", None, actor)
        row, enrollment = found
        facts = CodeFacts(
            state=row.state,
            expires_at=row.expires_at,
            enrollment_state=enrollment.state,
            birth_date=the_enrollment(enrollment.id).referral.person.birth_date,
        )
        refusal = can_redeem(facts, birth_date=birth_date, now=clock.now(), today=_court_today())
        if refusal is not None:
            _refuse(refusal, row.id, actor)
        code_row: EnrollmentCode = row
        return code_row


def _refuse(why: str, code_id: UUID | None, actor: Actor) -> NoReturn:
    limits.count(GUESSES, actor.address)
    audit_refused("cases.redeem_code", actor=actor, subject=("enrollment_code", code_id), new={"why": why})
    raise Refused(str(REDEEM_REFUSED))


def _court_today() -> date:
    with transaction() as session:
        zone = session.scalars(select(Court.time_zone).where(Court.id == current_court_id())).one()
    return clock.today(zone)


def enroll(
    code_id: UUID, account: LearnerAccount, *, typed_name: str, agreement_language: str, actor: Actor
) -> Enrollment:
    """Redeem the code, sign the agreement and enroll, all or nothing. One of many simultaneous tries succeeds.

    The account must be in the session already. Raises Refused when the code was taken meanwhile.
    """
    rules, document = rules_in_force()
    now = clock.now()
    with transaction() as session:
        try:
            row = session.scalars(
                select(EnrollmentCode)
                .where(EnrollmentCode.id == code_id)
                .with_for_update()
                .execution_options(populate_existing=True)
            ).one()
        except NoResultFound:
            raise Refused(str(REDEEM_REFUSED)) from None
        if row.state != "issued" or now >= row.expires_at:
            raise Refused(str(REDEEM_REFUSED))
        row.state, row.redeemed_at = "redeemed", now
        enrollment_id = session.scalars(select(Enrollment.id).where(Enrollment.referral_id == row.referral_id)).one()
        enrollment = the_enrollment(enrollment_id, lock=True)
        person = enrollment.referral.person
        learner = Actor(ActorKind.LEARNER, account.id, "learner", actor.address)
        enrollment.account_id, enrollment.rules_id = account.id, rules.id
        text = document.agreement.text.get(agreement_language) or next(iter(document.agreement.text.values()))  # type: ignore[call-overload]
        same = same_person(typed_name, person.birth_date, person.full_name, person.birth_date)
        session.add(
            AgreementSignature(
                enrollment_id=enrollment.id,
                rules_id=rules.id,
                text_sha256=hashlib.sha256(text.encode()).hexdigest(),
                language=agreement_language,
                typed_name=typed_name,
                name_differs=same != SamePerson.EXACT,
                signed_at=now,
            )
        )
        session.flush()
        audit(
            "cases.redeem_code",
            actor=learner,
            subject=("enrollment_code", row.id),
            case_id=row.referral_id,
            new={"typed_name": typed_name, "agreement": agreement_language},
        )
        move_enrollment(enrollment.id, "enrolled", actor=learner)
        tell(Happening.ENROLLED, enrollment.id)
        return enrollment
