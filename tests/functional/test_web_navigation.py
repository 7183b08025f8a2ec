"""The main menu says where one is: on every page that belongs to an item, for whoever reads it."""

from __future__ import annotations

import pytest
from flask import Flask

from app.permissions.identity import Role
from app.permissions.permissions import GRANTS
from app.web.navigation import NAVIGATION, section_of
from app.web.routing import REGISTRY, Access
from tests.client import Page, PageClient
from tests.factories import TestCourt, make_court, make_learner
from tests.operators import Browser, browser, console

__all__ = ["browser", "console"]  # fixtures: an operator's console, and somebody signed in to it

ROLES = [role for role in Role if role not in (Role.OPERATOR, Role.NOBODY)]
OF_NO_SECTION = {
    "accounts.account",
    "accounts.devices",
    "accounts.change_password",
    "accounts.new_app",
    "accounts.finish_new_app",
    "accounts.recovery_codes",
}
# Files, pictures and their like: nobody sees a menu there.
NO_PAGES = {
    "accounts.invite_file_template",
    "cases.order",
    "cases.paper_agreement",
    "keeping.opened_file",
    "keeping.survivor",
    "reports.list_csv",
    "reports.list_file",
    "reports.report_file",
    "reports.report_output",
}


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


def menu(page: Page) -> list[tuple[str, str | None]]:
    """The marked items of the main menu: what they say, and how they are marked."""
    links = page.tree.xpath("//nav[contains(@class, 'usa-nav')]//a[@aria-current or contains(@class, 'usa-current')]")
    return [("".join(link.itertext()).strip(), link.get("aria-current")) for link in links]


def opened(court: TestCourt, client: PageClient, path: str) -> Page:
    page = client.get(court.url(path))
    assert page.status == 200, path
    return page


@pytest.mark.parametrize(
    ("role", "path", "item"),
    [
        (Role.ADMINISTRATOR, "program-rules", ("Program rules", "page")),
        (Role.ADMINISTRATOR, "program-rules/history", ("Program rules", "true")),
        (Role.ADMINISTRATOR, "program-rules/1/letterhead", ("Program rules", "true")),
        (Role.ADMINISTRATOR, "program-rules/draft", ("Program rules", "true")),
        (Role.ADMINISTRATOR, "staff", ("Staff", "page")),
        (Role.ADMINISTRATOR, "staff?state=deactivated", ("Staff", "page")),
        (Role.ADMINISTRATOR, "staff/permissions", ("Staff", "true")),
        (Role.ADMINISTRATOR, "staff/invite", ("Staff", "true")),
        (Role.ADMINISTRATOR, "staff/invite/file", ("Staff", "true")),
        (Role.ADMINISTRATOR, "audit/checks", ("Audit", "true")),
        (Role.ADMINISTRATOR, "dashboard/cases/active", ("Dashboard", "true")),
        (Role.CLERK, "referrals/new", ("Referrals", "true")),
        (Role.CLERK, "referrals/import", ("Referrals", "true")),
        (Role.CLERK, "codes", ("Referrals", "true")),
        (Role.CLERK, "staff/permissions", ("Staff", "true")),
        (Role.JUDGE, "waivers", ("Waivers", "page")),
        (Role.FACILITATOR, "check-ins/review", ("To review", "page")),
    ],
)
def test_a_page_marks_the_item_of_its_section(court: TestCourt, role: Role, path: str, item: tuple[str, str]):
    page = opened(court, court.staff_client(role), path)
    assert menu(page) == [item]
    above = page.tree.xpath("//nav[contains(@class, 'usa-breadcrumb')]//a")
    assert bool(above) == (item[1] == "true"), "a page below a section leads back up; the section's own page does not"


def test_a_case_stands_under_the_list_that_its_reader_has(court: TestCourt):
    clerk = court.staff_client(Role.CLERK)
    _learner, enrollment_id = make_learner(court)
    for path in (f"cases/{enrollment_id}", f"cases/{enrollment_id}/reports"):
        assert menu(opened(court, clerk, path)) == [("Caseload", "true")], path


def test_a_participant_sees_where_they_are_and_ones_own_account_is_no_item(court: TestCourt):
    learner, _enrollment_id = make_learner(court)
    browser = court.client(learner)
    for path, item in {
        "my-program": ("My program", "page"),
        "fee/waiver": ("Fee", "true"),
        "documents": ("Documents", "page"),
        "agreement": ("Documents", "true"),
        "lessons/take-a-break": ("Lessons", "true"),
    }.items():
        assert menu(opened(court, browser, path)) == [item], path
    assert menu(opened(court, browser, "account")) == []
    assert menu(opened(court, court.staff_client(Role.ADMINISTRATOR), "account/recovery-codes")) == []


def test_no_page_of_the_court_is_left_without_a_section(app: Flask):
    registry: dict[str, Access] = app.extensions[REGISTRY]
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "court_slug" in rule.arguments and "GET" in (rule.methods or ()) and registry[rule.endpoint].permission
    }
    homeless = {
        (role, endpoint)
        for role in ROLES
        for endpoint in pages - OF_NO_SECTION - NO_PAGES
        if registry[endpoint].permission in GRANTS[role]
        and not registry[endpoint].before_second_factor
        and section_of(endpoint, [item for item in NAVIGATION if item.permission in GRANTS[role]]) is None
    }
    assert sorted({endpoint for _role, endpoint in homeless}) == []
    assert pages >= OF_NO_SECTION | NO_PAGES, "these lists name pages that are no more"
    named = {endpoint for item in NAVIGATION for endpoint in (item.endpoint, *item.also)}
    assert named <= set(app.view_functions) | set(app.blueprints), "the menu names pages that are no more"


def test_the_operators_menu_says_it_too(browser: Browser, court: TestCourt):
    for path, item in {
        "courts/": ("Courts", "page"),
        f"court/{court.id}": ("Courts", "true"),
        "open-court": ("Courts", "true"),
        "health": ("Health", "page"),
        "failed-jobs": ("Health", "true"),
        "stripe-events": ("Health", "true"),
        "facilitators/invite": ("Facilitators", "true"),
    }.items():
        page = browser.get(f"/operator/{path}")
        assert page.status == 200, path
        assert menu(page) == [item], path
