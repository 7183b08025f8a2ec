"""Real processes and a real browser: from the request to the sealed file, its QR code followed, its copies compared."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, expect

from app.permissions.identity import Identity, Role
from app.reports.snapshot import Snapshot
from config import Settings
from tests.browser.chromium import Watched, launched
from tests.curriculum import publish
from tests.factories import TestCourt, make_court, make_learner
from tests.reports import all_checked_in, app_over, report_of, reports_of, text_of
from tests.servers import Servers
from tests.stack import Stack, running

WAIT = 60_000  # milliseconds
WIDTHS = (1280, 375)
TITLE = "Report to the bench"


@pytest.fixture(scope="module")
def stack(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(servers, tmp_path_factory.mktemp("thread")) as stack:
        yield stack


@pytest.fixture(scope="module")
def court(stack: Stack, settings: Settings) -> Iterator[TestCourt]:
    with app_over(stack, settings) as app:
        publish(app)
        yield make_court(app)


@pytest.fixture
def browser_context() -> Iterator[BrowserContext]:
    with launched() as browser:
        yield browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)


def sign_in(context: BrowserContext, stack: Stack, court: TestCourt, identity: Identity) -> None:
    """Hand the browser the cookie of a session that was begun for `identity`."""
    cookie = court.client(identity).http.get_cookie(f"portal-{court.slug}", path=f"/{court.slug}")
    assert cookie is not None
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "domain": "localhost", "path": f"/{court.slug}"}])


def scanned(pdf: Path, folder: Path) -> str:
    """What a camera reads from the printed pages."""
    subprocess.run(["pdftoppm", "-r", "150", "-gray", "-png", pdf, folder / "page"], check=True)
    pages = sorted(folder.glob("page*.png"))
    done = subprocess.run(["zbarimg", "-q", "--raw", *pages], capture_output=True, check=False)
    return done.stdout.decode().strip()


def pdfsig(pdf: Path) -> str:
    """What poppler, which knows nothing of us, says of the signature (not whether it trusts the court)."""
    return subprocess.run(["pdfsig", "-nocert", pdf], capture_output=True, check=True).stdout.decode()


def check_at_every_width(watched: Watched) -> None:
    for width in WIDTHS:
        watched.page.set_viewport_size({"width": width, "height": 900})
        watched.check()
    watched.page.set_viewport_size({"width": WIDTHS[0], "height": 900})


@pytest.mark.proves("CD-1")
@pytest.mark.proves("CD-9")
def test_from_the_format_to_a_verified_copy(
    browser_context: BrowserContext, stack: Stack, court: TestCourt, tmp_path: Path
) -> None:
    change_the_format(browser_context, stack, court)
    _learner, enrollment_id = all_checked_in(court, given_names="Maren", family_names="Oakley")
    sign_in(browser_context, stack, court, court.member(Role.CLERK))
    watched = Watched(browser_context.new_page())
    page = watched.page
    page.goto(f"{stack.url}{court.url(f'cases/{enrollment_id}/reports')}")
    check_at_every_width(watched)
    page.get_by_label("Kind of report").select_option("final")
    page.get_by_role("button", name="Make the report").click()
    # Nobody loads the page anew: it changes by itself once the worker has issued the report.
    download = page.get_by_role("link", name="Download the PDF")
    download.wait_for(timeout=WAIT)
    check_at_every_width(watched)
    report = report_of(court, UUID(page.url.rpartition("/")[2]))
    assert page.locator("h1").inner_text() == TITLE
    with page.expect_download() as downloading:
        download.click()
    pdf = tmp_path / "final.pdf"
    downloading.value.save_as(pdf)
    assert downloading.value.suggested_filename == f"{report.number}.pdf"
    assert hashlib.sha256(pdf.read_bytes()).hexdigest() == report.signed_sha256
    assert_paper_says_the_snapshot(pdf, Snapshot.model_validate(report.snapshot))

    said = pdfsig(pdf)
    assert "Signature is Valid" in said
    assert "Total document signed" in said

    anybody = Watched(browser_context.browser.new_context().new_page())  # type: ignore[union-attr]  # it has a browser
    address = scanned(pdf, tmp_path)
    assert address == report.snapshot["verify_url"]
    anybody.page.goto(address)
    expect(anybody.page.get_by_role("heading", name="Genuine")).to_be_visible()
    expect(anybody.page.get_by_text("M. O.", exact=True)).to_be_visible()
    check_at_every_width(anybody)
    compare(anybody, pdf, "The exact file issued")
    check_at_every_width(anybody)
    changed = bytearray(pdf.read_bytes())
    changed[len(changed) // 2] ^= 1
    copy = tmp_path / "changed.pdf"
    copy.write_bytes(changed)
    compare(anybody, copy, "Not the exact file issued: compare these facts")
    check_at_every_width(anybody)
    token = str(address).rpartition("/")[2]
    assert all(token not in stack.log(name) for name in stack.processes)


def change_the_format(context: BrowserContext, stack: Stack, court: TestCourt) -> None:
    """An administrator gives the final report a title and another order, looks at the sample, and publishes it."""
    sign_in(context, stack, court, court.member(Role.ADMINISTRATOR))
    watched = Watched(context.new_page())
    page = watched.page
    page.set_default_timeout(WAIT)
    page.goto(f"{stack.url}{court.url('program-rules/draft')}")
    page.get_by_role("button", name="Begin a draft").click()
    page.get_by_role("link", name="Format: final report").click()
    expect(page.locator("h1")).to_contain_text("Format: final report")
    page.get_by_label("Title in English", exact=False).first.fill(TITLE)
    sample = page.locator("[data-sample]")
    expect(sample).to_contain_text(TITLE, timeout=WAIT)
    second = page.locator("fieldset[id^='section-']").nth(1)
    moved = second.get_attribute("id")
    second.get_by_role("button", name="Move up").click()
    expect(page.locator("fieldset[id^='section-']").first).to_have_id(str(moved))
    assert page.url.endswith(f"#{moved}"), "the page comes back where it was"
    expect(page.locator("[data-sample]")).to_contain_text(TITLE)
    check_at_every_width(watched)
    page.get_by_role("button", name="Save this part").last.click()
    page.get_by_role("link", name="See what it would do, and publish").click()
    page.get_by_label("Why are the rules changed?").fill("The court wants another title.")
    page.get_by_role("button", name="Publish these rules").click()
    expect(page.locator("main")).to_contain_text("is in force now")
    page.close()


def compare(watched: Watched, pdf: Path, words: str) -> None:
    watched.page.get_by_label("The PDF file").set_input_files(pdf)
    watched.page.get_by_role("button", name="Compare the file").click()
    expect(watched.page.get_by_role("heading", name=words, exact=True)).to_be_visible(timeout=WAIT)


def assert_paper_says_the_snapshot(pdf: Path, snapshot: Snapshot) -> None:
    text = text_of(pdf.read_bytes())
    assert snapshot.program.completed_on is not None
    assert snapshot.money is not None
    said = (
        snapshot.number,
        snapshot.person.name,
        snapshot.case.numbers[0],
        snapshot.generated_on,
        f"{snapshot.program.completed_on:%B} {snapshot.program.completed_on.day}, {snapshot.program.completed_on.year}",
        *(line.label for line in snapshot.money.lines),
        "6 accepted",
    )
    missing = [words for words in said if words not in text]
    assert missing == []
    assert len(snapshot.check_ins) == 6


@pytest.mark.proves("CD-1")
def test_the_learners_papers(browser_context: BrowserContext, stack: Stack, court: TestCourt) -> None:
    learner, enrollment_id = make_learner(court)
    sign_in(browser_context, stack, court, learner)
    watched = Watched(browser_context.new_page())
    page = watched.page
    (proof,) = reports_of(court, enrollment_id)
    page.goto(f"{stack.url}{court.url(f'reports/{proof.id}')}")
    page.get_by_role("link", name="Download the PDF").wait_for(timeout=WAIT)
    check_at_every_width(watched)
    for path in ("documents", "agreement"):
        page.goto(f"{stack.url}{court.url(path)}")
        check_at_every_width(watched)
    page.goto(f"{stack.url}{court.url('verify')}")
    check_at_every_width(watched)


def test_the_page_comes_back_by_itself_without_scripts(stack: Stack, court: TestCourt) -> None:
    learner, enrollment_id = make_learner(court)
    (proof,) = reports_of(court, enrollment_id)
    with launched() as browser:
        context = browser.new_context(java_script_enabled=False)
        sign_in(context, stack, court, learner)
        page = context.new_page()
        page.goto(f"{stack.url}{court.url(f'reports/{proof.id}')}")
        page.get_by_role("link", name="Download the PDF").wait_for(timeout=WAIT)
