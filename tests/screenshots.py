"""`make screenshots`: small pictures of the running demo, for the README in `docs/pictures/` and for the help pages in
`docs/pictures/help/`, from where the assets build takes them."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyotp
from PIL import Image
from playwright.sync_api import Browser, Error, Page

from app.core import clock
from app.demo.ground import written_settings
from app.demo.sign_ins import PASSWORD, PEOPLE
from config import ROOT, Settings
from tests.browser.chromium import CHROMIUM, launched

PICTURES = ROOT / "docs" / "pictures"
LARGEST = 60 * 1024  # bytes a picture
LARGEST_OF_HELP, WIDTH_OF_HELP = 30 * 1024, 720  # bytes, and pixels at most
COURT = "riverside"
PHONE, DESK = (375, 720), (1280, 1000)


class Visit:
    """Somebody's browser at the demo court."""

    def __init__(self, browser: Browser, url: str, size: tuple[int, int]) -> None:
        self.url = f"{url}/{COURT}"
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce", locale="en-US"
        )
        self.page: Page = self.context.new_page()

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}/{path}")
        self.page.wait_for_load_state("networkidle")

    def sign_in_learner(self, learner: dict[str, str]) -> None:
        self.open("sign-in")
        self.page.locator("#sign_in_name").fill(learner["sign_in_name"])
        self.page.locator("#password").fill(learner["passphrase"])
        self._send()

    def sign_in_staff(self, member: dict[str, str]) -> None:
        self.open("staff/sign-in")
        self.page.locator("#email").fill(member["email"])
        self.page.locator("#password").fill(PASSWORD)
        self._send()
        self.page.locator("#code").fill(pyotp.TOTP(member["totp_secret"]).at(clock.now()))
        self._send()

    def _send(self) -> None:
        self.page.locator("main form button[type=submit]").first.click()
        self.page.wait_for_load_state("networkidle")

    def picture(self, name: str) -> None:
        save(name, self.page.screenshot())

    def help_picture(self, name: str, *, path: str = "") -> None:
        """What help shows: the upper part of a page, without the demo's banner."""
        if path:
            self.open(path)
        self.page.evaluate("document.querySelector('.portal-demo')?.remove()")
        width, height = (self.page.viewport_size or {"width": 0, "height": 0}).values()
        png = self.page.screenshot(clip={"x": 0, "y": 0, "width": width, "height": min(height, 760)})
        save(f"help/{name}", png, LARGEST_OF_HELP, WIDTH_OF_HELP)


def save(name: str, png: bytes, largest: int = LARGEST, width: int = 0) -> None:
    """Fewer colors, and fewer still, until it is small."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    if 0 < width < image.width:
        image = image.resize((width, image.height * width // image.width), Image.Resampling.LANCZOS)
    for colors in (128, 64, 32, 16):
        out = io.BytesIO()
        image.quantize(colors, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= largest:
            break
    (PICTURES / name).parent.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{name}.png").write_bytes(out.getvalue())
    print(f"{name}.png  {out.tell() // 1024} KB")


def main() -> int:
    """Returns 1, saying why, when the demo is not running or Chromium is missing."""
    if not PEOPLE.exists() or not CHROMIUM.exists():
        print("This needs the demo (`make demo`, in another terminal) and Chromium at /usr/bin.", file=sys.stderr)
        return 1
    settings = Settings.from_env("web", written_settings())
    clock.follow(settings.clock_file)
    court = next(one for one in json.loads(PEOPLE.read_text())["courts"] if one["slug"] == COURT)
    try:
        with launched() as browser:
            _take_all(lambda size: Visit(browser, settings.public_url, size), court)
    except Error as error:
        print(f"{error}\nIs the demo running? `make demo` starts it.", file=sys.stderr)
        return 1
    return 0


def _take_all(visit: Callable[[tuple[int, int]], Visit], court: dict[str, Any]) -> None:
    learner = next(one for one in court["learners"] if one["name"] == "Casey Nguyen")
    staff = {one["role"]: one for one in court["staff"]}
    _learner(visit(PHONE), learner)
    officer = visit(DESK)
    officer.sign_in_staff(staff["officer"])
    report = _officer(officer)
    _verified(visit((820, 900)), report)
    _first_page(report)
    administrator = visit(DESK)
    administrator.sign_in_staff(staff["administrator"])
    administrator.open("program-rules")
    administrator.picture("program-rules")
    administrator.help_picture("program-rules")
    administrator.help_picture("dashboard", path="dashboard")
    administrator.open("referrals")
    administrator.page.locator("main table a[href*='/referrals/']").first.click()
    administrator.page.wait_for_load_state("networkidle")
    administrator.help_picture("referral")
    judge = visit(DESK)
    judge.sign_in_staff(staff["judge"])
    judge.help_picture("calendar", path="calendar")


def _learner(visit: Visit, learner: dict[str, str]) -> None:
    visit.sign_in_learner(learner)
    visit.open("my-program")
    visit.picture("my-program")
    visit.help_picture("my-program")
    visit.help_picture("my-fee", path="fee")
    visit.open("lessons")
    coming = visit.page.locator("main a[href*='/lessons/']").first.get_attribute("href") or ""
    module = coming.rpartition("/")[0]
    visit.page.goto(f"{visit.url.removesuffix(f'/{COURT}')}{module}")
    visit.page.locator(f"main a[href^='{module}/']:not([href='{coming}'])").first.click()
    visit.page.wait_for_load_state("networkidle")
    visit.picture("lesson")
    visit.help_picture("lesson")


def _officer(visit: Visit) -> bytes:
    """Pictures of the officer's pages; returns the final report as it was issued."""
    visit.open("caseload")
    visit.picture("caseload")
    visit.help_picture("today", path="today")
    visit.help_picture("caseload", path="caseload")
    visit.page.get_by_role("link", name="Jordan Avery").first.click()
    visit.page.wait_for_load_state("networkidle")
    visit.picture("case")
    visit.page.locator("main a[href*='/reports/']", has_text=re.compile("final", re.IGNORECASE)).first.click()
    visit.page.wait_for_load_state("networkidle")
    with visit.page.expect_download() as download:
        visit.page.locator("main a[href$='/file']").first.click()
    return Path(download.value.path()).read_bytes()


def _verified(visit: Visit, report: bytes) -> None:
    """What anyone sees who follows the report's QR code."""
    text = subprocess.run(["pdftotext", "-", "-"], input=report, capture_output=True, check=True).stdout.decode()
    token = re.search(r"/verify/(\S+)", text)
    if token is None:
        raise LookupError("the report does not name its verification page")
    visit.open(f"verify/{token.group(1)}")
    visit.picture("verify")


def _first_page(report: bytes) -> None:
    command = ["pdftoppm", "-png", "-r", "64", "-f", "1", "-l", "1", "-"]
    save("report", subprocess.run(command, input=report, capture_output=True, check=True).stdout)


if __name__ == "__main__":
    sys.exit(main())
