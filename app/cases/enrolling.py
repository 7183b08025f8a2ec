"""Enrollment codes: issuing, revoking, and enrolling with one."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import NoReturn
from uuid import UUID

from sqlalchemy import select, update

from app.accounts.models import LearnerAccount
from app.cases.codes import grouped, last_four, looks_valid, new_code, normalize
from app.cases.lookups import the_enrollment
from app.cases.models import AgreementSignature, CaseNumber, Enrollment, EnrollmentCode, Referral
from app.cases.redeeming import REDEEM_REFUSED, REDEEM_REFUSED_WITH_NUMBER, CodeFacts, can_redeem
from app.cases.rules import CODE_MOVES, SamePerson, move, same_person
from app.cases.services import move_enrollment
from app.core import clock, limits
from app.core.actor import Actor, ActorKind
from app.core.audit import audit, audit_refused
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.limits import Limit, place_of
from app.core.runtime import Happening, runtime, tell
from tenants.database import transaction
from tenants.models import Court
from tenants.program import ProgramDocument
from tenants.rules import NoRules, rules_in_force
from tenants.scope import current_court_id

READ_AGAIN = _l("The court has changed its rules. Please read the agreement and the fee again.")
GUESSES = Limit("enrollment-code", tries=10, window=timedelta(minutes=15))
# Of one code, from wherever: who found the paper must not be able to try every birth date.
GUESSES_AT_A_CODE = Limit("enrollment-code-dates", tries=20, window=timedelta(days=1))


def issue_code(referral_id: UUID, *, actor: Actor, batch_id: UUID | None = None) -> tuple[EnrollmentCode, str]:
    """A new code for a referral; earlier unused ones are replaced. Returns the row and the code, shown this once.

    `batch_id`: the batch that it is issued with, if any.
    Raises NotFound, or Refused when the person has enrolled already or the case is closed.
    """
    _rules, document = rules_in_force()
    now = clock.now()
    with transaction() as session:
        # The case first, then its codes, here as in `enroll`: two clerks at once never leave two codes that work.
        enrollment_id = session.scalar(select(Enrollment.id).where(Enrollment.referral_id == referral_id))
        if enrollment_id is None:
            raise NotFound
        if the_enrollment(enrollment_id, lock=True).state != "referred":
            raise Refused(_("No code is needed: this person has enrolled already, or the case is closed."))
        replaced = session.scalars(
            update(EnrollmentCode)
            .where(EnrollmentCode.referral_id == referral_id, EnrollmentCode.state == "issued")
            .values(state="replaced", row_version=EnrollmentCode.row_version + 1)
            .returning(EnrollmentCode.last_four)
        ).all()
        prefix = session.scalars(select(Court.code_prefix).where(Court.id == current_court_id())).one()
        code = new_code(prefix)
        row = EnrollmentCode(
            referral_id=referral_id,
            code_digest=runtime().keyring.digest("enrollment-code", code),
            last_four=last_four(code),
            issued_at=now,
            issued_by=actor.id,
            expires_at=now + timedelta(days=document.codes.valid_days),
            batch_id=batch_id,
        )
        session.add(row)
        session.flush()
        audit(
            "cases.issue_code",
            actor=actor,
            subject=("enrollment_code", row.id),
            case_id=referral_id,
            old={"replaced": list(replaced)},
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


def asks_case_number() -> bool:
    """Whether the court asks for the case number beside the code."""
    try:
        return rules_in_force()[1].codes.ask_case_number
    except NoRules:
        return False


def find_code(typed: str, birth_date: date, *, case_number: str = "", actor: Actor) -> EnrollmentCode:
    """The code that may be redeemed now. Counts guesses per address and, whether there is such a code or not, per code.

    `case_number` is looked at only where the court's rules ask for it and the referral's number is known.

    Raises TooMany, or Refused with the same words whatever was wrong, leaving an audit row with the true reason.
    """
    code = normalize(typed)
    limits.check(GUESSES, place_of(actor.address))
    limits.check(GUESSES_AT_A_CODE, code)
    with transaction() as session:
        found = session.execute(
            select(EnrollmentCode, Enrollment)
            .join(Enrollment, Enrollment.referral_id == EnrollmentCode.referral_id)
            .join(Referral, Referral.id == EnrollmentCode.referral_id)
            .where(EnrollmentCode.code_digest.in_(runtime().keyring.digests("enrollment-code", code)))
        ).first()
        if found is None:
            _refuse("unknown" if looks_valid(typed) else "malformed", None, code, actor)
        row, enrollment = found
        facts = CodeFacts(
            state=row.state,
            expires_at=row.expires_at,
            enrollment_state=enrollment.state,
            birth_date=the_enrollment(enrollment.id).referral.person.birth_date,
            number_keys=_number_keys(row.referral_id) if asks_case_number() else frozenset(),
        )
        today = _court_today()
        refusal = can_redeem(facts, birth_date=birth_date, now=clock.now(), today=today, case_number=case_number)
        if refusal is not None:
            _refuse(refusal, row.id, code, actor)
        code_row: EnrollmentCode = row
        return code_row


def _refuse(why: str, code_id: UUID | None, code: str, actor: Actor) -> NoReturn:
    limits.count(GUESSES, place_of(actor.address))
    limits.count(GUESSES_AT_A_CODE, code)
    audit_refused("cases.redeem_code", actor=actor, subject=("enrollment_code", code_id), new={"why": why})
    raise Refused(str(REDEEM_REFUSED_WITH_NUMBER if asks_case_number() else REDEEM_REFUSED))


def _number_keys(referral_id: UUID) -> frozenset[str]:
    with transaction() as session:
        known = select(CaseNumber.normalized).where(CaseNumber.referral_id == referral_id)
        return frozenset(key for key in session.scalars(known) if key)


def _court_today() -> date:
    with transaction() as session:
        zone = session.scalars(select(Court.time_zone).where(Court.id == current_court_id())).one()
    return clock.today(zone)


def agreement_text(document: ProgramDocument, language: str) -> tuple[str, str]:
    """The participation agreement as (language, text): in `language`, else in the first language that there is."""
    texts: dict[str, str] = {str(key): text for key, text in document.agreement.text.items()}
    shown = language if language in texts else next(iter(texts))
    return shown, texts[shown]


def text_digest(text: str) -> str:
    """The SHA-256 that a signature keeps of the text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def enroll(
    code_id: UUID,
    account: LearnerAccount,
    *,
    typed_name: str,
    agreement_language: str,
    actor: Actor,
    read_sha256: str | None = None,
    read_rules: UUID | None = None,
) -> Enrollment:
    """Redeem the code, sign the agreement and enroll, all or nothing. One of many simultaneous tries succeeds.

    The account must be in the session already. Raises Refused when the code was taken meanwhile, or (at the field
    `agreement`) when the text in force is not the one that was read, whose SHA-256 is `read_sha256`, or the rules in
    force are not those whose fee was shown (`read_rules`): the case is held to what was seen, and to nothing else.
    """
    rules, document = rules_in_force()
    language, text = agreement_text(document, agreement_language)
    if read_sha256 not in (None, text_digest(text)):
        raise Refused(_("The court has changed the agreement. Please read it again."), "agreement")
    if read_rules not in (None, rules.id):
        raise Refused(str(READ_AGAIN), "agreement")
    now = clock.now()
    with transaction() as session:
        enrollment = _case_of(code_id)
        row = session.scalars(select(EnrollmentCode).where(EnrollmentCode.id == code_id).with_for_update()).one()
        if row.state != "issued" or now >= row.expires_at or enrollment.state != "referred":
            raise Refused(str(REDEEM_REFUSED))
        row.state, row.redeemed_at = "redeemed", now
        person = enrollment.referral.person
        learner = Actor(ActorKind.LEARNER, account.id, "learner", actor.address)
        enrollment.account_id, enrollment.rules_id = account.id, rules.id
        same = same_person(typed_name, person.birth_date, person.full_name, person.birth_date)
        session.add(
            AgreementSignature(
                enrollment_id=enrollment.id,
                rules_id=rules.id,
                text_sha256=text_digest(text),
                language=language,
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
            new={"typed_name": typed_name, "agreement": language},
        )
        move_enrollment(enrollment.id, "enrolled", actor=learner)
        tell(Happening.ENROLLED, enrollment.id)
        return enrollment


def _case_of(code_id: UUID) -> Enrollment:
    """The enrollment of a code's referral, locked. Raises Refused when the code is unknown."""
    with transaction() as session:
        enrollment_id = session.scalar(
            select(Enrollment.id)
            .join(EnrollmentCode, EnrollmentCode.referral_id == Enrollment.referral_id)
            .where(EnrollmentCode.id == code_id)
        )
        if enrollment_id is None:
            raise Refused(str(REDEEM_REFUSED))
        return the_enrollment(enrollment_id, lock=True)
