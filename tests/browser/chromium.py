"""Chromium from the system, driven by Playwright, with axe."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from config import ROOT

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# Only violations are gathered in full and handed over; every rule runs.
RUN = """async tags => {
  const options = {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']};
  return (await axe.run(document, options)).violations;
}"""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def needs_chromium() -> None:
    """Skip, saying so, where no Chromium exists; an error where one is promised (`.ci/run`)."""
    if CHROMIUM.exists():
        return
    if os.environ.get("PORTAL_BROWSER_REQUIRED"):
        raise RuntimeError("Chromium is missing and must not be")
    pytest.skip("no Chromium at /usr/bin/chromium")


@contextmanager
def launched() -> Iterator[Browser]:
    needs_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page whose console errors, page errors and failed requests are kept."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _heard(self, kind: str, text: str) -> None:
        # Chromium logs every refused form as an error, sooner or later; the page itself says what to do.
        if kind == "error" and "status of 422" not in text:
            self.faults.append(text)

    def check(self) -> None:
        """No axe violation, no sideways scroll, one h1, no console error on the page as it is now."""
        self.page.wait_for_load_state("load")
        found = [f"{v['id']}: {[n['target'] for n in v['nodes']][:3]}" for v in axe(self.page)]
        width = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        if width[0] > width[1]:
            found.append(f"scrolls sideways: {width}")
        self.page.locator("h1").first.wait_for(state="attached")  # a page that shows progress comes again by itself
        if self.page.locator("h1").count() != 1:
            found.append("not one h1")
        found += self.faults
        assert not found, f"{self.page.url}: {found}"


def axe(page: Page) -> list[dict[str, Any]]:
    """WCAG 2.1 A and AA violations of the page as it is now."""
    if page.evaluate("typeof axe") == "undefined":  # a page that is checked at a second width has it already
        page.evaluate(AXE.read_text())
    violations: list[dict[str, Any]] = page.evaluate(RUN, WCAG)
    return violations
