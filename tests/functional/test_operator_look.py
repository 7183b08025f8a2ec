"""A look into one court: for a reason, for half an hour, never at a person; PostgreSQL itself keeps to that."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from app.cases.models import Enrollment
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.operator import looking
from app.operator.models import OperatorLook
from tenants.database import acting_as, session, transaction
from tenants.keys import uuid7
from tests import operators
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.operators import Browser, audited, sign_in
from tests.reports import run_renders

console, browser, court, statements = operators.console, operators.browser, operators.court, operators.statements

REASON = "A ticket: invitations do not arrive"


def path(court: TestCourt) -> str:
    return f"/operator/court/{court.id}/look"


@pytest.mark.proves("CO-8", "AD-1")
def test_a_look_asks_a_reason_and_is_audited_in_that_court(browser: Browser, app: Flask, court: TestCourt):
    other = make_court(app)
    enrollment_id = make_referral(court, family_names="Canary")
    page = browser.get(path(court))
    assert "Test Clerk" not in page.text
    for reason in ("", "too short"):
        page = page.submit("Look", reason=reason)
        assert page.status == 422
        assert "Test Clerk" not in page.text
    assert audited(court, "operator.look") == []
    page = page.submit("Look", reason=REASON)
    for shown in ("Test Clerk", "Referred a person", str(enrollment_id), REASON):
        assert shown in page.text
    assert "Canary" not in page.response.get_data(as_text=True)
    ((happened, detail),) = audited(court, "operator.look")
    assert (happened.actor_kind, happened.actor_id) == ("operator", browser.operator.id)
    assert detail.new["reason"] == REASON
    assert detail.address.startswith("10.")
    assert audited(other, "operator.look") == []


@pytest.mark.proves("CO-8")
def test_a_look_ends_after_half_an_hour_and_when_the_operator_ends_it(browser: Browser, court: TestCourt):
    browser.get(path(court)).submit("Look", reason=REASON)
    # Looked at in between, so that the sign-in itself does not end first.
    with clock.moved_to(clock.now() + timedelta(minutes=15)):
        assert "Last events" in browser.get(path(court)).text
    with clock.moved_to(clock.now() + timedelta(minutes=31)):
        closed = browser.get(path(court))
        assert closed.heading == "Look into a court"
        assert "Last events" not in closed.text
        assert closed.form("Look")
    page = browser.get(path(court)).submit("End the look")
    assert "The look is over" in page.text
    assert "Last events" not in browser.get(path(court)).text
    assert len(audited(court, "operator.end_look")) == 1


def test_one_operators_look_is_no_other_operators_and_no_other_courts(browser: Browser, app: Flask, court: TestCourt):
    browser.get(path(court)).submit("Look", reason=REASON)
    assert "Last events" not in sign_in(browser.pages.app).get(path(court)).text
    assert "Last events" not in browser.get(path(make_court(app))).text


def test_a_second_click_is_no_second_look(browser: Browser, court: TestCourt):
    page = browser.get(path(court))
    for _click in range(2):
        page.submit("Look", reason=REASON)
    assert len(audited(court, "operator.look")) == 1


@pytest.mark.proves("CO-8")
def test_postgresql_shows_nothing_without_an_open_look(browser: Browser, app: Flask, court: TestCourt):
    """Not the page decides, but the database: the console's own role, in the right court, sees nothing by itself."""
    other = make_court(app)
    make_learner(court)
    make_learner(other)
    console = browser.pages.app
    browser.get(path(court)).submit("Look", reason=REASON)

    def visible(look_id: UUID | None, of: TestCourt) -> tuple[int, int, int]:
        with console.app_context(), acting_as(of.id), transaction() as current:
            if look_id is not None:
                current.execute(select(func.set_config("portal.look_id", str(look_id), True)))
            counts = [
                current.scalar(text(f"SELECT count(*) FROM {table} WHERE court_id = :court"), {"court": of.id})
                for table in ("enrollment", "report", "membership")
            ]
        return tuple(counts)  # type: ignore[return-value]  # three counts

    with console.app_context(), acting_as(court.id):
        look = session().scalars(select(OperatorLook)).one()
    assert visible(None, court) == (0, 0, 0)
    assert visible(uuid7(), court) == (0, 0, 0)
    assert visible(look.id, court)[0] == 1
    assert visible(look.id, court)[2] >= 1
    assert visible(look.id, other) == (0, 0, 0), "a look opens one court"
    with console.app_context():
        looking.end(court.id, look.session_id, actor=Actor(ActorKind.OPERATOR, browser.operator.id))
    assert visible(look.id, court) == (0, 0, 0)


@pytest.mark.proves("CO-8")
def test_a_look_can_change_nothing(browser: Browser, court: TestCourt):
    make_learner(court)
    browser.get(path(court)).submit("Look", reason=REASON)
    with browser.pages.app.app_context(), acting_as(court.id):
        look = session().scalars(select(OperatorLook)).one()
        for statement in (
            "UPDATE enrollment SET state = 'completed'",
            "DELETE FROM enrollment",
            "UPDATE report SET state = 'ready'",
            "UPDATE membership SET role = 'administrator'",
            "UPDATE operator_look SET reason = 'another'",
            "UPDATE operator_look SET expires_at = expires_at + interval '1 day'",
            "DELETE FROM operator_look",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"), looking.through(look) as current:
                current.execute(text(statement))
        with looking.through(look) as current:  # its own role may end facilitators' grants, nobody else's place
            ended = current.execute(
                text("UPDATE membership SET state = 'deactivated' WHERE court_id = :c"), {"c": court.id}
            )
            assert ended.rowcount == 0
    pages = browser.get(path(court))
    buttons = {" ".join("".join(b.itertext()).split()) for b in pages.tree.xpath("//main//button")}
    assert buttons == {"End the look", "Show"}


def test_one_enrollment_with_its_reports_and_jobs(browser: Browser, court: TestCourt, statements: list[str]):
    _learner, enrollment_id = make_learner(court)
    _other, another = make_learner(court)
    run_renders(court)
    browser.get(path(court)).submit("Look", reason=REASON)
    statements.clear()
    page = browser.get(f"{path(court)}?enrollment={enrollment_id}")
    assert len(statements) <= 16, statements
    main = " ".join(page.tree.xpath("//main")[0].itertext())
    assert str(enrollment_id) in main
    assert str(another) not in main
    assert "reports.render" in main
    assert page.tree.xpath("//main//td[normalize-space()='Ready']"), "the report's state, in words"
    wrong = browser.get(f"{path(court)}?enrollment=26-CR-00017")
    assert "not the number of an enrollment" in wrong.text
    nobody = browser.get(f"{path(court)}?enrollment={uuid7()}")
    assert "no such enrollment at this court" in nobody.text


def test_the_court_finds_the_look_in_its_own_records(browser: Browser, app: Flask, court: TestCourt):
    browser.get(path(court)).submit("Look", reason=REASON)
    with app.app_context(), court.acting():
        look = session().scalars(select(OperatorLook)).one()
        assert (look.reason, look.operator_id) == (REASON, browser.operator.id)
        assert look.expires_at - look.began_at == timedelta(minutes=30)
        assert session().scalars(select(Enrollment)).all() == []
    with app.app_context(), make_court(app).acting():
        assert session().scalars(select(OperatorLook)).all() == []
