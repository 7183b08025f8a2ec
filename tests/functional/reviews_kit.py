"""People who review, and something for them to read."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.accountability.models import CheckIn
from app.accounts.models import Membership
from app.cases.lookups import the_enrollment
from app.core import clock
from app.curriculum.lookups import current_versions
from app.learning.models import ModuleProgress, Reflection
from app.permissions.identity import Identity, Role
from app.reviews import flags
from app.reviews.models import ReviewFlag, ReviewItem
from app.reviews.rules import FlagReason, Kind
from tenants.database import SET_COURT, role_transaction, session, transaction
from tenants.keys import uuid7
from tests.client import Page, PageClient
from tests.curriculum import publish
from tests.factories import TestCourt, make_learner
from tests.functional.accounts_people import PASSWORD, Colleague, colleague

MODULE = "accountability-without-shame"
NAME = "Hiddenname"
WORDS = "Reads like a leaflet."  # what somebody notes who flags something


def facilitator(court: TestCourt) -> Colleague:
    """A facilitator who can really sign in."""
    return colleague(court, role=Role.FACILITATOR)


def also_at(person: Colleague, other: TestCourt, *, language: str | None = None) -> UUID:
    """The same facilitator's place at another court, as JaneSchool's console makes it."""
    with person.court.app.app_context():
        with person.court.acting():
            known = session().scalars(select(Membership).where(Membership.id == person.membership_id)).one()
        with other.acting(), transaction() as current:
            place = Membership(
                id=uuid7(),
                credential_id=known.credential_id,
                role=Role.FACILITATOR,
                display_name=known.display_name,
                review_language=language,
                created_at=clock.now(),
            )
            current.add(place)
            current.flush()
            return place.id


def end_place(court: TestCourt, membership_id: UUID) -> None:
    with court.app.app_context(), court.acting(), transaction() as current:
        place = current.scalars(select(Membership).where(Membership.id == membership_id)).one()
        place.state = "deactivated"


def give_password(browser: PageClient, person: Colleague, password: str = PASSWORD) -> Page:
    return browser.get("/review/sign-in").submit("Continue", email=person.email, password=password)


def sign_in(person: Colleague) -> PageClient:
    browser = PageClient(person.court.app)
    page = give_password(browser, person).submit("Sign in", code=person.code())
    assert page.heading == "To review", page.text
    return browser


def sent_check_in(court: TestCourt, statement: str = "A good month.", *, officer: Identity | None = None) -> UUID:
    """A check-in that waits, of somebody new whose family name begins with NAME; returns its id."""
    _learner, enrollment_id = make_learner(court, family_names=f"{NAME}{uuid7().hex[-6:]}")
    now = clock.now()
    with court.app.app_context(), court.acting(), transaction() as current:
        enrollment = the_enrollment(enrollment_id, lock=True)
        enrollment.state = "accountability"
        if officer is not None:
            enrollment.officer_id = officer.id
        row = CheckIn(
            id=uuid7(),
            enrollment_id=enrollment_id,
            number=1,
            opens_at=now - timedelta(days=3),
            due_on=clock.today("America/Los_Angeles"),
            closes_at=now + timedelta(days=1),
            grace_until=now + timedelta(days=3),
            state="submitted",
            submitted_at=now,
            answers={"going": "well", "support": "none", "questions": [], "statement": statement},
        )
        current.add(row)
        current.flush()
        return row.id


def handed_in(court: TestCourt, text: str = "What I thought about.") -> UUID:
    """A reflection that waits; returns its id."""
    publish(court.app)
    _learner, enrollment_id = make_learner(court, family_names=f"{NAME}{uuid7().hex[-6:]}")
    with court.app.app_context(), court.acting(), transaction() as current:
        progress = current.scalars(
            select(ModuleProgress).where(ModuleProgress.enrollment_id == enrollment_id, ModuleProgress.slug == MODULE)
        ).one()
        progress.version_id, progress.started_at = current_versions()[MODULE].version_id, clock.now()
        progress.state = "in_progress"
        row = Reflection(
            id=uuid7(),
            enrollment_id=enrollment_id,
            slug=MODULE,
            lesson="your-first-step",
            text=text,
            state="submitted",
            submitted_at=clock.now(),
        )
        current.add(row)
        current.flush()
        return row.id


def item_id(court: TestCourt, subject_id: UUID) -> UUID:
    with court.app.app_context(), court.acting():
        return session().scalars(select(ReviewItem.id).where(ReviewItem.subject_id == subject_id)).one()


def state_of(court: TestCourt, model: type, row_id: UUID) -> str:
    with court.app.app_context(), court.acting():
        return session().scalars(select(model.state).where(model.id == row_id)).one()


def lead(court: TestCourt, membership_id: object, language: str | None = None) -> None:
    """As JaneSchool's console marks a grant."""
    with court.app.app_context(), role_transaction("platform") as platform:
        platform.connection().exec_driver_sql(SET_COURT, (str(court.id),))
        here = update(Membership).where(Membership.id == membership_id)
        platform.execute(here.values(review_lead=True, review_language=language))


def flagged(court: TestCourt, subject: object, kind: Kind = Kind.REFLECTION) -> ReviewFlag:
    """Somebody's flag, raised by another facilitator."""
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        reader = court.member(Role.FACILITATOR, "Fay Reader")
        return flags.flag(kind, subject, FlagReason.OWN_WORDS, WORDS, actor=reader)  # type: ignore[arg-type]
