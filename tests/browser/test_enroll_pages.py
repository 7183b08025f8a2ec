"""From a referral to an enrollment in Chromium, on a desk and on a phone: every page of the way is looked at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from app.core import clock
from app.permissions.identity import Role
from tests.browser.chromium import Watched
from tests.factories import TestCourt, make_court

pytestmark = pytest.mark.browser

PDF = b"%PDF-1.4\n%%EOF\n"
Look = Callable[[str], None]


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


def take_on(page: Page, court: TestCourt, role: Role) -> None:
    """Sign the browser in as a member of staff."""
    name, path = f"portal-{court.slug}", f"/{court.slug}"
    cookie = court.staff_client(role).http.get_cookie(name, domain="localhost", path=path)
    assert cookie is not None
    page.context.add_cookies([{"name": name, "value": cookie.value, "domain": "localhost", "path": path}])


def fill_date(page: Page, label: str, day: date) -> None:
    group = page.get_by_role("group", name=label)
    group.get_by_label("Month").select_option(str(day.month))
    group.get_by_label("Day").fill(str(day.day))
    group.get_by_label("Year").fill(str(day.year))


def refer_somebody(page: Page, base: str, look: Look, order: Path) -> str:
    """The clerk's way; returns the code that the last page showed."""
    page.goto(f"{base}/referrals")
    look("referrals empty")
    page.get_by_role("link", name="Refer a person").first.click()
    look("new referral")
    page.get_by_label("Signed order").set_input_files(order)
    page.get_by_role("button", name="Save the referral").click()
    look("new referral with errors")
    assert "order.pdf is kept" in page.locator("main").inner_text()
    today = clock.today("America/Los_Angeles")
    page.get_by_label("Given names").fill("Alexandra Maria")
    page.get_by_label("Family names").fill("Sample-Example")
    fill_date(page, "Birth date", date(1986, 4, 28))
    page.get_by_label("Case number").first.fill("2026-CR-00417")
    fill_date(page, "Date of the order", today - timedelta(days=2))
    fill_date(page, "Deadline for the lessons", today + timedelta(days=90))
    fill_date(page, "Date of the next hearing", today + timedelta(days=120))
    page.get_by_label("Time of the next hearing").fill("09:30")
    page.get_by_role("button", name="Save the referral").click()
    look("referral")
    page.get_by_role("button", name="Issue the enrollment code").click()
    look("code")
    return page.locator(".portal-kept").inner_text().strip()


def enroll_myself(page: Page, base: str, code: str, look: Look) -> None:
    """The participant's way, from the portal's first page on."""
    page.goto(f"{base.rpartition('/')[0]}/enroll")
    look("find the court")
    page.get_by_label("Enrollment code").fill("nothing like a code")
    page.get_by_role("button", name="Continue").click()
    look("no such code")
    page.get_by_label("Enrollment code").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{base}/enroll")
    fill_date(page, "Your birth date", date(1986, 4, 27))
    page.get_by_role("button", name="Continue").click()
    assert "It does not count against you." in page.locator("#error-summary").inner_text()
    look("wrong birth date")
    fill_date(page, "Your birth date", date(1986, 4, 28))
    page.get_by_role("button", name="Continue").click()
    look("how to sign in")
    page.get_by_text("I have neither").click()
    page.get_by_label("Password").fill("three green turtles sing")
    page.get_by_role("button", name="Continue").click()
    look("agreement")
    page.get_by_label("Your full name").fill("Alexandra Sample")
    page.get_by_text("I have read the agreement.").click()
    page.get_by_role("button", name="Continue").click()
    look("check your answers")
    page.go_back()
    assert page.get_by_label("Your full name").input_value() == "Alexandra Sample"
    page.go_forward()


@pytest.mark.proves("CD-1")
@pytest.mark.slow
@pytest.mark.parametrize("width", [375, 1280])
def test_every_page_from_referral_to_enrollment(
    app: Flask, browser: Browser, address: str, width: int, tmp_path: Path
) -> None:
    court = make_court(app, languages=["en", "es"])
    order = tmp_path / "order.pdf"
    order.write_bytes(PDF)
    base = f"{address}/{court.slug}"

    desk = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    take_on(desk, court, Role.CLERK)
    code = refer_somebody(desk, base, checked(desk), order)

    phone = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    enroll_myself(phone, base, code, checked(phone))
    assert code.replace("-", "")[-4:] not in phone.url
    phone.get_by_role("button", name="Sign and enroll").click()
    phone.wait_for_load_state("load")
    phone.goto(f"{base}/agreement")
    checked(phone)("agreement, signed")
    assert "Alexandra Sample" in phone.locator("main").inner_text()

    desk.goto(f"{base}/referrals")
    checked(desk)("referrals")
    desk.get_by_role("link", name="Sample-Example, Alexandra Maria").click()
    checked(desk)("referral, enrolled")
    assert "another spelling" in desk.locator("main").inner_text()
    desk.context.close()
    phone.context.close()


class Faults(list[str]):
    """Console errors without the answers of 422: a faulty form is meant to get one."""

    def append(self, fault: str) -> None:
        if "status of 422" not in fault:
            super().append(fault)


def checked(page: Page) -> Look:
    watched = Watched(page)
    watched.faults = Faults()
    return lambda _name: watched.check()
