"""A court's month by payee: the lines together are the money, to the cent."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from app.core import clock
from app.core.actor import SYSTEM
from app.payments.ledger import write_entries
from app.payments.month import money_between
from app.payments.payees.lookups import by_payee, month_of
from app.permissions.identity import Role
from tenants.database import transaction
from tenants.program import ProgramDocument, load_preset
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.payments_kit import statements

ZONE = "America/Los_Angeles"


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    data = load_preset("county_probation").to_json()
    data["fees"]["components"][1] |= {"refundable": False, "payee": "=State fund"}
    return make_court(app, document=ProgramDocument.model_validate(data))


def write(court: TestCourt, enrollment_id: UUID, when: datetime, *entries: tuple[str, str, int, str]) -> None:
    with court.app.app_context(), court.acting(), clock.moved_to(when), transaction():
        named = [(kind, component, cents, f"{effect}") for kind, component, cents, effect in entries]
        write_entries(enrollment_id, named, actor=SYSTEM)


def lines(court: TestCourt, when: datetime) -> dict[str, tuple[int, int, int]]:
    with court.app.app_context(), court.acting(), transaction():
        found = by_payee(month_of(clock.local(when, ZONE).date(), ZONE))
    return {line.payee: (line.received_cents, line.given_back_cents, line.moved_cents) for line in found}


def test_each_month_tells_its_own_money_and_what_is_not_refundable_stays(court: TestCourt):
    now = clock.now()
    january = datetime(now.year + 1, 1, 15, 20, tzinfo=UTC)
    february = datetime(now.year + 1, 2, 1, 7, 59, tzinfo=UTC)  # still January in California
    march = datetime(now.year + 1, 3, 1, 9, tzinfo=UTC)
    ids = [make_learner(court)[1] for _ in range(3)]
    write(court, ids[0], january, ("paid", "", 35_000, f"counter:{ids[0]}"))
    write(court, ids[1], february, ("paid", "", 100, "pi_b"))
    write(court, ids[2], january, ("paid", "", 7_000, "pi_c"))
    assert lines(court, january) == {
        "JaneSchool": (30_000 + 86 + 6_000, 0, 0),
        "=State fund": (5_000 + 14 + 1_000, 0, 0),
    }
    write(court, ids[0], march, ("refunded", "", 35_000, f"counter:{ids[0]}:void"))
    write(court, ids[2], march, ("waived", "program", 30_000, "waiver:c:program"))
    assert lines(court, march) == {
        "JaneSchool": (-30_000, 0, -6_000),
        "=State fund": (-5_000, 0, 4_000),
        "": (0, 0, 2_000),
    }
    write(court, ids[2], march, ("refunded", "", 2_000, "re_c"))
    assert lines(court, march)[""] == (0, 2_000, 2_000)
    assert lines(court, january)["JaneSchool"] == (36_086, 0, 0), "a month that is told stays as it was"


def test_the_page_and_its_csv_agree_and_no_cell_runs_as_a_formula(court: TestCourt):
    _learner, enrollment_id = make_learner(court)
    write(court, enrollment_id, clock.now(), ("paid", "", 3_500, f"pi_{enrollment_id}"))
    client = court.staff_client(Role.CLERK)
    page = client.get(court.url("money/payees"))
    assert "JaneSchool" in page.text
    assert "$30.00" in page.text
    answer = client.http.get(page.link("Download as CSV"))
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == ["'=State fund", "JaneSchool"]
    assert sum(float(row[3]) for row in rows[1:]) == 35.0
    assert [row[4] for row in rows[1:]] == ["0.00", "0.00"]
    assert court.staff_client(Role.JUDGE).get(court.url("money/payees")).status == 404


def test_a_payment_that_was_voided_came_in_for_nobody_and_went_back_to_nobody(app: Flask):
    court = make_court(app)
    _learner, enrollment_id = make_learner(court)
    now = clock.now()
    write(court, enrollment_id, now, ("paid", "", 20_000, f"counter:{enrollment_id}"))
    write(court, enrollment_id, now, ("refunded", "", 20_000, f"counter:{enrollment_id}:void"))
    assert lines(court, now) == {}
    page = court.staff_client(Role.CLERK).get(court.url("money/payees"))
    assert "No money moved in this month" in page.text
    write(court, enrollment_id, now, ("paid", "", 3_500, "pi_kept"), ("refunded", "", 3_500, "re_kept"))
    assert lines(court, now) == {"JaneSchool": (3_000, 3_000, 0), "Court": (500, 500, 0)}


def test_what_a_bank_takes_goes_back_here_as_on_the_dashboard(app: Flask):
    court = make_court(app)
    _learner, enrollment_id = make_learner(court)
    now, later = clock.now(), clock.now() + timedelta(days=62)
    month = month_of(clock.local(now, ZONE).date(), ZONE)

    def dashboard(begins: datetime, ends: datetime) -> tuple[int, int]:
        with court.app.app_context(), court.acting(), transaction():
            found = money_between(court.member(Role.ADMINISTRATOR), begins, ends)
        return found.paid_cents, found.refunded_cents

    write(court, enrollment_id, now, ("paid", "", 35_000, "cs_1:paid"), ("disputed", "", 35_000, "dp_1:disputed"))
    assert lines(court, now) == {"JaneSchool": (30_000, 30_000, 0), "Court": (5_000, 5_000, 0)}
    assert dashboard(month.begins, month.ends) == (35_000, 35_000)
    write(court, enrollment_id, later, ("dispute_won", "", 35_000, "dp_1:dispute_won"))
    assert lines(court, later) == {"JaneSchool": (0, -30_000, 0), "Court": (0, -5_000, 0)}
    assert dashboard(month.ends, later + timedelta(hours=1)) == (0, -35_000)
    with clock.moved_to(later):
        answer = court.staff_client(Role.CLERK).http.get(court.url("money/payees.csv"))
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0][5:7] == ["Given back", "Came in again beyond that"]
    assert [row[5:7] for row in rows[1:]] == [["0.00", "50.00"], ["0.00", "300.00"]]


def test_the_csv_tells_a_void_of_an_earlier_month_in_a_column_of_its_own(app: Flask):
    court = make_court(app)
    _learner, enrollment_id = make_learner(court)
    now, later = clock.now(), clock.now() + timedelta(days=62)
    write(court, enrollment_id, now, ("paid", "", 7_000, f"counter:{enrollment_id}"))
    write(court, enrollment_id, later, ("refunded", "", 7_000, f"counter:{enrollment_id}:void"))
    with clock.moved_to(later):
        told = court.staff_client(Role.CLERK).http.get(court.url(f"money/payees.csv?month={later:%Y-%m}")).data
    rows = list(csv.reader(io.StringIO(told.decode("utf-8-sig"))))
    assert rows[0][3:6] == ["Received", "Voided beyond that", "Given back"]
    assert {(row[3], row[5]) for row in rows[1:]} == {("0.00", "0.00")}
    assert sum(float(row[4]) for row in rows[1:]) == 70.0


@pytest.mark.parametrize("month", ["", "nonsense", "9999-12", "1800-01", "2026-13"])
def test_a_month_that_can_not_be_is_this_one(court: TestCourt, month: str):
    page = court.staff_client(Role.CLERK).get(court.url(f"money/payees?month={month}"))
    assert page.status == 200
    assert clock.local(clock.now(), ZONE).strftime("%B %Y") in page.text


def test_a_month_with_many_people_takes_no_more_statements(app: Flask):
    court = make_court(app)
    client = court.staff_client(Role.CLERK)

    def looked() -> int:
        with statements(app) as seen:
            assert client.get(court.url("money/payees")).status == 200
        return len(seen)

    def pay(**_unused: Any) -> None:
        _learner, enrollment_id = make_learner(court)
        write(court, enrollment_id, clock.now(), ("paid", "", 3_500, f"pi_{enrollment_id}"))

    pay()
    looked()
    one = looked()
    for _ in range(3):
        pay()
    assert looked() == one <= 12
