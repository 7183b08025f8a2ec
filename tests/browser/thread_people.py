"""The people of the whole thread and what each of them clicks. Every page that they reach is checked with axe."""

from __future__ import annotations

import email
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import policy
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import pyotp
from playwright.sync_api import Browser, Page

from config import ROOT
from tests.browser.chromium import Watched
from tests.browser.test_learning_module import RIGHT
from tests.functional.learning_steps import WORDS
from tests.stack import Stack

PASSWORD = "seven-grey-otters-swim"
PASSPHRASE = "a quiet boat at noon"
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


class Clock:
    """The portal's time, as the test moves it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.since = time.monotonic()

    def read(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self.since)

    def today(self) -> date:
        """The day it is at the court of these tests."""
        return self.read().astimezone(ZoneInfo("America/Los_Angeles")).date()

    def move_to(self, instant: datetime) -> None:
        self.now, self.since = instant, time.monotonic()
        self.stack.move_clock(instant)

    def go_on(self, **delta: float) -> None:
        self.move_to(self.read() + timedelta(**delta))


class Somebody:
    """A browser of somebody's own, whose every page is looked at."""

    looked_at: ClassVar[set[tuple[str, ...]]] = set()

    def __init__(self, browser: Browser, stack: Stack, clock: Clock, *, width: int) -> None:
        self.stack, self.clock = stack, clock
        self.context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.watched = Watched(self.page)
        self.pages_seen = self.forms_sent = 0

    def open(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else f"{self.stack.url}{path}")
        self.look()

    def look(self) -> None:
        """Check the page at the width of a desk and of a phone; one that was checked before, for faults only."""
        self.watched.faults = [fault for fault in self.watched.faults if "status of 4" not in fault]
        if self._known():
            assert not self.watched.faults, f"{self.page.url}: {self.watched.faults}"
            return
        self.watched.check()
        own = self.page.viewport_size
        assert own is not None
        self.page.set_viewport_size({"width": 1280 if own["width"] < 1280 else 375, "height": own["height"]})
        self.watched.check()
        self.page.set_viewport_size(own)
        self.pages_seen += 1

    def _known(self) -> bool:
        """Whether this page was checked in this state: a month's check-in looks like the last month's."""
        self.page.wait_for_load_state("load")
        place = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|/\d+|\?.*", "*", self.page.url)
        offered = self.page.locator("main h1, main h2, main button, main label, main .usa-alert").all_inner_texts()
        key = (place, *offered)
        known = key in self.looked_at
        self.looked_at.add(key)
        return known

    def press(self, words: str, *, look: bool = True) -> None:
        self.page.get_by_role("button", name=words, exact=True).first.click()
        self.page.wait_for_load_state("load")
        self.forms_sent += 1
        if look:
            self.look()

    def follow(self, words: str) -> None:
        self.page.get_by_role("link", name=words).first.click()
        self.page.wait_for_load_state("load")
        self.look()

    def fill(self, label: str, value: str) -> None:
        self.page.get_by_label(re.compile(f"^{re.escape(label)}( \\(optional\\))?$")).first.fill(value)

    def fill_date(self, legend: str, day: date) -> None:
        group = self.page.get_by_role("group", name=legend)
        group.get_by_label("Month").select_option(str(day.month))
        group.get_by_label("Day").fill(str(day.day))
        group.get_by_label("Year").fill(str(day.year))

    @property
    def text(self) -> str:
        return self.page.inner_text("body")


def mails(stack: Stack) -> list[tuple[str, str]]:
    """(to, text) of every mail so far."""
    found = []
    for file in sorted((stack.folder / "mail").glob("*.eml")):
        message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
        body = message.get_body(("plain",))
        assert body is not None
        found.append((str(message["To"]), body.get_content()))
    return found


def message_ids(stack: Stack) -> list[str]:
    """The Message-ID of every mail so far."""
    files = sorted((stack.folder / "mail").glob("*.eml"))
    return [str(email.message_from_bytes(file.read_bytes())["Message-ID"]) for file in files]


def mailed_link(stack: Stack, to: str) -> str:
    """The link in the mail to somebody, once the worker has sent it."""
    end = time.monotonic() + 40
    while time.monotonic() < end:
        for address, text in mails(stack):
            if to in address and (link := re.search(r"http://\S+", text)):
                return link.group()
        time.sleep(0.2)
    raise AssertionError(f"no mail to {to}; worker: {stack.log('worker0')[-1500:]}")


