"""The inbox on a phone, how one gets messages, and the clerk's letters as the printer gets them."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.cases.lookups import the_enrollment
from app.cases.telling import tell_learner
from app.core import clock
from app.permissions.identity import Identity, Role
from tenants.database import transaction
from tests.browser import test_enroll_pages
from tests.browser.chromium import Watched
from tests.browser.test_enroll_pages import take_on
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.test_mailroom import by_name, mailed

pytestmark = pytest.mark.browser
address = test_enroll_pages.address
PICTURES = os.environ.get("MESSAGES_PICTURES", "")  # a folder: leave pictures there to be looked at


def looker(page: Page, size: str) -> Callable[[str], None]:
    watched = Watched(page)

    def look(name: str) -> None:
        watched.check()
        if PICTURES:
            page.screenshot(path=str(Path(PICTURES) / f"{size}-{name}.png"), full_page=True)

    return look


def sign_in(page: Page, court: TestCourt, learner: Identity) -> None:
    name, path = f"portal-{court.slug}", f"/{court.slug}"
    cookie = court.client(learner).http.get_cookie(name, domain="localhost", path=path)
    assert cookie is not None
    page.context.add_cookies([{"name": name, "value": cookie.value, "domain": "localhost", "path": path}])


@pytest.mark.proves("CD-1")
@pytest.mark.parametrize("width", [320, *(pytest.param(n, marks=pytest.mark.slow) for n in (375, 1280))])
def test_the_inbox_and_the_letters(app: Flask, browser: Browser, address: str, width: int):
    court = make_court(app)
    learner, enrollment_id = make_learner(court)
    for kind, page_name in (("paper_ready", "documents"), ("check_in_due", "check-ins"), ("waiver_decided", "fee")):
        with app.test_request_context(), court.acting(), transaction():
            due = clock.today("America/Los_Angeles") + timedelta(days=7)
            tell_learner(the_enrollment(enrollment_id), kind, page_name, due_on=due)
    for _each in range(2):
        _by_name, its_id = by_name(court)
        with app.test_request_context(), court.acting(), transaction():
            tell_learner(the_enrollment(its_id), "paper_ready", "documents")
    mailed(court, "bounced")

    context = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page, base = context.new_page(), f"{address}/{court.slug}"
    look = looker(page, str(width))
    sign_in(page, court, learner)
    page.goto(f"{base}/messages")
    look("inbox")
    page.get_by_role("button", name="Something is due soon").click()
    look("message")
    page.goto(f"{base}/messages/how")
    look("how")
    context.close()

    context = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    look = looker(page, str(width))
    take_on(page, court, Role.CLERK)
    for path, name in (("mail", "undelivered"), ("mail/letters", "letters"), ("mail/letters/print", "print")):
        page.goto(f"{base}/{path}")
        look(name)
    sheets = page.pdf()
    if PICTURES:
        (Path(PICTURES) / f"{width}-letters.pdf").write_bytes(sheets)
    assert len(pikepdf.open(io.BytesIO(sheets)).pages) == 2  # one letter a page, and nothing besides
    page.goto(f"{base}/messages/how")
    look("how-staff")
    context.close()
