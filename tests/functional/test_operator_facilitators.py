"""Facilitators' grants: given and ended by JaneSchool, court by court, and audited in each court."""

from __future__ import annotations

from contextlib import suppress
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Invitation, Membership
from app.core import clock
from app.operator import facilitators, opening
from app.permissions.identity import Role
from tenants.database import acting_as, session, transaction
from tenants.models import Court
from tests import operators
from tests.factories import TestCourt, letters, make_court
from tests.operators import Browser, audited, run_jobs

console, browser, court, statements = operators.console, operators.browser, operators.court, operators.statements


class NotKept(Exception):
    """Takes back what a test made: other tests look at lists of courts."""


def facilitator(court: TestCourt, name: str) -> Membership:
    identity = court.member(Role.FACILITATOR, name)
    with court.app.app_context(), court.acting():
        return session().scalars(select(Membership).where(Membership.id == identity.id)).one()


def path(known: Membership, what: str) -> str:
    return f"/operator/court/{known.court_id}/facilitators/{known.id}/{what}"


def place(court: TestCourt, known: Membership) -> Membership | None:
    with court.app.app_context(), court.acting():
        return session().scalar(select(Membership).where(Membership.credential_id == known.credential_id))


def test_a_known_facilitator_is_granted_another_court(browser: Browser, app: Flask, court: TestCourt):
    known, other = facilitator(court, "Fay Grants"), make_court(app)
    page = browser.get(path(known, "grant")).submit("Grant", court=str(other.id), language="es")
    assert "Fay Grants can sign in there now" in page.text
    listed = browser.get("/operator/facilitators")
    assert not listed.tree.xpath("//button[@name='language']"), "the console is in English alone"
    made = place(other, known)
    assert made is not None
    assert (made.role, made.state, made.language, made.display_name) == ("facilitator", "active", "es", "Fay Grants")
    ((happened, detail),) = audited(other, "operator.grant_facilitator")
    assert (happened.actor_id, detail.new) == (browser.operator.id, {"state": "active", "language": "es"})
    assert audited(court, "operator.grant_facilitator") == []
    browser.get(path(known, "grant")).submit("Grant", court=str(other.id), language="es")
    assert len(audited(other, "operator.grant_facilitator")) == 1, "nothing changed the second time"
    browser.get(path(known, "grant")).submit("Grant", court=str(other.id), language="en")
    assert place(other, known).language == "en"  # type: ignore[union-attr]  # it is there


def test_every_open_court_can_be_chosen_however_many_there_are(console: Flask):
    first = uuid4().int % 26**5
    many = [
        Court(
            slug=f"many-{first + number}",
            code_prefix=letters(first + number, 6),
            name=f"Court {number:04d} of many",
            county="",
            region="CA",
            time_zone="America/Los_Angeles",
            languages=["en"],
            state="suspended" if number == 1 else "closed" if number == 2 else "active",
            created_at=clock.now(),
        )
        for number in range(600)
    ]
    with console.app_context(), suppress(NotKept), transaction() as current:
        current.add_all(many)
        current.flush()
        offered = {court_id for court_id, _name in facilitators.courts_to_choose()}
        wanted = {court.id for court in many if court.state != "closed"}
        raise NotKept
    assert wanted <= offered
    assert many[2].id not in offered


def test_a_language_that_the_court_does_not_offer_is_refused(browser: Browser, app: Flask, court: TestCourt):
    known, other = facilitator(court, "Fay Words"), make_court(app, languages=["en"])
    page = browser.get(path(known, "grant")).submit("Grant", court=str(other.id), language="es")
    assert page.status == 422
    assert place(other, known) is None


