"""The whole thread with real processes: from onboarding a court to a signed report, six months under a moved clock."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import select

from app.accountability.lookups import check_ins_of
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.core import sealer
from app.core.models import Outbox
from app.factory import create_app
from app.local.processes import wait_until
from app.payments.models import LedgerEntry
from app.reports.models import Report
from tenants.database import acting_as, db, session, transaction
from tenants.models import Court
from tests.browser.thread_people import PDF, Clock, Learner, Somebody, Staff, altered, message_ids, onboard
from tests.curriculum import publish
from tests.servers import Servers
from tests.stack import Stack, running

pytestmark = pytest.mark.browser


@pytest.fixture
def stack(servers: Servers, tmp_path: Path) -> Iterator[Stack]:
    """Two webs, two workers, two schedulers: what they do they must do once."""
    with running(servers, tmp_path, webs=2, workers=2, schedulers=2) as found:
        yield found


@pytest.mark.proves("CD-1", "WE-5")
def test_from_onboarding_to_a_signed_report(stack: Stack, browser: Browser, tmp_path: Path):
    watcher = create_app(stack.settings("cli"))
    publish(watcher)
    clock = Clock(stack)
    today = clock.today()

    # 2: a court joins; its administrator comes by the mailed link
    onboard(stack)
    administrator = Staff(browser, stack, clock, "ada@maple.example")
    administrator.accept_invitation()

    # 3: rules, staff
    administrator.publish_rules()
    assert "250" in administrator.text
    staff = {}
    for name, role in (("Cleo Clerk", "Clerk"), ("Olu Officer", "Probation officer"), ("Wren", "Facilitator")):
        address = f"{name.split()[0].lower()}@maple.example"
        administrator.invite(name, address, role)
        staff[role] = Staff(browser, stack, clock, address)
        staff[role].accept_invitation()
    clerk, officer, facilitator = staff["Clerk"], staff["Probation officer"], staff["Facilitator"]

    # 4: a referral with its signed order, a code, a slip
    order = tmp_path / "order.pdf"
    order.write_bytes(PDF)
    clerk.refer(order, today, officer="Olu Officer")
    code, slip = clerk.issue_code(tmp_path)
    on_slip = subprocess.run(["pdftotext", str(slip), "-"], capture_output=True, text=True, check=True).stdout
    assert all(group in on_slip for group in code.split("-"))
    assert code.startswith("MAP-")

    # 5: enrolled on a phone, proof at once, fee paid by card after a decline
    learner = Learner(browser, stack, clock)
    learner.enroll(code)
    assert "You are enrolled" in learner.text
    learner.pay()

    # 6: the module, and what a facilitator reads
    learner.take_module()
    facilitator.page.context.clear_cookies()  # about half an hour has passed: staff may be signed out or not
    facilitator.sign_in()
    assert facilitator.accept_what_waits("/maple/reflections") == 1
    learner.open("/maple/my-program")
    assert "check-in" in learner.text.lower()

    # 7: six months
    with watcher.app_context():
        court_id = session().query(Court).filter_by(slug="maple").one().id
        db.session.remove()
        with acting_as(court_id):
            enrollment_id = session().query(Enrollment).one().id
            plan = [(row.number, row.opens_at) for row in check_ins_of(enrollment_id)]
    assert len(plan) == 6
    for number, opens_at in plan:
        clock.move_to(opens_at + timedelta(days=1, hours=12))
        learner.sign_in()
        learner.check_in(number)
        officer.sign_in()
        assert officer.accept_what_waits("/maple/check-ins/review") == 1

    # 8 and 9: caseload, case, progress report and final report
    officer.open("/maple/caseload")
    assert "Rivera-Núñez" in officer.text
    officer.follow("Tomás Eduardo Rivera-Núñez")
    case = officer.page.url
    officer.press("Request a progress report")
    officer.wait_for_report()
    officer.open(case)
    officer.follow("Final report")  # the portal has asked for it by itself
    officer.wait_for_report()
    final = officer.download_report(tmp_path / "final.pdf")
    check_the_paper(final, tmp_path, browser, stack, clock)

    with watcher.app_context(), acting_as(court_id):
        assert the_enrollment(enrollment_id).state == "completed"
    learner.open("/maple/documents")
    for words in ("Proof of enrollment", "Progress report", "Final report", "Certificate"):
        assert words.lower() in learner.text.lower()
    nothing_twice(watcher, court_id, stack)


def check_the_paper(final: Path, folder: Path, browser: Browser, stack: Stack, clock: Clock) -> None:
    """The text, the signature, the QR code, and what the verification page says of true and altered copies."""
    text = subprocess.run(["pdftotext", "-layout", str(final), "-"], capture_output=True, text=True, check=True).stdout
    assert "Superior Court of Maple County" in text
    assert "Tomás Eduardo Rivera-Núñez" in text
    assert "26-CR-00077" in text
    signature = subprocess.run(["pdfsig", str(final)], capture_output=True, text=True).stdout
    assert "Signature is Valid" in signature
    subprocess.run(["pdftoppm", "-r", "150", "-png", str(final), str(folder / "page")], check=True)
    pages = sorted(map(str, folder.glob("page*.png")))
    seen = subprocess.run(["zbarimg", "-q", "--raw", *pages], capture_output=True, text=True).stdout.split()
    assert len(seen) == 1
    assert seen[0].startswith(f"{stack.url}/maple/verify/")
    anybody = Somebody(browser, stack, clock, width=375)
    anybody.open(seen[0])
    assert "genuine" in anybody.text.lower()
    assert "Rivera-Núñez" not in anybody.text
    upload(anybody, final)
    assert "not the exact file" not in anybody.text.lower()
    assert "the exact file issued" in anybody.text.lower()
    anybody.open(seen[0])
    for changed in altered(final):
        upload(anybody, changed)
    assert "not the exact file" in anybody.text.lower()


def upload(anybody: Somebody, file: Path) -> None:
    anybody.page.get_by_label("The PDF file").set_input_files(file)
    anybody.press("Compare the file")


def left_to_do() -> list[str]:
    """The kinds of jobs of this court that are not done."""
    with transaction() as current:
        return list(current.scalars(select(Outbox.kind).where(Outbox.done_at.is_(None))))


def nothing_twice(watcher: Flask, court_id: UUID, stack: Stack) -> None:
    """Two of each process ran all the time: every report, payment and mail is there once, every job is done."""
    with watcher.app_context(), acting_as(court_id):
        kinds = [report.kind for report in session().query(Report)]
        assert sorted(kinds) == ["certificate", "final", "progress", "proof_of_enrollment"]
        files = [report.signed_sha256 for report in session().query(Report)]
        assert len(set(files)) == len(files)
        assert [entry.kind for entry in session().query(LedgerEntry) if entry.kind == "paid"] == ["paid"]
        wait_until(lambda: not left_to_do(), 60, 0.5)  # what the last step set going
        assert left_to_do() == []
        assert sealer.verify().problems == ()
    ids = message_ids(stack)
    assert len(ids) == len(set(ids))
