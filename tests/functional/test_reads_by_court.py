"""How PostgreSQL reads for the pages of every day: by indexes that begin with the court, never through all courts."""

from __future__ import annotations

import pytest
from flask import Flask

from app.permissions.identity import Role
from config import Settings
from tests.caseloads import fill, give_history, statements
from tests.factories import TestCourt, make_court
from tests.plans import beyond_the_court, faults

PAGES = {
    "caseload": Role.OFFICER,
    "caseload?per=300&sort=deadline": Role.OFFICER,
    "caseload?state=coursework": Role.SUPERVISOR,
    "team?span=year": Role.SUPERVISOR,
}


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    made = make_court(app)
    with app.test_request_context():
        give_history(made, fill(made, made.member(Role.OFFICER), 12))
    return made


@pytest.mark.parametrize("path", PAGES)
def test_every_statement_of_a_page_goes_by_an_index_on_the_court(
    app: Flask, settings: Settings, court: TestCourt, path: str
):
    browser = court.staff_client(PAGES[path])
    assert browser.get(court.url(path)).status == 200
    with statements(app) as seen:
        browser.get(court.url(path))
    assert len(seen) >= 4
    assert not beyond_the_court(settings.database_url.replace("+psycopg", ""), court.id, seen)


def test_a_read_through_all_courts_is_noticed():
    by_court = {"Node Type": "Index Scan", "Relation Name": "person", "Index Cond": "(court_id = $0)"}
    through_all = {"Node Type": "Index Scan", "Relation Name": "person", "Index Name": "x", "Index Cond": "(id = $0)"}
    bitmap = {"Node Type": "Bitmap Heap Scan", "Relation Name": "person"}
    bad_bitmap = bitmap | {"Plans": [{"Node Type": "Bitmap Index Scan", "Index Name": "x", "Index Cond": "(id = 1)"}]}
    good_bitmap = bitmap | {
        "Plans": [{"Node Type": "Bitmap Index Scan", "Index Name": "x", "Index Cond": "(court_id = 1)"}]
    }
    assert faults({"Node Type": "Sort", "Plans": [by_court, good_bitmap]}) == []
    for bad in (through_all, bad_bitmap, {"Node Type": "Seq Scan", "Relation Name": "person"}):
        assert len(faults({"Node Type": "Sort", "Plans": [by_court, bad]})) == 1
    assert faults({"Node Type": "Seq Scan", "Relation Name": "curriculum_module"}) == []
