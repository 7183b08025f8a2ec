"""How PostgreSQL reads for the pages of every day: by indexes that begin with the court, never through all courts."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from flask import Flask

from app.permissions.identity import Role
from config import Settings
from tenants.database import SET_COURT, Base
from tests.caseloads import fill, give_history, statements
from tests.factories import TestCourt, make_court

PAGES = {
    "caseload": Role.OFFICER,
    "caseload?per=300&sort=quiet": Role.OFFICER,
    "caseload?state=coursework": Role.SUPERVISOR,
    "team?span=year": Role.SUPERVISOR,
}
# Tables whose rows belong to a court; one that only names a court is not read by it.
OF_COURTS = {name for name, table in Base.metadata.tables.items() if "court_id" in table.primary_key.columns}


def faults(plan: dict[str, Any], table: str | None = None) -> list[str]:
    """The steps of a plan that read a court's table (the step above: `table`) other than by an index on its court."""
    kind, found = plan["Node Type"], []
    table = plan.get("Relation Name", table if kind.startswith("Bitmap") else None)
    if table in OF_COURTS and kind in ("Index Scan", "Index Only Scan", "Bitmap Index Scan"):
        if "court_id" not in plan.get("Index Cond", ""):
            found.append(f"{kind} {plan['Index Name']}: {plan.get('Index Cond')}")
    elif table in OF_COURTS and not kind.startswith("Bitmap"):
        found.append(f"{kind} of {table}")
    return found + [fault for below in plan.get("Plans", ()) for fault in faults(below, table)]


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
    reads = [(words, given) for words, given in seen if words.lstrip().upper().startswith(("SELECT", "WITH"))]
    assert len(reads) >= 4
    found = []
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(SET_COURT, (str(court.id),))
        for words, given in reads:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {words}".encode(), given or None)  # of our own pages, as sent
            row = cursor.fetchone()
            assert row is not None
            found += [f"{fault} in {words[:200]}" for fault in faults(row[0][0]["Plan"])]
    assert not found


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
