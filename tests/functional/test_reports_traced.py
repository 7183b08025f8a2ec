"""Each fact of a report leads to its record: for the court's people who may open it, and on no paper."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from app.accountability.violations.lookups import violations_of
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment, Hearing
from app.core import clock
from app.payments.lookups import ledger_of
from app.permissions.identity import Identity, Role
from app.reports import views
from app.reports.models import Report
from app.reports.trace import Trace
from app.reports.tracing import trace_of
from tenants.database import session, transaction
from tests.client import Page
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.functional.test_reports_for_the_bench import ASKS, non_compliance
from tests.functional.violation_steps import two_missed
from tests.reports import ask, file_bytes, in_accountability, report_of, run_renders

UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.fixture(scope="module", autouse=True)
def published(app: Flask) -> None:
    publish(app)


@pytest.fixture
def missed(app: Flask) -> Iterator[tuple[TestCourt, Identity, UUID, Identity]]:
    for court, learner, enrollment_id, officer in two_missed(app):
        with app.app_context(), court.acting(), transaction() as current:
            day = clock.today("America/Los_Angeles") + timedelta(days=9)
            current.add(Hearing(referral_id=the_enrollment(enrollment_id).referral_id, on_date=day))
        yield court, learner, enrollment_id, officer


def read(court: TestCourt, who: Identity, report: Report) -> Page:
    return court.client(who).get(court.url(f"reports/{report.id}"))


def records(page: Page) -> dict[str, str]:
    """The addresses to which the report's facts lead, by their words."""
    links = page.tree.xpath("//article//a[@href]")
    return {" ".join("".join(a.itertext()).split()): a.get("href") for a in links if "/verify/" not in a.get("href")}


@pytest.mark.parametrize("kind", ["progress", "bench_card"])
def test_every_fact_leads_to_its_record_and_the_record_is_there(missed, kind):
    court, _learner, enrollment_id, officer = missed
    report = ask(court, enrollment_id, kind)
    run_renders(court)
    page = read(court, officer, report)
    found = records(page)
    with court.app.app_context(), court.acting():
        (violation,), entries = violations_of(enrollment_id), ledger_of(enrollment_id)
    assert found["More check-ins missed than allowed"].endswith(f"/cases/violations/{violation.id}")
    assert any(url.endswith("#hearings") for url in found.values())
    assert any(url.endswith("#order") for url in found.values())
    if kind == "progress":
        assert f"#entry-{entries[0].id}" in found["Program fee"] or any(
            f"#entry-{entries[0].id}" in u for u in found.values()
        )
        assert sum("#check-in-" in url for url in found.values()) == 2
        assert sum("#module-" in url for url in found.values()) == len(report.snapshot["modules"])
    client = court.client(officer)
    for url in sorted(set(found.values())):
        address, _hash, anchor = url.partition("#")
        record = client.get(address)
        assert record.status == 200, url
        # Modules that were not begun have no time yet.
        if anchor and not anchor.startswith("module-"):
            assert record.tree.xpath(f"//*[@id='{anchor}']"), url


def test_only_those_see_a_link_who_may_open_it(missed):
    court, learner, enrollment_id, _officer = missed
    report = ask(court, enrollment_id, "progress")
    run_renders(court)
    assert records(read(court, learner, report)) == {}
    every = {role: records(read(court, court.member(role), report)).values() for role in (Role.JUDGE, Role.CLERK)}
    for role, found in every.items():
        assert found
        client = court.staff_client(role)
        assert {client.get(url.partition("#")[0]).status for url in found} == {200}


def test_a_non_compliance_report_leads_to_what_it_is_about(missed):
    court, _learner, enrollment_id, officer = missed
    court.client(officer).get(court.url(f"cases/{enrollment_id}/reports/non-compliance")).submit(
        "Make the report", **ASKS
    )
    report = non_compliance(court, enrollment_id)
    run_renders(court)
    with court.app.app_context(), court.acting():
        (violation,) = violations_of(enrollment_id)
    found = records(read(court, officer, report))
    assert found["More check-ins missed than allowed"].endswith(f"/cases/violations/{violation.id}")


@pytest.mark.proves("CD-7")
def test_no_paper_and_no_snapshot_holds_the_ids(missed):
    court, _learner, enrollment_id, _officer = missed
    report = ask(court, enrollment_id, "progress")
    assert report.sources
    ids = {one for found in report.sources.values() for one in found if UUIDS.fullmatch(one)}
    assert ids
    assert not UUIDS.findall(json.dumps(report.snapshot))
    run_renders(court)
    content = file_bytes(court, report_of(court, report.id))
    assert not [one for one in ids if one.encode() in content]


def test_a_report_of_before_has_the_links_that_need_no_id(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    court = make_court(app)
    _learner, enrollment_id = in_accountability(court)
    report = ask(court, enrollment_id, "progress")
    run_renders(court)

    def forgotten(row: Report, case: Enrollment, reader: Identity) -> Trace:
        session().expunge(row)
        row.sources = None
        return trace_of(row, case, reader)

    monkeypatch.setattr(views, "trace_of", forgotten)
    found = records(read(court, court.member(Role.CLERK), report))
    assert any(url.endswith(f"/cases/{enrollment_id}") for url in found.values())
    assert not any("#check-in-" in url for url in found.values())
