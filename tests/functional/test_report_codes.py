"""The code on every kind of paper, read by a camera from the printed page and followed to what the court says of it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask

from app.batches.caseloads import request_caseload
from app.core import clock
from app.core.actor import SYSTEM
from app.payments.counter.lookups import payments_of
from app.payments.counter.rules import Method
from app.payments.counter.services import Received, record_payment, void_payment
from app.payments.deciding.rules import Outcome
from app.permissions.identity import Identity, Role
from app.reports.delivering.documents import Document
from app.reports.lists.snapshot import ListKind
from app.reports.packets.services import request_packet
from app.reports.snapshot import ReportKind
from tests.client import PageClient
from tests.curriculum import publish
from tests.factories import TestCourt, make_learner
from tests.functional.batch_steps import lists_of, run_jobs
from tests.functional.deciding_steps import decide, send_request
from tests.functional.violation_steps import two_missed
from tests.reports import all_checked_in, ask, file_bytes, reports_of

ZONE = "America/Los_Angeles"
ISSUED_HERE = frozenset(ReportKind) - {ReportKind.ENROLLMENT_SLIP} | frozenset(ListKind)  # a slip leads to enrolling


@pytest.fixture
def missed(app: Flask) -> Iterator[tuple[TestCourt, Identity, UUID, Identity]]:
    publish(app)
    yield from two_missed(app)


def paid(court: TestCourt, enrollment_id: UUID) -> None:
    """A payment at the counter that is taken back again."""
    clerk, day = court.member(Role.CLERK), clock.today(ZONE)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        record_payment(enrollment_id, Received(Method.MONEY_ORDER, 5_000, day, reference="MO 20-4471"), actor=clerk)
    run_jobs(court)
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        payment = payments_of(enrollment_id)[-1]
        version = str(payment.row_version)
        void_payment(payment.id, reason="It came back.", actor=clerk, row_version=version)


def read_by_camera(pdf: bytes, folder: Path) -> set[str]:
    folder.mkdir()
    (folder / "paper.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "150", "-gray", "-png", "paper.pdf", "page"], cwd=folder, check=True)
    pages = sorted(path.name for path in folder.glob("page*.png"))
    done = subprocess.run(["zbarimg", "-q", "--raw", *pages], cwd=folder, capture_output=True, check=False)
    return set(done.stdout.decode().split())


@pytest.mark.proves("CD-9")
@pytest.mark.slow  # a page of every kind drawn, sealed, printed and read
def test_the_code_of_every_kind_leads_to_what_the_court_says_of_it(
    missed: tuple[TestCourt, Identity, UUID, Identity], tmp_path: Path
) -> None:
    court, _learner, missing, officer = missed
    asks = {"asked": "hearing", "asked_besides": "A hearing, so that the plan can be looked at."}
    page = court.client(officer).get(court.url(f"cases/{missing}/reports")).click("Write a non-compliance report")
    assert page.submit("Make the report", **asks).status == 200
    _done, finished = all_checked_in(court)
    payer, owing = make_learner(court)
    for kind in ("progress", "bench_card"):
        ask(court, finished, kind)
    paid(court, owing)
    send_request(court, payer)
    decide(court, owing, Outcome.DENIED, explanation="Bring new pay stubs.")
    statement = court.client(payer).get(court.url("fee/papers")).submit("Make a statement", language="en")
    assert statement.status == 200
    with court.app.app_context(), court.app.test_request_context(), court.acting():
        request_caseload(None, actor=SYSTEM)
        request_packet(clock.today(ZONE), None, actor=SYSTEM)
    run_jobs(court)
    papers: list[Document] = [one for each in (missing, finished, owing) for one in reports_of(court, each)]
    papers += lists_of(court)
    seen, stranger = set[str](), PageClient(court.app)
    for number, paper in enumerate(papers):
        if paper.kind in seen:
            continue
        codes = read_by_camera(file_bytes(court, paper), tmp_path / str(number))  # type: ignore[arg-type]
        assert len(codes) == 1, (paper.kind, codes)
        (address,) = codes
        found = stranger.get(urlsplit(address).path)
        assert found.status == 200, paper.kind
        assert paper.number in found.text, paper.kind
        assert "Genuine" in found.text, paper.kind
        seen.add(paper.kind)
    assert seen == ISSUED_HERE
