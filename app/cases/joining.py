"""Enrolling whole: account, agreement, code and enrollment, in one transaction or not at all."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import LearnerAccount
from app.accounts.services import create_learner_account
from app.cases.enrolling import enroll
from app.cases.lookups import person_of_code
from app.cases.models import Enrollment, EnrollmentCode
from app.core.actor import SYSTEM, Actor
from app.core.errors import StaleForm
from tenants.database import transaction


@dataclass(frozen=True)
class SignIn:
    """How somebody wants to sign in. `kind` is email, phone or name."""

    kind: str
    name: str
    password: str | None  # None: made at the counter, opens with a recovery slip first
    language: str


@dataclass(frozen=True)
class Signature:
    """The agreement as it was signed: by which typed name, in which language, and which text (its SHA-256).

    `rules_id`: the version of the court's rules whose fee was shown with it.
    """

    typed_name: str
    language: str
    text_sha256: str
    rules_id: UUID | None = None


class _OnlyRehearsed(Exception):
    """Undoes a rehearsal."""


def check_sign_in(sign_in: SignIn) -> None:
    """Raises Refused, at its field, when no account could be made like this. Writes nothing."""
    with suppress(_OnlyRehearsed), transaction():
        _make_account(sign_in, display_name="", actor=SYSTEM)
        raise _OnlyRehearsed


def join(code_id: UUID, sign_in: SignIn, signature: Signature, *, actor: Actor) -> tuple[Enrollment, LearnerAccount]:
    """Make the account, sign the agreement, redeem the code. Raises Refused: nothing is left of a try that fails.

    The account is shown under the name that the court knows.
    """
    with transaction():
        account = _make_account(sign_in, display_name=person_of_code(code_id).full_name, actor=actor)
        enrollment = enroll(
            code_id,
            account,
            typed_name=signature.typed_name,
            agreement_language=signature.language,
            read_sha256=signature.text_sha256,
            read_rules=signature.rules_id,
            actor=actor,
        )
        return enrollment, account


def _make_account(sign_in: SignIn, *, display_name: str, actor: Actor) -> LearnerAccount:
    return create_learner_account(
        kind=sign_in.kind,
        sign_in_name=sign_in.name,
        password=sign_in.password,
        display_name=display_name,
        language=sign_in.language,
        actor=actor,
    )


def account_joined_by(code_id: UUID, enrollment_id: UUID | None) -> LearnerAccount:
    """The account that an earlier sending of the same form made with this code. Raises StaleForm."""
    with transaction() as session:
        account = session.scalar(
            select(LearnerAccount)
            .join(Enrollment, Enrollment.account_id == LearnerAccount.id)
            .join(EnrollmentCode, EnrollmentCode.referral_id == Enrollment.referral_id)
            .where(Enrollment.id == enrollment_id, EnrollmentCode.id == code_id)
        )
    if account is None:
        raise StaleForm
    return account
