"""People for the tests of signing in: made by the portal's own services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from app.accounts import invitations, lookups, second_factor, services
from app.accounts.models import AccountSession, Membership
from app.accounts.sessions import load_identity
from app.core import clock
from app.core.actor import SYSTEM
from app.core.models import AuditEvent, Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.permissions.identity import Role
from tenants.database import session
from tests.client import Form, Page, PageClient
from tests.factories import TestCourt

PASSWORD = "  a lamp by the window "  # spaces at both ends: nothing is trimmed


@dataclass(frozen=True)
class Colleague:
    """A member of staff who can really sign in."""

    court: TestCourt
    email: str
    secret: str
    membership_id: UUID

    def code(self) -> str:
        return second_factor.code_at(self.secret, clock.now())


def invitation_token(court: TestCourt, *, email: str = "", role: Role = Role.CLERK, name: str = "Pat Example") -> str:
    with court.app.test_request_context(), court.acting():
        _row, token = invitations.create(
            email=email or f"{uuid4().hex[:12]}@court.example", display_name=name, role=role, actor=SYSTEM
        )
    return token


def colleague(court: TestCourt, *, role: Role = Role.CLERK, email: str = "") -> Colleague:
    """Somebody who accepted an invitation and set up the second factor some minutes ago."""
    address = email or f"{uuid4().hex[:12]}@court.example"
    token = invitation_token(court, email=address, role=role)
    earlier = clock.now() - timedelta(minutes=10)
    with court.app.test_request_context(), court.acting(), clock.moved_to(earlier):
        accepted = invitations.accept_new(token, password=PASSWORD, actor=SYSTEM)
        person = load_identity(accepted.token)
        assert person is not None
        secret, _address = services.setup_secret(actor=person)
        services.give_second_factor(code=second_factor.code_at(secret, earlier), actor=person)
    return Colleague(court, address, secret, accepted.membership_id)


def give_password(client: PageClient, person: Colleague, password: str = PASSWORD) -> Page:
    page = client.get(person.court.url("staff/sign-in"))
    return page.submit("Continue", email=person.email, password=password)


def sign_in(client: PageClient, person: Colleague) -> Page:
    return give_password(client, person).submit(None, code=person.code())


def sign_out(page: Page) -> Page:
    """Press the page's own button, which stands above its main part."""
    (form,) = page.tree.xpath("//form[contains(@action, '/sign-out')]")
    return Form(page, form).submit()


def cookie(client: PageClient, court: TestCourt) -> str:
    found = client.http.get_cookie(f"portal-{court.slug}", path=f"/{court.slug}")
    assert found is not None
    return found.value


def run_jobs(court: TestCourt, kind: str) -> list[str]:
    """Run the court's open jobs of a kind, as the worker does; returns what became of each."""
    with court.app.app_context(), court.acting():
        waiting = session().scalars(select(Outbox.id).where(Outbox.kind == kind, Outbox.done_at.is_(None))).all()
        return [run_job(job_id, runtime().registry.jobs) for job_id in waiting]


def audited(court: TestCourt, action: str) -> list[tuple[str, str]]:
    """(actor's kind, outcome) of every audit row of an action."""
    with court.app.app_context(), court.acting():
        rows = session().execute(
            select(AuditEvent.actor_kind, AuditEvent.outcome).where(AuditEvent.action == action).order_by(AuditEvent.id)
        )
        return [(kind, outcome) for kind, outcome in rows]


def members(court: TestCourt) -> list[Membership]:
    with court.app.app_context(), court.acting():
        return [member for member, _credential in lookups.staff_list()]


def sessions_of(court: TestCourt, membership_id: UUID) -> list[AccountSession]:
    with court.app.app_context(), court.acting():
        return list(
            session().scalars(select(AccountSession).where(AccountSession.membership_id == membership_id)).all()
        )
