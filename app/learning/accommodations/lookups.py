"""Reading what somebody asked for, and what holds for them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, select

from app.cases.models import Enrollment, Person, Referral
from app.core.errors import NotFound
from app.learning.accommodations.models import Accommodation
from app.learning.accommodations.rules import Honored, honored
from tenants.care import AdaContact
from tenants.database import session
from tenants.rules import NoRules, rules_in_force

QUEUE_LENGTH = 100


def honored_for(enrollment_id: UUID) -> Honored:
    """What was granted to somebody and holds now. One statement."""
    rows = session().execute(
        select(Accommodation.granted, Accommodation.times, Accommodation.terms)
        .where(Accommodation.enrollment_id == enrollment_id, Accommodation.state == "granted")
        .order_by(Accommodation.decided_at, Accommodation.id)
    )
    return honored((kinds, times, terms) for kinds, times, terms in rows)


def contact_of_court() -> AdaContact:
    """Whom people ask now, by the rules in force; the court's own phone where they name none."""
    try:
        document = rules_in_force()[1]
    except NoRules:
        return AdaContact()
    named = document.ada_contact
    if named.phone or named.email:
        return named
    return AdaContact(name=named.name, phone=document.reports.letterhead.phone)


def asked_by(enrollment_id: UUID) -> Sequence[Accommodation]:
    """All that one person ever asked for, the newest first."""
    query = select(Accommodation).where(Accommodation.enrollment_id == enrollment_id)
    return session().scalars(query.order_by(Accommodation.asked_at.desc(), Accommodation.id.desc())).all()


def waiting() -> Sequence[Row[Accommodation, str, str]]:
    """Requests that wait for the court, the longest waiting first, each with the person's names."""
    return (
        session()
        .execute(
            select(Accommodation, Person.given_names, Person.family_names)
            .join(Enrollment, Enrollment.id == Accommodation.enrollment_id)
            .join(Referral, Referral.id == Enrollment.referral_id)
            .join(Person, Person.id == Referral.person_id)
            .where(Accommodation.state == "requested")
            .order_by(Accommodation.asked_at, Accommodation.id)
            .limit(QUEUE_LENGTH)
        )
        .all()
    )


def in_force() -> Sequence[Row[Accommodation, str, str]]:
    """What holds now, the newest first."""
    return (
        session()
        .execute(
            select(Accommodation, Person.given_names, Person.family_names)
            .join(Enrollment, Enrollment.id == Accommodation.enrollment_id)
            .join(Referral, Referral.id == Enrollment.referral_id)
            .join(Person, Person.id == Referral.person_id)
            .where(Accommodation.state == "granted")
            .order_by(Accommodation.decided_at.desc(), Accommodation.id)
            .limit(QUEUE_LENGTH)
        )
        .all()
    )


def the_accommodation(accommodation_id: UUID, *, lock: bool = False) -> Accommodation:
    """One request of the court at work. Raises NotFound."""
    query = select(Accommodation).where(Accommodation.id == accommodation_id)
    found = session().scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found
