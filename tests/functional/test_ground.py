"""The ground holds: pages answer, courts are apart."""

from __future__ import annotations

from app.cases.lookups import the_enrollment
from app.permissions.identity import Role
from tests.client import PageClient
from tests.factories import make_court, make_learner


def test_first_pages_answer(app, client: PageClient):
    court = make_court(app)
    assert client.get("/livez").status == 200
    assert client.get("/readyz").status == 200
    assert court.slug in client.get("/").link(f"Test Court {court.slug[-6:]}")
    assert client.get(court.url()).status == 200
    assert client.get("/no-such-court/").status == 404


def test_staff_session(app):
    court = make_court(app)
    browser = court.staff_client(Role.CLERK)
    assert "Test Clerk" in browser.get(court.url("nowhere")).text


def test_somebody_is_referred_and_enrolls(app):
    court = make_court(app)
    _identity, enrollment_id = make_learner(court)
    with app.app_context(), court.acting():
        assert the_enrollment(enrollment_id).state == "enrolled"
