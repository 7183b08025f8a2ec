"""Two ways to use a page: with the keyboard alone, and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Any

from playwright.sync_api import Browser, Locator, Page

from tests.client import PageClient
from tests.factories import TestCourt

FAR = 150  # presses of the Tab key after which nobody goes on
PHONE = {"width": 375, "height": 812}


class Way(StrEnum):
    KEYBOARD = "keyboard"
    PLAIN = "plain"  # no JavaScript


class Hands:
    """Somebody at one court, signed in as `client` is (None: a stranger)."""

    def __init__(self, browser: Browser, way: Way, base: str, court: TestCourt, client: PageClient | None) -> None:
        self.way, self.base = way, f"{base}/{court.slug}"
        viewport: Any = PHONE
        context = browser.new_context(viewport=viewport, java_script_enabled=way is not Way.PLAIN)
        if client is not None:
            name, path = f"portal-{court.slug}", f"/{court.slug}"
            cookie = client.http.get_cookie(name, domain="localhost", path=path)
            assert cookie is not None
            context.add_cookies([{"name": name, "value": cookie.value, "domain": "localhost", "path": path}])
        self.page: Page = context.new_page()

    def open(self, path: str) -> None:
        self.page.goto(f"{self.base}/{path}")

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()

    def follow(self, words: str) -> None:
        self._act(self.page.locator("main").get_by_role("link", name=words).first, "Enter")

    def press(self, words: str) -> None:
        self._act(self.page.locator("main").get_by_role("button", name=words).first, "Enter")

    def _act(self, place: Locator, key: str) -> None:
        """Press a link or a button, and wait for the page that it leads to."""
        with self.page.expect_navigation():
            if self.way is Way.KEYBOARD:
                self._go_to(place)
                self.page.keyboard.press(key)
            else:
                place.click()

    def fill(self, label: str, words: str) -> None:
        self._type(self.page.get_by_label(label).first, words)

    def _type(self, box: Locator, words: str) -> None:
        if self.way is Way.KEYBOARD:
            self._go_to(box)
            self.page.keyboard.press("Control+a")
            self.page.keyboard.type(words)
        else:
            box.fill(words)

    def fill_date(self, label: str, day: date) -> None:
        group = self.page.get_by_role("group", name=label)
        month = group.get_by_label("Month")
        if self.way is Way.KEYBOARD:
            self._go_to(month)
            self.page.keyboard.type(day.strftime("%B"))
        else:
            month.select_option(str(day.month))
        self._type(group.get_by_label("Day"), str(day.day))
        self._type(group.get_by_label("Year"), str(day.year))

    def check(self, label: str) -> None:
        """Mark a box, or choose one of several."""
        box = self.page.get_by_label(label).first
        if self.way is Way.PLAIN:
            box.check(force=True)  # USWDS draws the box beside the real one
            return
        if box.get_attribute("type") == "checkbox":
            self._go_to(box)
            self.page.keyboard.press("Space")
        else:
            name = box.get_attribute("name")
            self._until(lambda: self.page.evaluate("document.activeElement.name") == name, f"the choices of {label}")
            self.page.keyboard.press("Space")
            for _time in range(12):
                if box.is_checked():
                    break
                self.page.keyboard.press("ArrowDown")
        assert box.is_checked(), label

    def _go_to(self, place: Locator) -> None:
        place.wait_for(state="attached")
        self._until(lambda: bool(place.evaluate("one => one === document.activeElement")), str(place))

    def _until(self, arrived: Callable[[], bool], what: str) -> None:
        for _time in range(FAR):
            if arrived():
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{self.page.url}: the Tab key never comes to {what}")