def onboard(stack: Stack) -> None:
    """The operator's command line."""
    command = [
        *(sys.executable, "-m", "flask", "--app", "wsgi", "portal", "court", "create"),
        *("--name", "Superior Court of Maple County", "--slug", "maple", "--code-prefix", "MAP"),
        *("--county", "Maple County", "--region", "CA", "--time-zone", "America/Los_Angeles"),
        *("--preset", "county_probation"),
        *("--administrator-email", "ada@maple.example", "--administrator-name", "Ada Quinn"),
    ]
    done = subprocess.run(command, cwd=ROOT, env=stack.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


class Staff(Somebody):
    """A member of the court's staff."""

    def __init__(self, browser: Browser, stack: Stack, clock: Clock, address: str) -> None:
        super().__init__(browser, stack, clock, width=1280)
        self.address, self.secret = address, ""
        self._last_step = 0

    def code(self) -> str:
        """The app's code; each works once, so the clock goes on when the last one is still shown."""
        while int(self.clock.read().timestamp()) // 30 <= self._last_step:
            self.clock.go_on(seconds=30)
        self._last_step = int(self.clock.read().timestamp()) // 30
        return pyotp.TOTP(self.secret).at(self.clock.read())

    def accept_invitation(self) -> None:
        self.open(mailed_link(self.stack, self.address))
        self.fill("Choose a password", PASSWORD)
        self.fill("The same password again", PASSWORD)
        self.press("Continue")
        self.secret = self.page.locator("p.portal-kept").inner_text().replace(" ", "")
        self.fill("6-digit code", self.code())
        self.press("Finish")

    def sign_in(self) -> None:
        self.open("/maple/staff/sign-in")
        self.fill("Email address", self.address)
        self.fill("Password", PASSWORD)
        self.press("Continue")
        self.fill("6-digit code", self.code())
        self.press("Sign in")

    def invite(self, name: str, address: str, role: str) -> None:
        self.open("/maple/staff")
        self.follow("Invite")
        self.fill("Name", name)
        self.fill("Email address at work", address)
        self.page.get_by_label("Role", exact=True).select_option(label=role)
        self.press("Send the invitation")

    def publish_rules(self) -> None:
        self.open("/maple/program-rules")
        self.press("Change the rules")
        self.follow("Enrollment fee")
        self.page.get_by_label("Amount in dollars").first.fill("250")
        self.press("Save this part")
        self.follow("Reports and letterhead")
        self.fill("Address lines", "Collaborative Programs\n1 Court Street\nMaple, CA 90001")
        self.fill("Name of the person who signs", "Ada Quinn")
        self.press("Save this part")
        self.follow("See what it would do, and publish")
        self.fill("Why are the rules changed?", "The fee and letterhead of our court")
        self.press("Publish these rules")

    def refer(self, order: Path, today: date, officer: str | None = None) -> None:
        self.open("/maple/referrals")
        self.follow("Refer a person")
        self.fill("Given names", "Tomás Eduardo")
        self.fill("Family names", "Rivera-Núñez")
        self.fill_date("Birth date", date(1987, 2, 3))
        self.page.get_by_label("Case number").first.fill("26-CR-00077")
        self.fill_date("Date of the order", today)
        self.fill_date("Deadline for the lessons", today + timedelta(days=80))
        self.fill_date("Date of the next hearing", today + timedelta(days=30))
        if officer:
            self.page.get_by_label("Officer").select_option(label=officer)
        self.page.get_by_label("Signed order").set_input_files(order)
        self.press("Save the referral")

    def issue_code(self, folder: Path) -> tuple[str, Path]:
        """The code, and its slip as a file."""
        self.press("Issue the enrollment code")
        code = self.page.locator("p.portal-kept").inner_text().strip()
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name="Download the slip (PDF)").click()
        slip = folder / "slip.pdf"
        download.value.save_as(slip)
        return code, slip

    def accept_what_waits(self, path: str) -> int:
        """Accept everything in a review queue."""
        accepted = 0
        self.open(path)
        while (link := self.page.locator("main tbody a")).count():
            link.first.click()
            self.page.wait_for_load_state("load")
            self.look()
            self.press("Accept")
            accepted += 1
            self.open(path)
        return accepted

    def wait_for_report(self) -> None:
        self.page.get_by_role("link", name=re.compile("Download")).first.wait_for(timeout=60_000)
        self.look()

    def download_report(self, to: Path) -> Path:
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name=re.compile("Download")).first.click()
        download.value.save_as(to)
        return to


