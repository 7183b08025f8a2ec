"""Whether an enrollment code may be redeemed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.cases.rules import adult_on, case_number_key
from app.core.i18n import lazy_gettext as _


class RedeemRefusal(StrEnum):
    """Why a code was refused: for the audit row only. The person reads `REDEEM_REFUSED`, always the same."""

    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"
    REPLACED = "replaced"
    CASE_CLOSED = "case_closed"
    WRONG_BIRTH_DATE = "wrong_birth_date"
    WRONG_CASE_NUMBER = "wrong_case_number"
    NOT_ADULT = "not_adult"


REDEEM_REFUSED = _(
    "We could not match this code and birth date. This happens. It does not count against you. "
    "Check both and try again, or ask the court for a new code."
)
# For a court that asks for the case number too, whichever of the three was wrong.
REDEEM_REFUSED_WITH_NUMBER = _(
    "We could not match this code, birth date and case number. This happens. It does not count against you. "
    "Check all three and try again, or ask the court for a new code."
)


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """A code as stored, with its referral. `expires_at` is UTC: from that instant on the code is expired.

    `number_keys`: the case numbers that the court asks for (see `case_number_key`); empty when it asks for none, or
    knows none yet.
    """

    state: str
    expires_at: datetime
    enrollment_state: str
    birth_date: date
    number_keys: frozenset[str] = frozenset()


def can_redeem(
    code: CodeFacts, *, birth_date: date, now: datetime, today: date, case_number: str = ""
) -> RedeemRefusal | None:
    """None when the code may be used. `now` is UTC, `today` the court's local date; the rest is as typed."""
    stored = {"redeemed": "used", "issued": None}.get(code.state, code.state)
    if stored is not None:
        return RedeemRefusal(stored)
    if now >= code.expires_at:
        return RedeemRefusal.EXPIRED
    if code.enrollment_state != "referred":
        return RedeemRefusal.CASE_CLOSED
    if birth_date != code.birth_date:
        return RedeemRefusal.WRONG_BIRTH_DATE
    if code.number_keys and case_number_key(case_number) not in code.number_keys:
        return RedeemRefusal.WRONG_CASE_NUMBER
    return None if adult_on(birth_date, today) else RedeemRefusal.NOT_ADULT
