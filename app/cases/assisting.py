"""Enrolling together with a clerk at the counter: the person signs, the clerk clicks, and the audit says so."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.accounts import recovery
from app.accounts.models import LearnerAccount
from app.cases.enrolling import issue_code
from app.cases.joining import Signature, SignIn, join
from app.cases.models import Enrollment, EnrollmentCode
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from tenants.database import session, transaction


def begin(referral_id: UUID, birth_date: date, known_birth_date: date, *, actor: Actor) -> EnrollmentCode:
    """A code for the person at the counter, used up at the end of the same walk; earlier ones stop working.

    `birth_date` is what the person says. Raises NotFound, or Refused (at `birth_date` when it is another).
    """
    if birth_date != known_birth_date:
        raise Refused(_("The referral has another birth date. Check who stands before you."), "birth_date")
    with transaction():
        row, _code = issue_code(referral_id, actor=actor)
        audit("cases.assist_enrollment", actor=actor, subject=("enrollment_code", row.id), case_id=referral_id, new={})
    return row


def enroll_with_help(
    code_id: UUID, sign_in: SignIn, signature: Signature, *, actor: Actor
) -> tuple[Enrollment, LearnerAccount]:
    """As `join`, with the clerk who helped in the audit. Raises Refused."""
    with transaction():
        enrollment, account = join(code_id, sign_in, signature, actor=actor)
        audit(
            "cases.enroll_assisted",
            actor=actor,
            subject=("enrollment", enrollment.id),
            case_id=enrollment.referral_id,
            new={"kind": account.kind, "typed_name": signature.typed_name},
        )
        return enrollment, account


def account_of(enrollment: Enrollment) -> LearnerAccount:
    """The learner's account of a case. Raises NotFound before somebody enrolled."""
    found = session().scalar(select(LearnerAccount).where(LearnerAccount.id == enrollment.account_id))
    if found is None:
        raise NotFound
    return found


def print_slip(account: LearnerAccount, referral_id: UUID | None, *, actor: Actor) -> str:
    """The code of a new recovery slip, shown this once; noted with the case. Raises NotFound."""
    with transaction():
        code = recovery.make_slip(account.id, actor=actor)
        audit("cases.print_recovery_slip", actor=actor, subject=("learner", account.id), case_id=referral_id, new={})
    return code