class Learner(Somebody):
    """The defendant, on a phone."""

    def __init__(self, browser: Browser, stack: Stack, clock: Clock) -> None:
        super().__init__(browser, stack, clock, width=375)

    def enroll(self, code: str) -> None:
        self.open("/enroll")
        self.fill("Enrollment code", code.lower().replace("-", " "))
        self.press("Continue")
        self.fill_date("Your birth date", date(1987, 2, 3))
        self.press("Continue")
        self.page.get_by_text("With my email address").click()
        self.fill("Email address", "tomas@mail.example")
        self.fill("Password", PASSPHRASE)
        self.press("Continue")
        self.fill("Your full name", "Tomás Eduardo Rivera-Núñez")
        self.page.get_by_text("I have read the agreement").click()
        self.press("Continue")
        self.press("Sign and enroll")

    def sign_in(self) -> None:
        self.open("/maple/sign-in")
        self.fill("Email, phone number or sign-in name", "tomas@mail.example")
        self.fill("Password", PASSPHRASE)
        self.press("Sign in")

    def pay(self) -> None:
        self.open("/maple/fee")
        self.page.get_by_role("button", name=re.compile("^Pay .* by card")).click()
        self.page.wait_for_url(f"{self.stack.stripe_url}/**")
        self.page.locator("button[value=declined]").click()
        self.page.locator("button[value=card]").click()
        self.page.wait_for_url(f"{self.stack.url}/maple/**")
        end = time.monotonic() + 30
        while time.monotonic() < end:
            self.page.goto(f"{self.stack.url}/maple/fee")
            if "Nothing is left to pay" in self.text:
                self.look()
                return
            time.sleep(0.3)
        raise AssertionError(f"the payment never settled: {self.text[:400]}")

    def take_module(self) -> None:
        self.page.clock.install()
        self.open("/maple/lessons")
        self.follow("Accountability without shame")
        self.follow("Start the module")
        self._read()
        self._watch()
        self._walk_through()
        self.fill("Your answer", WORDS)
        self.press("Hand in")
        self.fill("What I will do", "Look at my next step")
        self.fill("When, or how often", "Every Sunday")
        self.fill("How I will know that I did it", "A mark on the calendar")
        self.press("Save my plan")
        self.press("Start the quiz")
        self._choose()
        self.press("Hand in the quiz")

    def _stay(self) -> None:
        """Sixteen minutes in view."""
        self.page.wait_for_load_state("networkidle")
        for _ in range(24):
            self.clock.go_on(seconds=40)
            with self.page.expect_response("**/pulse"):
                self.page.clock.run_for(20_000)

    def _watch(self) -> None:
        """A video that was not delivered yet: its words."""
        self.press("Start")
        self._stay()
        self.press("Finish this lesson")

    def _walk_through(self) -> None:
        """Through a story by the first choice of each scene."""
        while self.page.get_by_role("button", name="Go on", exact=True).count():
            self.page.locator("main fieldset label").first.click()
            self.press("Go on")
        self.follow("Go on:")

    def _read(self) -> None:
        self.press("Start reading")
        self._stay()
        while self.page.get_by_role("button", name="Continue", exact=True).count():
            self.press("Continue")
        self._choose()
        self.press("See what each answer means")
        self.press("Finish this lesson")

    def _choose(self) -> None:
        for group in self.page.locator("main fieldset").all():
            prompt = group.locator("legend").inner_text().partition(". ")[2]
            group.get_by_text(RIGHT[prompt.strip()], exact=True).click()

    def check_in(self, number: int) -> None:
        self.open(f"/maple/check-ins/{number}")
        self.page.get_by_text("I am keeping most of it").click()
        self.page.get_by_text("No, not now").click()
        self.page.get_by_label("In your own words: what went well lately, and what was hard?").fill("A steady month.")
        self.press("Send check-in")


def altered(pdf: Path) -> Iterator[Path]:
    """A copy with one byte changed."""
    content = bytearray(pdf.read_bytes())
    content[len(content) // 2] ^= 1
    changed = pdf.with_name("changed.pdf")
    changed.write_bytes(bytes(content))
    yield changed
