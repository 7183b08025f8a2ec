"""Referring people: what a court tells of them, who may, and the rows of one referral or of thousands.

One person by form and many by file go the same way: `refer` is `refer_many` with one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from app.cases.lookups import kept_order, the_enrollment, who_can_supervise
from app.cases.models import CaseNumber, Enrollment, Hearing, Person, Referral
from app.cases.rules import adult_on, case_number_key
from app.core import clock
from app.core.actor import Actor
from app.core.audit import Deed, audit_many
from app.core.bulk import insert_many
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.permissions.identity import Role
from tenants.database import transaction
from tenants.keys import uuid7
from tenants.program import Referrer
from tenants.rules import rules_in_force
from tenants.term import term_end

# An administrator stands in for the clerk.
_REFERS_AS = {
    Role.CLERK: Referrer.CLERK,
    Role.ADMINISTRATOR: Referrer.CLERK,
    Role.PROSECUTOR: Referrer.PROSECUTOR,
}


@dataclass(frozen=True)
class NewReferral:
    """What a court tells of somebody it refers. Dates are court-local; an empty case number is pending."""

    given_names: str
    family_names: str
    birth_date: date
    order_date: date
    deadline: date
    case_numbers: tuple[str, ...] = ()
    officer_id: UUID | None = None
    hearing_on: date | None = None
    hearing_at: time | None = None
    email: str = ""
    phone: str = ""
    language: str = "en"
    order_file_id: UUID | None = None
    case_ends_on: date | None = None  # without it, the longest term of the rules counts


def may_refer(actor: Actor) -> bool:
    """Whether the court's rules in force let somebody in the actor's role refer people."""
    _rules, document = rules_in_force()
    return any(role == actor.role and who in document.people.refers for role, who in _REFERS_AS.items())


def refuse_dates(new: NewReferral) -> None:
    """Raises Refused when the person is under 18 on the order's date, or the deadline or the case's end not later."""
    if not adult_on(new.birth_date, new.order_date):
        raise Refused(_("The program is for people who were 18 or older on the date of the order."), "birth_date")
    if new.deadline <= new.order_date:
        raise Refused(_("The deadline must be after the date of the order."), "deadline")
    if new.case_ends_on is not None and new.case_ends_on <= new.order_date:
        raise Refused(_("The case must end after the date of the order."), "case_ends_on")


def refer(new: NewReferral, *, actor: Actor) -> Enrollment:
    """Write a referral with its enrollment in state `referred`.

    Raises Refused (with the field, if one is to blame) when the court's rules do not let the actor's role refer, the
    person is under 18 on the order's date, the deadline is not after it, or the officer or the order's file is not
    this court's.
    """
    with transaction():
        (made,) = refer_many([new], actor=actor)
        return the_enrollment(made.enrollment_id)


@dataclass(frozen=True, slots=True)
class Referred:
    """The ids that a new referral got."""

    referral_id: UUID
    enrollment_id: UUID


def refer_many(news: Sequence[NewReferral], *, actor: Actor) -> list[Referred]:
    """Write many referrals, all or none, each with its audit row; the ids, in the order of `news`.

    A fixed number of statements, however many there are. Raises Refused as `refer` does, for the first that fails.
    """
    if not may_refer(actor):
        raise Refused(_("This court's rules do not let your office refer people. Ask the court administrator."))
    officers = {member.id for member in who_can_supervise()} if any(new.officer_id for new in news) else set()
    for new in news:
        refuse_dates(new)
        if new.officer_id is not None and new.officer_id not in officers:
            raise Refused(_("Choose an officer from the list."), "officer_id")
        if new.order_file_id is not None and kept_order(new.order_file_id, actor) is None:
            raise Refused(_("Choose the file of the order again."), "order_file")
    assert actor.id is not None
    document = rules_in_force()[1]
    news = [replace(new, case_ends_on=new.case_ends_on or term_end(document, new.order_date)) for new in news]
    return _write(news, by=actor.id, actor=actor)


def write_referral(new: NewReferral, *, by: UUID, actor: Actor) -> Referred:
    """Write a referral that another court has handed over; `by` is the member of staff who accepted it.

    The caller has checked what it says: a case that came from elsewhere may have begun before its new deadline was set.
    """
    return _write([new], by=by, actor=actor)[0]


def _write(news: Sequence[NewReferral], *, by: UUID, actor: Actor) -> list[Referred]:
    now = clock.now()
    rows = [_rows_of(new, by=by, now=now) for new in news]
    with transaction():
        for table in (Person, Referral, Enrollment, CaseNumber, Hearing):
            insert_many(table, [line for row in rows for line in row.lines[table]])
        audit_many([row.deed for row in rows], actor=actor)
    return [row.referred for row in rows]


@dataclass(frozen=True, slots=True)
class _Rows:
    """All rows of one referral, by table, and what the audit says of it."""

    referred: Referred
    lines: dict[type[Any], list[dict[str, Any]]]
    deed: Deed


def _rows_of(new: NewReferral, *, by: UUID, now: datetime) -> _Rows:
    person_id, referral_id, enrollment_id = uuid7(), uuid7(), uuid7()
    person = {
        "id": person_id,
        "given_names": new.given_names,
        "family_names": new.family_names,
        "birth_date": new.birth_date,
        "email": new.email,
        "phone": new.phone,
        "language": new.language,
        "created_at": now,
    }
    referral = {
        "id": referral_id,
        "person_id": person_id,
        "order_date": new.order_date,
        "order_file_id": new.order_file_id,
        "deadline": new.deadline,
        "case_ends_on": new.case_ends_on,
        "referred_by": by,
        "referred_at": now,
    }
    enrollment = {
        "id": enrollment_id,
        "referral_id": referral_id,
        "officer_id": new.officer_id,
        "last_activity_at": now,
    }
    numbers = [_number(referral_id, *placed) for placed in enumerate(new.case_numbers or ("",))]
    hearing = {"referral_id": referral_id, "on_date": new.hearing_on, "at_time": new.hearing_at}
    return _Rows(
        Referred(referral_id, enrollment_id),
        {
            Person: [person],
            Referral: [referral],
            Enrollment: [enrollment],
            CaseNumber: numbers,
            Hearing: [hearing] if new.hearing_on is not None else [],
        },
        Deed(
            "cases.refer",
            subject=("referral", referral_id),
            case_id=referral_id,
            new={
                "name": f"{new.given_names} {new.family_names}".strip(),
                "birth_date": new.birth_date.isoformat(),
                "order_date": new.order_date.isoformat(),
                "deadline": new.deadline.isoformat(),
                "case_numbers": list(new.case_numbers),
                "officer_id": str(new.officer_id or ""),
                "order_file_id": str(new.order_file_id or ""),
            },
        ),
    )


def _number(referral_id: UUID, position: int, number: str) -> dict[str, Any]:
    key = case_number_key(number)
    return {
        "referral_id": referral_id,
        "position": position,
        "number": number.strip() if key else None,
        "normalized": key,
    }
