"""A new administrator alone: from the invitation to the first ten referrals, codes printed, one of them redeemed."""

from __future__ import annotations

import csv
import re
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.factory import create_app
from tests.browser.thread_people import PDF, Clock, Learner, Staff, onboard
from tests.curriculum import publish
from tests.functional.import_steps import HEADINGS, person
from tests.servers import Servers
from tests.stack import Stack, running

pytestmark = pytest.mark.browser

CODE = re.compile(r"MAP(\s*-\s*[0-9A-Z]{2,4})+")
MOST_FORMS = 10  # forms sent between the invitation's link and ten people with a printed code


@pytest.fixture
def stack(servers: Servers, tmp_path: Path) -> Iterator[Stack]:
    with running(servers, tmp_path) as found:
        yield found


@pytest.mark.slow  # its steps are in the functional tests, and most of them in tests/browser/test_thread.py
def test_from_the_invitation_to_ten_referrals_and_an_enrollment(stack: Stack, browser: Browser, tmp_path: Path):
    publish(create_app(stack.settings("cli")))
    onboard(stack)
    clock = Clock(stack)
    today = clock.today()
    administrator = Staff(browser, stack, clock, "ada@maple.example")
    administrator.accept_invitation()
    assert "Make ten new codes" in administrator.text  # for the day when the phone is away
    administrator.follow("Dashboard")
    assert "First steps" in administrator.text  # what to do is on the first page
    administrator.publish_rules()
    order = tmp_path / "order.pdf"
    order.write_bytes(PDF)
    administrator.refer(order, today)
    bring_in(administrator, nine_people(tmp_path / "nine.csv", today))
    slips = print_codes(administrator, tmp_path)
    print(
        f"{administrator.forms_sent} forms from the invitation to ten printed codes; {administrator.pages_seen} pages"
    )
    assert administrator.forms_sent <= MOST_FORMS
    assert len(slips) == 10
    administrator.open("/maple/dashboard")
    done = administrator.page.locator(".portal-steps .is-done").all_inner_texts()
    assert any("Refer the first person" in text for text in done), done
    learner = Learner(browser, stack, clock)
    learner.enroll(next(code for code, page in slips.items() if "Rivera-Núñez" in page))
    assert "You are enrolled" in learner.text


def nine_people(file: Path, today: date) -> Path:
    """As a clerk would export them: one with a comma in the name, two without a case number yet."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, HEADINGS)
        writer.writeheader()
        for number in range(1, 10):
            changes = {"Case number": ""} if number > 7 else {}
            writer.writerow(person(number, **{"Order date": f"{today.month}/{today.day}/{today.year}"} | changes))
    return file


def bring_in(administrator: Staff, file: Path) -> None:
    administrator.open("/maple/referrals")
    administrator.follow("Refer people from a file")
    administrator.page.get_by_label("CSV file").set_input_files(file)
    administrator.press("Send the file")
    assert "Nothing is saved yet" in administrator.text
    administrator.press("Refer 9 people")
    administrator.page.get_by_role("link", name="Download the result (CSV)").wait_for(timeout=60_000)
    administrator.look()


def print_codes(administrator: Staff, folder: Path) -> dict[str, str]:
    """Issue codes for everybody who waits; each code and the text of its slip."""
    administrator.open("/maple/codes")
    administrator.follow("Issue codes")
    administrator.page.get_by_text("One", exact=True).click()
    administrator.press("Issue the codes", look=False)  # a page that loads itself again until the slips are there
    download = administrator.page.get_by_role("link", name="Download the slips (PDF)")
    download.wait_for(timeout=60_000)
    administrator.look()
    with administrator.page.expect_download() as file:
        download.click()
    slips = folder / "slips.pdf"
    file.value.save_as(slips)
    text = subprocess.run(["pdftotext", str(slips), "-"], capture_output=True, text=True, check=True).stdout
    found = {code.group().replace(" ", ""): page for page in text.split("\f") if (code := CODE.search(page))}
    assert "trafficking" not in text.lower()
    return found
