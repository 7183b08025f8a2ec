"""Every kind of event that a court's audit owes: who, what, when, from where, with which outcome, old and new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.accounts import own_sign_in, staffing
from app.cases.enrolling import issue_code, revoke_code
from app.core import clock
from app.core.actor import ActorKind
from app.core.audit import Outcome
from app.court_admin.audit_words import ACTIONS
from app.court_admin.services import publish_rules
from app.permissions.identity import Identity, Role
from tenants.program import ProgramDocument
from tenants.rules import rules_in_force
from tests import operators
from tests.client import PageClient
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.accounts_people import PASSWORD, Colleague, colleague, give_password, sign_in
from tests.functional.audit_kit import newest, referral_of
from tests.functional.deciding_steps import asked
from tests.operators import Browser
from tests.reports import run_renders

console, browser = operators.console, operators.browser

PLACE = "203.0.113.7"  # where the deeds of these tests come from


@dataclass
class Expected:
    """What the newest event of `action` must say. `old` and `new`: at least these values."""

    action: str
    actor_kind: ActorKind
    actor_id: Any = None
    outcome: Outcome = Outcome.DONE
    old: dict[str, Any] = field(default_factory=dict)
    new: dict[str, Any] = field(default_factory=dict)
    case_id: Any = None
    address: str = PLACE


@dataclass
class World:
    """A court with a colleague who can sign in, and a browser at PLACE."""

    app: Flask
    court: TestCourt
    person: Colleague
    settings: Any

    def browser(self) -> PageClient:
        client = PageClient(self.app)
        client.http.environ_base["REMOTE_ADDR"] = PLACE
        return client

    def as_staff(self, role: Role) -> PageClient:
        client = self.court.staff_client(role)
        client.http.environ_base["REMOTE_ADDR"] = PLACE
        return client

    def actor(self, role: Role) -> Identity:
        person = self.court.member(role)
        return Identity(**{**vars(person), "address": PLACE})


Deed = Callable[[World], Expected]


def signs_in(world: World) -> Expected:
    sign_in(world.browser(), world.person)
    return Expected("accounts.sign_in", ActorKind.STAFF, world.person.membership_id)


def fails_to_sign_in(world: World) -> Expected:
    give_password(world.browser(), world.person, "not the password at all")
    new = {"email": world.person.email}
    return Expected("accounts.sign_in", ActorKind.ANONYMOUS, None, Outcome.REFUSED, new=new)


def fails_the_second_step(world: World) -> Expected:
    give_password(world.browser(), world.person).submit(None, code="000000")
    new = {"step": "second factor"}
    return Expected("accounts.sign_in", ActorKind.STAFF, world.person.membership_id, Outcome.REFUSED, new=new)


def signs_out(world: World) -> Expected:
    browser = world.as_staff(Role.CLERK)
    page = browser.get(world.court.url("account"))
    token = page.tree.xpath("//input[@name='csrf_token']/@value")[0]
    browser.post(world.court.url("sign-out"), {"csrf_token": token})
    return Expected("accounts.sign_out", ActorKind.STAFF, world.court.member(Role.CLERK).id)


def changes_a_role(world: World) -> Expected:
    member = world.court.member(Role.OFFICER, f"Changing {clock.now().timestamp()}")
    with world.app.test_request_context(), world.court.acting():
        staffing.change_role(member.id, Role.SUPERVISOR, actor=world.actor(Role.ADMINISTRATOR))
    admin = world.court.member(Role.ADMINISTRATOR).id
    old, new = {"role": "officer"}, {"role": "supervisor"}
    return Expected("accounts.change_role", ActorKind.STAFF, admin, old=old, new=new)


def deactivates(world: World) -> Expected:
    member = world.court.member(Role.OFFICER, f"Leaving {clock.now().timestamp()}")
    with world.app.test_request_context(), world.court.acting():
        staffing.deactivate(member.id, actor=world.actor(Role.ADMINISTRATOR))
    admin = world.court.member(Role.ADMINISTRATOR).id
    return Expected(
        "accounts.deactivate", ActorKind.STAFF, admin, old={"state": "active"}, new={"state": "deactivated"}
    )


def changes_the_password(world: World) -> Expected:
    person = colleague(world.court)
    with world.app.test_request_context(), world.court.acting():
        actor = Identity(
            kind=ActorKind.STAFF,
            id=person.membership_id,
            role=Role.CLERK,
            court_id=world.court.id,
            fully_signed_in=True,
            address=PLACE,
        )
        own_sign_in.change_password(current=PASSWORD, new="another lamp by the other window", actor=actor)
    return Expected("accounts.change_password", ActorKind.STAFF, person.membership_id)


def publishes_rules(world: World) -> Expected:
    with world.app.test_request_context(), world.court.acting():
        row, document = rules_in_force()
        values = document.to_json()
        before = values["coursework"]["deadline_days"]
        values["coursework"]["deadline_days"] = before + 1
        changed = ProgramDocument.model_validate(values)
        publish_rules(changed, over=row.version, reason="more time", actor=world.actor(Role.ADMINISTRATOR))
    return Expected(
        "court_admin.publish_rules",
        ActorKind.STAFF,
        world.court.member(Role.ADMINISTRATOR).id,
        old={"version": row.version},
        new={"version": row.version + 1, "reason": "more time"},
    )


def issues_a_code(world: World) -> Expected:
    referral_id = referral_of(world.court, make_referral(world.court))
    with world.app.test_request_context(), world.court.acting():
        row, _code = issue_code(referral_id, actor=world.actor(Role.CLERK))
    clerk = world.court.member(Role.CLERK).id
    new = {"last_four": row.last_four}
    return Expected("cases.issue_code", ActorKind.STAFF, clerk, new=new, case_id=referral_id)


def takes_a_code_back(world: World) -> Expected:
    referral_id = referral_of(world.court, make_referral(world.court))
    with world.app.test_request_context(), world.court.acting():
        row, _code = issue_code(referral_id, actor=world.actor(Role.CLERK))
        revoke_code(row.id, reason="lost on the way", actor=world.actor(Role.CLERK))
    return Expected(
        "cases.revoke_code",
        ActorKind.STAFF,
        world.court.member(Role.CLERK).id,
        old={"state": "issued"},
        new={"state": "revoked", "reason": "lost on the way"},
        case_id=referral_id,
    )


def assesses_the_fee(world: World) -> Expected:
    _learner, enrollment_id = make_learner(world.court)
    referral_id = referral_of(world.court, enrollment_id)
    return Expected("payments.assess", ActorKind.SYSTEM, case_id=referral_id, address="")


def decides_a_waiver(world: World) -> Expected:
    _learner, enrollment_id = asked(world.court)
    filed, _detail = newest(world.court, "payments.file_waiver")
    page = world.as_staff(Role.CLERK).get(world.court.url(f"waivers/{filed.subject_id}"))
    page.submit("Decide", outcome="granted_full")
    return Expected(
        "payments.decide_waiver",
        ActorKind.STAFF,
        world.court.member(Role.CLERK).id,
        old={"state": "submitted"},
        new={"state": "granted_full"},
        case_id=referral_of(world.court, enrollment_id),
    )


def asks_for_a_report(world: World) -> Expected:
    enrollment_id = enrolled(world)
    page = world.as_staff(Role.CLERK).get(world.court.url(f"cases/{enrollment_id}/reports"))
    page.submit("Make the report", kind="progress")
    clerk = world.court.member(Role.CLERK).id
    case_id = referral_of(world.court, enrollment_id)
    return Expected("reports.request", ActorKind.STAFF, clerk, new={"kind": "progress"}, case_id=case_id)


def enrolled(world: World) -> Any:
    _learner, enrollment_id = make_learner(world.court)
    return enrollment_id


def makes_a_report(world: World) -> Expected:
    enrollment_id = enrolled(world)
    run_renders(world.court)
    case_id = referral_of(world.court, enrollment_id)
    return Expected("reports.issue", ActorKind.SYSTEM, new={"state": "ready"}, case_id=case_id, address="")


def report_of(world: World, enrollment_id: Any) -> Any:
    run_renders(world.court)
    issued, _detail = newest(world.court, "reports.issue")
    assert issued.case_id == referral_of(world.court, enrollment_id)
    return issued.subject_id


def reads_a_report(world: World) -> Expected:
    enrollment_id = enrolled(world)
    report_id = report_of(world, enrollment_id)
    world.as_staff(Role.JUDGE).get(world.court.url(f"reports/{report_id}"))
    judge, case_id = world.court.member(Role.JUDGE).id, referral_of(world.court, enrollment_id)
    return Expected("reports.read", ActorKind.STAFF, judge, case_id=case_id)


def takes_a_report_along(world: World) -> Expected:
    enrollment_id = enrolled(world)
    report_id = report_of(world, enrollment_id)
    world.as_staff(Role.JUDGE).get(world.court.url(f"reports/{report_id}/file"))
    judge, case_id = world.court.member(Role.JUDGE).id, referral_of(world.court, enrollment_id)
    return Expected("reports.read_file", ActorKind.STAFF, judge, case_id=case_id)


def exports_the_audit(world: World) -> Expected:
    world.as_staff(Role.ADMINISTRATOR).get(world.court.url("audit?kind=codes")).submit("Download as CSV")
    admin = world.court.member(Role.ADMINISTRATOR).id
    return Expected("audit.export", ActorKind.STAFF, admin, new={"filter": {"kind": "codes"}})


DEEDS: tuple[Deed, ...] = (
    signs_in,
    fails_to_sign_in,
    fails_the_second_step,
    signs_out,
    changes_a_role,
    deactivates,
    changes_the_password,
    publishes_rules,
    issues_a_code,
    takes_a_code_back,
    assesses_the_fee,
    decides_a_waiver,
    asks_for_a_report,
    makes_a_report,
    reads_a_report,
    takes_a_report_along,
    exports_the_audit,
)


@pytest.fixture(scope="module")
def world(app: Flask, settings: Any) -> World:
    publish(app)
    court = make_court(app)
    court.member(Role.ADMINISTRATOR)
    return World(app, court, colleague(court), settings)


def says(world: World, expected: Expected, since: Any) -> None:
    """The newest event of the action says all of it."""
    event, detail = newest(world.court, expected.action)
    assert (event.actor_kind, event.actor_id) == (expected.actor_kind, expected.actor_id)
    assert since <= event.at <= clock.now() + timedelta(seconds=1)
    assert event.outcome == expected.outcome
    assert detail.address == expected.address
    assert {name: detail.old.get(name) for name in expected.old} == expected.old
    assert {name: detail.new.get(name) for name in expected.new} == expected.new
    if expected.case_id is not None:
        assert event.case_id == expected.case_id
    assert expected.action in ACTIONS


@pytest.mark.proves("AD-1")
@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_the_audit_says_who_what_when_from_where_and_what_came_of_it(world: World, deed: Deed):
    since = clock.now()
    says(world, deed(world), since)


@pytest.mark.proves("AD-1")
def test_an_operators_look_stands_in_the_audit_of_the_court_looked_at(world: World, browser: Browser):
    since, path = clock.now(), f"/operator/court/{world.court.id}/look"
    browser.get(path).submit("Look", reason="A ticket: mails do not arrive")
    _event, detail = newest(world.court, "operator.look")
    new = {"reason": "A ticket: mails do not arrive"}
    expected = Expected("operator.look", ActorKind.OPERATOR, browser.operator.id, new=new, address=detail.address)
    assert detail.address.startswith("10.")  # where the operator's browser is
    says(world, expected, since)
    page = world.as_staff(Role.ADMINISTRATOR).get(world.court.url("audit?kind=operator"))
    assert "JaneSchool operator" in page.text
    assert "mails do not arrive" in page.click("Looked into the court").text
