"""The list of referrals, a page at a time: a fixed number of statements, however long the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on

from app.cases.lookups import visible_enrollments
from app.cases.models import CaseNumber, Enrollment, EnrollmentCode, Referral
from app.permissions.identity import Identity
from tenants.database import session

PAGE_SIZE = 25


@dataclass(frozen=True)
class ListedReferral:
    """One line of the list. `code` is the newest code; case numbers are None while pending."""

    enrollment: Enrollment
    case_numbers: tuple[str | None, ...]
    code: EnrollmentCode | None


@dataclass(frozen=True)
class ReferralPage:
    """Lines, the newest first, and the referrals to go on from (None: nothing further that way)."""

    lines: tuple[ListedReferral, ...]
    newer: UUID | None
    older: UUID | None


def code_state(code: EnrollmentCode, now: datetime) -> str:
    """A code's state as people see it: an unused one is expired from its last instant on."""
    return "expired" if code.state == "issued" and now >= code.expires_at else code.state


def page_of_referrals(
    identity: Identity, *, older_than: UUID | None = None, newer_than: UUID | None = None
) -> ReferralPage:
    """One page of what `identity` may see. An unknown or foreign id starts from the newest. Five statements."""
    query = visible_enrollments(identity)
    backwards = False
    if older_than is not None and (place := _place(identity, older_than)) is not None:
        query = query.where(tuple_(Referral.referred_at, Referral.id) < place)
    elif newer_than is not None and (place := _place(identity, newer_than)) is not None:
        query, backwards = query.where(tuple_(Referral.referred_at, Referral.id) > place), True
    rows = list(session().scalars(_in_order(query, backwards).limit(PAGE_SIZE + 1)))
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    if backwards:
        rows.reverse()
    newer = more if backwards else older_than is not None
    older = True if backwards else more
    return ReferralPage(
        lines=_lines(rows),
        newer=rows[0].referral_id if rows and newer else None,
        older=rows[-1].referral_id if rows and older else None,
    )


def _in_order(query: Select[Enrollment], backwards: bool) -> Select[Enrollment]:
    if backwards:
        return query.order_by(Referral.referred_at, Referral.id)
    return query.order_by(Referral.referred_at.desc(), Referral.id.desc())


def _place(identity: Identity, referral_id: UUID) -> tuple[datetime, UUID] | None:
    found = session().scalar(visible_enrollments(identity).where(Enrollment.referral_id == referral_id))
    return (found.referral.referred_at, found.referral_id) if found is not None else None


def _lines(rows: Sequence[Enrollment]) -> tuple[ListedReferral, ...]:
    ids = [row.referral_id for row in rows]
    numbers: dict[UUID, list[str | None]] = {referral_id: [] for referral_id in ids}
    for number in session().scalars(
        select(CaseNumber).where(CaseNumber.referral_id.in_(ids)).order_by(CaseNumber.position)
    ):
        numbers[number.referral_id].append(number.number)
    newest = session().scalars(
        select(EnrollmentCode)
        .where(EnrollmentCode.referral_id.in_(ids))
        .ext(distinct_on(EnrollmentCode.referral_id))
        .order_by(EnrollmentCode.referral_id, EnrollmentCode.issued_at.desc(), EnrollmentCode.id.desc())
    )
    codes = {code.referral_id: code for code in newest}
    return tuple(ListedReferral(row, tuple(numbers[row.referral_id]), codes.get(row.referral_id)) for row in rows)
