"""Other languages in a browser: switched in the middle of a form without scripts, and longer words on a small phone."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Browser

from app.permissions.identity import Role
from tests.browser.chromium import Watched
from tests.browser.test_learning_module import address, take_on
from tests.client import Form
from tests.factories import make_court
from tests.functional.lived_in import LivedIn, lived_in

__all__ = ["address"]  # a fixture

pytestmark = pytest.mark.browser

NARROW = {"width": 320, "height": 800}
MAIN_PAGES = {
    Role.LEARNER: ("my-program", "fee", "fee/waiver", "lessons", "check-ins", "documents", "account", "messages"),
    Role.OFFICER: ("today", "caseload"),
    Role.CLERK: ("referrals", "referrals/new", "codes", "waivers"),
    Role.JUDGE: ("calendar",),
    Role.ADMINISTRATOR: ("dashboard", "program-rules", "staff"),
}


@pytest.mark.proves("CD-2", "IO-5")
def test_the_language_changes_in_the_middle_of_a_long_form_without_scripts(app: Flask, browser: Browser, address: str):
    court = make_court(app)
    context = browser.new_context(viewport={"width": 375, "height": 900}, java_script_enabled=False)
    take_on(context, court, court.member(Role.CLERK))
    page = context.new_page()
    page.goto(f"{address}/{court.slug}/referrals/new")
    page.locator("[name=given_names]").fill("Ana María")
    page.locator("[name='case_numbers-0']").fill("26-CR-00417")
    page.locator("[name=birth_date-month]").select_option("2")
    page.locator("[name=birth_date-day]").fill("31")
    page.locator("[name=birth_date-year]").fill("1990")
    page.get_by_role("button", name="Save the referral").click()
    assert "Enter a real date" in page.locator("#error-summary").inner_text()
    page.locator("[name=family_names]").fill("Peña")
    page.get_by_role("button", name="Español", exact=True).click()
    assert page.locator("html").get_attribute("lang") == "es"
    assert "Escriba una fecha real" in page.locator("#error-summary").inner_text()
    for name, value in (("given_names", "Ana María"), ("family_names", "Peña"), ("case_numbers-0", "26-CR-00417")):
        assert page.locator(f"[name='{name}']").input_value() == value
    assert page.locator("[name=birth_date-day]").input_value() == "31"
    page.locator("[name=birth_date-day]").fill("28")
    page.locator("[name=given_names]").press("Enter")
    assert page.locator("html").get_attribute("lang") == "es", "Enter sends the form, it does not switch"
    assert "Escriba una fecha real" not in page.locator("#error-summary").inner_text()
    assert page.locator("[name=family_names]").input_value() == "Peña"
    context.close()


def in_pseudo(lived: LivedIn, role: Role) -> None:
    """Longer words for what this browser fetches from now on."""
    page = lived.clients[role].get(lived.court.url("account"))
    (switch,) = page.tree.xpath("//div[@class='portal-strip']//form[contains(@action, 'language')]")
    assert Form(page, switch).submit(language="xx").tree.getroot().get("lang") == "xx"


@pytest.mark.slow  # every page is looked at in English and Spanish, at this width, each day
@pytest.mark.proves("CD-1", "CD-2")
def test_longer_words_fit_the_smallest_phone(app: Flask, browser: Browser, address: str):
    lived = lived_in(app, "Kanario")
    found = []
    for role, paths in MAIN_PAGES.items():
        in_pseudo(lived, role)
        context = browser.new_context(viewport=NARROW)
        cookie = lived.clients[role].http.get_cookie(
            f"portal-{lived.court.slug}", domain="localhost", path=f"/{lived.court.slug}"
        )
        assert cookie is not None
        where = {"domain": "localhost", "path": f"/{lived.court.slug}"}
        context.add_cookies([{"name": f"portal-{lived.court.slug}", "value": cookie.value, **where}])
        watched = Watched(context.new_page())
        for path in paths:
            answer = watched.page.goto(f"{address}{lived.court.url(path)}")
            assert answer is not None
            wide = watched.page.evaluate("document.documentElement.scrollWidth")
            if answer.status != 200 or wide > NARROW["width"]:
                found.append(f"{role} {path}: {answer.status}, {wide} px")
        found += watched.faults
        context.close()
    assert not found, "\n".join(found)
