"""An officer's morning: who is heard, what needs attention; act on five, take one back; on a phone and on a desk."""

from __future__ import annotations

import os
from datetime import time, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from app.cases.models import Enrollment, Hearing, Referral
from app.core import clock
from app.permissions.identity import Role
from tenants.database import transaction
from tests.browser import test_enroll_pages
from tests.browser.chromium import Watched
from tests.browser.test_enroll_pages import take_on
from tests.caseloads import fill
from tests.daily import daily
from tests.factories import TestCourt, make_court
from tests.functional.test_today import missed

pytestmark = pytest.mark.browser
address = test_enroll_pages.address

SIZES = [(375, 720), (1280, 900)]
PICTURES = os.environ.get("PORTAL_PICTURES", "")


@pytest.fixture
def morning(app: Flask) -> TestCourt:
    """Twelve people: two are heard, some missed a check-in, some are near a deadline, some are quiet."""
    court = make_court(app)
    ids = fill(court, court.member(Role.OFFICER), 12, days_apart=3)
    today = clock.today("America/Los_Angeles")
    with app.app_context(), court.acting(), transaction() as current:
        cases = dict(current.execute(select(Enrollment.id, Enrollment.referral_id)).all())
        for at, enrollment_id in enumerate(ids[1:5:2]):
            current.add(
                Hearing(referral_id=cases[enrollment_id], on_date=today + timedelta(days=at), at_time=time(9 + at, 30))
            )
        near = [cases[enrollment_id] for enrollment_id in ids[5:8]]
        current.execute(update(Referral).where(Referral.id.in_(near)).values(deadline=today + timedelta(days=9)))
        current.execute(update(Enrollment).where(Enrollment.id == ids[11]).values(state="on_hold"))
        held = clock.now() - timedelta(days=40)
        current.execute(update(Enrollment).where(Enrollment.id == ids[11]).values(paused_at=held))
        current.execute(update(Enrollment).where(Enrollment.id == ids[0]).values(officer_id=None))
    for number, enrollment_id in enumerate(ids[1:4], start=1):
        missed(court, enrollment_id, 1, number)
    return court


def picture(page: Page, name: str, size: tuple[int, int]) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}_{size[0]}.png", full_page=True)


@pytest.mark.parametrize("size", daily(SIZES, SIZES[:1]))
def test_a_morning_with_the_list_of_the_day(
    morning: TestCourt, browser: Browser, address: str, size: tuple[int, int]
) -> None:
    view = {"width": size[0], "height": size[1]}
    page = browser.new_context(viewport=view, reduced_motion="reduce").new_page()
    watched = Watched(page)
    take_on(page, morning, Role.OFFICER)
    page.goto(f"{address}/{morning.slug}/")
    assert page.url.endswith(f"/{morning.slug}/today")  # where an officer lands
    watched.check()
    picture(page, "today", size)
    lines = page.locator(".portal-day > li")
    before = page.locator(".portal-why > li").count()
    for _each in range(3):
        lines.first.get_by_role("button", name="Done").first.click()
        watched.check()
    for reason in ("In training until then", "The lawyer calls back"):
        lines.first.get_by_role("link", name="Later").first.click()
        watched.check()
        page.get_by_text("In a week").click()
        page.get_by_label("Why it can wait").fill(reason)
        picture(page, "later", size)
        page.get_by_role("button", name="Put aside").click()
    watched.check()
    picture(page, "undo", size)
    assert page.locator(".portal-why > li").count() == before - 5
    page.get_by_role("button", name="Undo").click()
    assert page.locator(".portal-why > li").count() == before - 4
    page.get_by_role("link", name="4 reasons are put aside").click()
    watched.check()
    picture(page, "aside", size)
    assert "In training until then" in page.locator("main").inner_text()
    page.get_by_role("button", name="Put back on the list").first.click()
    assert page.locator(".portal-why > li").count() == before - 3
    take_on(page, morning, Role.SUPERVISOR)
    page.goto(f"{address}/{morning.slug}/today?officer=nobody")
    watched.check()
    picture(page, "nobody", size)
