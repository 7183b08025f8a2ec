"""An administrator at the rules editor, as a browser without JavaScript."""

from __future__ import annotations

from typing import Any

from app.permissions.identity import Role
from tenants.program import ProgramDocument
from tenants.rules import rules_in_force
from tests.client import Page, PageClient
from tests.factories import TestCourt

SAVE = "Save this part"
PUBLISH = "Publish these rules"
DRAFT = "program-rules/draft"
PREVIEW = "program-rules/draft/preview"


def administrator(court: TestCourt, name: str = "") -> PageClient:
    return court.staff_client(Role.ADMINISTRATOR, name)


def begin(court: TestCourt, name: str = "") -> PageClient:
    """A browser of an administrator with a draft begun (or joined)."""
    browser = administrator(court, name)
    page = browser.get(court.url(DRAFT))
    if "Begin a draft" in page.text:
        page.submit("Begin a draft")
    return browser


def part(court: TestCourt, browser: PageClient, key: str) -> Page:
    return browser.get(court.url(f"{DRAFT}/parts/{key}"))


def change(court: TestCourt, browser: PageClient, key: str, **values: Any) -> Page:
    """Save a part with these values; the page that follows."""
    return part(court, browser, key).submit(SAVE, **values)


def publish(court: TestCourt, browser: PageClient, reason: str = "For a test", **values: Any) -> Page:
    return browser.get(court.url(PREVIEW)).submit(PUBLISH, reason=reason, **values)


def changed_rules(court: TestCourt, key: str, reason: str = "For a test", **values: Any) -> Page:
    """From the draft to the published version: one part changed."""
    browser = begin(court)
    page = change(court, browser, key, **values)
    assert page.status == 200, page.errors()
    return publish(court, browser, reason)


def in_force(court: TestCourt) -> tuple[int, ProgramDocument]:
    with court.app.app_context(), court.acting():
        row, document = rules_in_force()
        return row.version, document