def test_a_revoked_grant_ends_at_the_next_page_and_can_be_given_again(browser: Browser, court: TestCourt):
    known = facilitator(court, "Fay Ends")
    client = court.client(court.member(Role.FACILITATOR, "Fay Ends"))
    assert client.get(court.url("account")).status == 200
    page = browser.get(path(known, "revoke")).submit("Revoke", reason="")
    assert page.status == 422
    page = page.submit("Revoke", reason="Left JaneSchool")
    assert "The grant has ended" in page.text
    assert "sign-in" in client.get(court.url("account")).url
    ((_happened, detail),) = audited(court, "operator.revoke_facilitator")
    assert (detail.old["state"], detail.new["reason"]) == ("active", "Left JaneSchool")
    browser.get(path(known, "grant")).submit("Grant", court=str(court.id), language="en")
    assert place(court, known).state == "active"  # type: ignore[union-attr]  # it is there


@pytest.mark.proves("CO-8")
def test_the_console_reaches_no_other_place_on_a_courts_staff(browser: Browser, court: TestCourt):
    clerk = court.member(Role.CLERK)
    for what in ("grant", "revoke"):
        assert browser.get(f"/operator/court/{court.id}/facilitators/{clerk.id}/{what}").status == 404
    assert "Test Clerk" not in browser.get("/operator/facilitators").text
    known = facilitator(court, "Fay Only")
    with browser.pages.app.app_context(), acting_as(court.id):
        with transaction() as current:
            ended = sa.update(Membership).where(Membership.id == clerk.id).values(state="deactivated")
            assert current.execute(ended.execution_options(synchronize_session=False)).rowcount == 0  # type: ignore[attr-defined]  # of an update
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), transaction() as current:
            current.execute(sa.update(Membership).where(Membership.id == known.id).values(role="administrator"))
        values = {"credential_id": known.credential_id, "display_name": "X", "created_at": known.created_at}
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"), transaction() as current:
            current.execute(sa.insert(Membership).values(role="administrator", **values))
    with court.app.app_context(), court.acting():
        assert session().scalars(select(Membership.state).where(Membership.id == clerk.id)).one() == "active"


def test_somebody_new_is_invited_by_a_worker(browser: Browser, court: TestCourt):
    page = browser.get("/operator/facilitators/invite")
    page = page.submit("Invite", display_name="Nia New", email="no address", court=str(court.id))
    assert page.status == 422
    page = page.submit("Invite", email="nia@janeschool.example")
    assert "goes out by mail" in page.text
    assert run_jobs(court, opening.INVITE_FACILITATOR) == ["done"]
    with court.app.app_context(), court.acting():
        invited = session().scalars(select(Invitation)).one()
    assert (invited.email, invited.role) == ("nia@janeschool.example", "facilitator")
    ((happened, _detail),) = audited(court, "accounts.invite")
    assert happened.actor_id == browser.operator.id


def test_the_list_is_paged_without_a_name_in_its_address(browser: Browser, court: TestCourt, statements: list[str]):
    for number in range(27):
        facilitator(court, f"Aaron Page {number:02d}")
    statements.clear()
    page = browser.get("/operator/facilitators")
    assert len(statements) <= 12, statements
    seen: list[str] = []
    for _page in range(10):
        seen += [" ".join("".join(cell.itertext()).split()) for cell in page.tree.xpath("//tbody/tr/th")]
        links = page.tree.xpath("//a[@rel='next']/@href")
        if not links:
            break
        assert "Aaron" not in links[0]
        page = browser.get(links[0])
    ours = [name for name in seen if name.startswith("Aaron Page")]
    assert ours == [f"Aaron Page {number:02d}" for number in range(27)]


def test_somebody_on_the_courts_staff_in_another_role_is_no_facilitator_there(
    browser: Browser, app: Flask, court: TestCourt
):
    known, other = facilitator(court, "Fay Clerks"), make_court(app)
    with app.app_context(), other.acting(), transaction() as current:
        current.add(
            Membership(credential_id=known.credential_id, role=Role.CLERK, display_name="Fay", created_at=clock.now())
        )
    page = browser.get(path(known, "grant")).submit("Grant", court=str(other.id), language="es")
    assert page.status == 422
    assert any("in another role" in error for error in page.errors())
    assert place(other, known).role == "clerk"  # type: ignore[union-attr]  # it is there
