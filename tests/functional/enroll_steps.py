"""The steps of enrolling, as one person walks them in a browser without JavaScript."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.cases.enrolling import issue_code
from app.cases.lookups import the_enrollment
from app.permissions.identity import Role
from tenants.database import session
from tests.client import Form, Page, PageClient
from tests.factories import TestCourt, make_referral

BORN = date(1986, 4, 28)
NOW = datetime(2026, 6, 10, 18, tzinfo=UTC)
PASSPHRASE = "three green turtles sing"
SAME_WORDS = "This happens. It does not count against you."


def referred(court: TestCourt, **fields: Any) -> tuple[UUID, UUID, str]:
    """Somebody with a code: the enrollment's id, the code's id and the code."""
    enrollment_id = make_referral(court, birth_date=BORN, **fields)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        row, code = issue_code(the_enrollment(enrollment_id).referral_id, actor=court.member(Role.CLERK))
    return enrollment_id, row.id, code


def born(day: date = BORN) -> dict[str, str]:
    return {"birth_date-month": str(day.month), "birth_date-day": str(day.day), "birth_date-year": str(day.year)}


def first_step(browser: PageClient, court: TestCourt, code: str, day: date = BORN) -> Page:
    return browser.get(court.url("enroll")).submit("Continue", code=code, **born(day))


def second_step(page: Page, **changes: Any) -> Page:
    return page.submit("Continue", **{"kind": "name", "password": PASSPHRASE, "language": "en", **changes})


def last_form(court: TestCourt, code: str, browser: PageClient | None = None, **changes: Any) -> Form:
    """The way up to the last button, as one person walks it."""
    page = second_step(first_step(browser or PageClient(court.app), court, code), **changes)
    assert page.url == court.url("enroll/agreement"), page.errors()
    page = page.submit("Continue", typed_name="Robin Sample", consent="y")
    return page.form("Sign and enroll")


def press(form: Form) -> Any:
    """Press the last button without following the way on; the raw answer."""
    return form.page.client.http.post(form.page.url, data=form.values())


def rows(court: TestCourt, table: type[Any]) -> list[Any]:
    with court.app.app_context(), court.acting():
        return list(session().scalars(select(table)))
