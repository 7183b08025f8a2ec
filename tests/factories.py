"""What tests start from. Everything is made by the portal's own services, in a court of the test's own."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Flask

from app.accounts import sessions
from app.accounts.models import LearnerAccount, Membership, StaffCredential
from app.cases.enrolling import enroll, issue_code
from app.cases.lookups import the_enrollment
from app.cases.services import NewReferral, refer
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.permissions.identity import Identity, Role
from tenants import rules
from tenants.database import acting_as, role_transaction, transaction
from tenants.models import Court
from tenants.program import ProgramDocument, load_preset
from tests.client import PageClient

_counter = itertools.count(1)


@dataclass
class TestCourt:
    """A court with rules in force, and how to sign in to it."""

    __test__ = False

    app: Flask
    id: UUID
    slug: str
    prefix: str
    staff: dict[str, Identity] = field(default_factory=dict)

    def acting(self) -> Any:
        return acting_as(self.id)

    def url(self, path: str = "") -> str:
        return f"/{self.slug}/{path}"

    def member(self, role: Role = Role.CLERK, name: str = "") -> Identity:
        """A member of staff; the same one for the same role and name."""
        key = f"{role}:{name}"
        if key not in self.staff:
            self.staff[key] = make_member(self, role, name or f"Test {role.title()}")
        return self.staff[key]

    def client(self, identity: Identity) -> PageClient:
        """A browser signed in as `identity`."""
        client = PageClient(self.app)
        with self.app.app_context(), acting_as(self.id):
            if identity.kind == ActorKind.STAFF:
                token = sessions.start(membership_id=identity.id)
                found = sessions.load_identity(token)
                assert found is not None
                assert found.session_id is not None
                token = sessions.second_factor_given(found.session_id)
            else:
                token = sessions.start(learner_account_id=identity.id)
        client.sign_in(self.slug, token)
        return client

    def staff_client(self, role: Role = Role.CLERK, name: str = "") -> PageClient:
        return self.client(self.member(role, name))


def letters(number: int, length: int = 4) -> str:
    """A number as capital letters: 0 -> AAAA, 1 -> AAAB ..."""
    out = ""
    for _ in range(length):
        number, rest = divmod(number, 26)
        out = chr(65 + rest) + out
    return out


def make_court(
    app: Flask, *, preset: str = "county_probation", document: ProgramDocument | None = None, **fields: Any
) -> TestCourt:
    """A court of its own with a published preset (or `document`)."""
    slug = f"test-{uuid4().hex[:12]}"
    values: dict[str, Any] = {
        "slug": slug,
        "code_prefix": letters(uuid4().int % 26**6, 6),
        "name": f"Test Court {slug[-6:]}",
        "county": "Test County",
        "region": "CA",
        "time_zone": "America/Los_Angeles",
        "languages": ["en", "es"],
        "created_at": clock.now(),
        **fields,
    }
    with app.app_context():
        with role_transaction("platform") as session:
            court = Court(**values)
            session.add(court)
            session.flush()
            made = TestCourt(app, court.id, court.slug, court.code_prefix)
        with acting_as(made.id):
            rules.publish(document or load_preset(preset), by=None, reason="for a test", at=clock.now())
    return made


def make_member(court: TestCourt, role: Role, name: str) -> Identity:
    with court.app.app_context(), acting_as(court.id), transaction() as session:
        credential = StaffCredential(
            email=f"{uuid4().hex}@court.example", password_hash="none", totp_secret=None, created_at=clock.now()
        )
        member = Membership(credential_id=credential.id, role=role, display_name=name, created_at=clock.now())
        session.add(credential)
        session.flush()
        member.credential_id = credential.id
        session.add(member)
        session.flush()
        return Identity(
            kind=ActorKind.STAFF,
            id=member.id,
            role=role,
            court_id=court.id,
            display_name=name,
            language="en",
            fully_signed_in=True,
        )


def make_referral(court: TestCourt, *, actor: Identity | None = None, **fields: Any) -> UUID:
    """A referral by the court's clerk; returns the enrollment's id. `fields` as in NewReferral."""
    clerk = actor or court.member(Role.CLERK)
    number = next(_counter)
    with court.app.app_context(), court.app.test_request_context(), acting_as(court.id):
        today = clock.today("America/Los_Angeles")
        values: dict[str, Any] = {
            "given_names": "Robin",
            "family_names": f"Sample{letters(number)}",
            "birth_date": date(1986, 4, 28),
            "order_date": today,
            "deadline": today + timedelta(days=90),
            "case_numbers": (f"26-CR-{number:05d}",),
            **fields,
        }
        return refer(NewReferral(**values), actor=clerk).id


def make_learner(court: TestCourt, enrollment_id: UUID | None = None, **fields: Any) -> tuple[Identity, UUID]:
    """Somebody who enrolled with a code: the learner's identity and the enrollment's id."""
    enrollment_id = enrollment_id or make_referral(court, **fields)
    clerk = court.member(Role.CLERK)
    with court.app.app_context(), court.app.test_request_context(), acting_as(court.id):
        enrollment = the_enrollment(enrollment_id)
        row, _code = issue_code(enrollment.referral_id, actor=clerk)
        name = enrollment.referral.person.full_name
        with transaction() as session:
            account = LearnerAccount(
                sign_in_name=f"{uuid4().hex}@mail.example",
                kind="email",
                display_name=name,
                password_hash="none",
                created_at=clock.now(),
            )
            session.add(account)
            session.flush()
            enroll(row.id, account, typed_name=name, agreement_language="en", actor=Actor(ActorKind.ANONYMOUS))
            identity = Identity(
                kind=ActorKind.LEARNER,
                id=account.id,
                role=Role.LEARNER,
                court_id=court.id,
                display_name=name,
                language="en",
                fully_signed_in=True,
            )
    return identity, enrollment_id
