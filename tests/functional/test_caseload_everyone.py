"""The list of everyone: its orders, tabs and what narrows it down, finding people, kept views, the file."""

from __future__ import annotations

import csv
import io
import tracemalloc
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.caseload.everyone.lookups import AT_ONCE, listed, pages_of
from app.caseload.everyone.sorting import KEYS
from app.caseload.everyone.wanted import SORTS, Wanted
from app.caseload.finding import find
from app.caseload.lookups import CourtDay
from app.cases.holding import hold, withdraw
from app.cases.services import finish_coursework, open_coursework
from app.core import clock
from app.core.models import AuditEvent
from app.permissions.identity import Role
from tenants.database import session
from tests.caseloads import fill, give_history, statements
from tests.factories import make_court, make_learner, make_referral
from tests.functional.test_caseload_pages import names

NOW = datetime(2027, 2, 10, 18, 0, tzinfo=UTC)


def tab_counts(page) -> dict[str, int]:
    words = ["".join(one.itertext()) for one in page.tree.xpath("//nav[@class='portal-tabs']//a")]
    return {text.rpartition(" (")[0]: int(text.rpartition(" (")[2].rstrip(")")) for text in words}


def begin(court, **fields) -> UUID:
    _learner, enrollment_id = make_learner(court, **fields)
    with court.app.test_request_context(), court.acting():
        open_coursework(enrollment_id)
    return enrollment_id


def test_tabs_orders_and_what_narrows_the_list(app):
    """One court with somebody at every stage: each tab counts and shows its people; each order has its reverse."""
    court = make_court(app)
    anna, ben, clerk = court.member(Role.OFFICER, "Anna"), court.member(Role.OFFICER, "Ben"), court.member(Role.CLERK)
    today = clock.local(NOW, "America/Los_Angeles").date()
    with clock.moved_to(NOW - timedelta(days=20)):
        begin(court, family_names="Ölund", officer_id=anna.id, deadline=today + timedelta(days=40))
    with clock.moved_to(NOW):
        make_referral(court, family_names="Zamora", officer_id=anna.id, deadline=today + timedelta(days=90))
        begin(
            court,
            family_names="Marsh",
            officer_id=ben.id,
            deadline=today + timedelta(days=9),
            hearing_on=today + timedelta(days=5),
        )
        checking = begin(court, family_names="Checks", officer_id=anna.id, deadline=today + timedelta(days=30))
        held = begin(court, family_names="Held", officer_id=ben.id)
        gone = make_referral(court, family_names="Gone")
        with app.test_request_context(), court.acting():
            finish_coursework(checking)
            hold(held, reason="In hospital", actor=clerk)
            withdraw(gone, reason="Order vacated", actor=clerk)
        browser = court.staff_client(Role.SUPERVISOR)

        def shown(query: str) -> list[str]:
            page = browser.get(court.url(f"caseload?{query}"))
            caption = "People who need attention" if "tab=attention" in query else "People on this list"
            return [name.removeprefix("Robin ") for name in names(page, caption)]

        page = browser.get(court.url("caseload"))
        counts = tab_counts(page)
        # Ölund has been quiet for long, Marsh has a deadline soon.
        assert counts == {
            "All": 6,
            "Needs attention": 2,
            "Coursework": 2,
            "Check-ins": 1,
            "Reports due": 0,
            "On hold or returned": 1,
            "Finished": 1,
        }
        assert set(shown("tab=attention")) == {"Ölund", "Marsh"}
        assert set(shown("tab=coursework")) == {"Ölund", "Marsh"}
        assert shown("tab=accountability") == ["Checks"]
        assert shown("tab=paused") == ["Held"]
        assert shown("tab=finished") == ["Gone"]
        assert shown("tab=report") == []
        # An accent makes no difference to the order, and who has no such day stands last both ways.
        assert shown("sort=name") == ["Checks", "Gone", "Held", "Marsh", "Ölund", "Zamora"]
        assert shown("sort=-name") == shown("sort=name")[::-1]
        assert shown("sort=deadline")[:3] == ["Marsh", "Ölund", "Zamora"]
        assert shown("sort=-deadline")[:3] == ["Zamora", "Ölund", "Marsh"]
        assert shown("sort=hearing")[0] == shown("sort=-hearing")[0] == "Marsh"
        assert shown("sort=activity")[0] == "Ölund"
        # By when their next check-in is due, among the deadlines of the others.
        assert shown("sort=due")[:4] == ["Marsh", "Checks", "Ölund", "Zamora"]
        # Narrowed down; the tabs count the same people.
        assert shown("state=referred") == ["Zamora"]
        assert shown("days=7") == ["Marsh"]
        assert shown("flag=deadline") == ["Marsh"]
        assert shown("flag=quiet") == ["Ölund"]
        assert shown("flag=violation") == shown("flag=missed") == shown("flag=mail") == shown("flag=review") == []
        assert set(shown(f"officer={ben.id}")) == {"Marsh", "Held"}
        assert shown("officer=none") == []  # the case of nobody is closed
        narrowed = browser.get(court.url(f"caseload?officer={ben.id}&tab=paused"))
        assert tab_counts(narrowed)["All"] == 2
        assert "Ben" in narrowed.text
        # An officer's list is the own one, whatever the address says of others; nonsense is as nothing.
        mine = court.client(anna).get(court.url(f"caseload?officer={ben.id}&sort=x&days=5&flag=y&tab=z&after=a_b"))
        assert set(names(mine)) == {"Robin Ölund", "Robin Zamora", "Robin Checks"}
        assert "All officers" not in mine.text
        # A heading sorts by its column, and a second time the other way round.
        by_name = browser.get(page.link("Name"))
        assert by_name.tree.xpath("//th[@aria-sort]/@aria-sort") == ["ascending"]
        assert by_name.click("Name").tree.xpath("//th[@aria-sort]/@aria-sort") == ["descending"]


def test_pages_by_every_order_hold_everybody_once_and_the_shown_progress_is_the_sorted_one(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    found = fill(court, officer, 60)
    give_history(court, found)
    browser = court.client(officer)
    for sort in (*SORTS, "-progress", "-name"):
        page, seen = browser.get(court.url(f"caseload?sort={sort}")), []
        while True:
            assert "Number" not in page.response.request.full_path
            seen += page.tree.xpath("//table//tbody/tr")
            if "Next page" not in page.text:
                break
            page = page.click("Next page")
        people = [row.xpath("string(.//a)") for row in seen]
        assert len(people) == len(set(people)) == 60, sort
        if "progress" in sort:
            percents = [int(row.xpath("string(.//progress/@value)")) for row in seen]
            assert percents == sorted(percents, reverse=sort.startswith("-"))
            assert len(set(percents)) > 1
    assert set(KEYS) == set(SORTS)
    whole = court.staff_client(Role.SUPERVISOR)
    for client, most in ((browser, 7), (whole, 9)):
        client.get(court.url("caseload"))
        for query in ("", "?per=300&sort=due", "?tab=attention", "?sort=name&flag=quiet"):
            with statements(app) as seen_statements:
                assert client.get(court.url(f"caseload{query}")).status == 200
            assert len(seen_statements) <= most, [one[0][:80] for one in seen_statements]


@pytest.mark.proves("WE-2")
def test_people_are_found_as_people_type(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    make_referral(
        court,
        given_names="José Søren",
        family_names="O'Brien García-López",
        officer_id=officer.id,
        case_numbers=("27-CR-00412",),
    )
    finding = (
        "jose, JOSÉ, garcia lopez, lopez garcia jose, García-López, garcialopez, obrien, O’Brien, soren, 27cr00412, "
        "27 cr 00412, 27.CR.00412, garcia 00412"
    )
    day = CourtDay(clock.today("America/Los_Angeles"), "America/Los_Angeles")
    with app.app_context(), court.acting():
        for words in finding.split(", "):
            assert len(find(officer, day, words)) == 1, words
        for words in ("27-CR-412", "garcia smith", "%", "_", "-", "' or 1=1 --"):
            assert find(officer, day, words) == [], words
    page = court.client(officer).get(court.url("caseload")).submit("Find", words="lopez jose")
    assert names(page, "People found") == ["José Søren O'Brien García-López"]
    assert "?" not in page.response.request.full_path.rstrip("?")


def test_views_are_kept_shared_renamed_removed_and_put_back(app):
    court = make_court(app)
    officer, supervisor = court.member(Role.OFFICER), court.member(Role.SUPERVISOR)
    make_referral(court, family_names="Listed", officer_id=officer.id)
    mine, theirs = court.client(officer), court.client(supervisor)
    form = mine.get(court.url("caseload")).click("Save this list as a view")
    assert "Share it" not in form.text
    assert "Give the view a name." in form.submit("Save", name=" ").errors()
    kept = mine.get(court.url("caseload/views/new?sort=name&per=300")).submit("Save", name="By name")
    assert "The view is saved." in kept.text
    assert kept.link("By name").endswith("caseload?sort=name&per=300")
    again = mine.get(court.url("caseload/views/new?sort=name")).submit("Save", name="by NAME")
    assert "You have a view with this name already." in again.errors()
    # An officer's share is not asked for, and not taken from a form that was made up.
    sly = mine.get(court.url("caseload/views/new?sort=due")).form("Save").values() | {"name": "Sly", "shared": "y"}
    mine.post(court.url("caseload/views/new?sort=due"), sly)
    assert "Sly" not in theirs.get(court.url("caseload")).text
    theirs.get(court.url("caseload/views/new?tab=paused")).submit("Save", name="All on hold", shared="y")
    seen = mine.get(court.url("caseload"))
    assert seen.link("All on hold").endswith("caseload?tab=paused")
    assert "All on hold" not in mine.get(court.url("caseload/views")).text  # theirs to change
    manage = theirs.get(court.url("caseload/views"))
    manage.click("Rename").submit("Save", name="Waiting for the court")
    gone = theirs.get(court.url("caseload/views")).submit("Remove")
    assert "Waiting for the court" not in mine.get(court.url("caseload")).text
    gone.submit("Put back")
    assert "Waiting for the court" in mine.get(court.url("caseload")).text
    with app.app_context(), court.acting():
        actions = session().scalars(select(AuditEvent.action).where(AuditEvent.action.like("caseload.%_view"))).all()
    assert sorted(set(actions)) == [
        "caseload.change_view",
        "caseload.remove_view",
        "caseload.restore_view",
        "caseload.save_view",
    ]


def test_the_file_is_the_list_safe_for_spreadsheets_and_on_the_trail(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER, "Dana Reyes")
    make_referral(court, given_names="=cmd|' /C calc'!A0", family_names="Formula", officer_id=officer.id)
    make_referral(court, family_names="Elsewhere")
    fill(court, officer, 230)
    page = court.client(officer).get(court.url("caseload?sort=name"))
    sent = page.submit("Download as a spreadsheet (CSV)")
    rows = list(csv.reader(io.StringIO(sent.data.decode("utf-8-sig"))))
    assert sent.response.mimetype == "text/csv"
    assert rows[0][:3] == ["Name", "Case number", "Officer"]
    assert len(rows) == 232
    assert rows[1][0] == "'=cmd|' /C calc'!A0 Formula"
    assert [row[0] for row in rows[2:]] == [f"Pat Number{n:03d}" for n in range(230)]
    assert {row[2] for row in rows[1:]} == {"Dana Reyes"}
    with app.app_context(), court.acting():
        (event,) = session().scalars(select(AuditEvent).where(AuditEvent.action == "caseload.export")).all()
    assert event.actor_id == officer.id


@pytest.mark.slow
def test_a_file_of_a_thousand_is_never_held_as_a_whole(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    fill(court, officer, 1000)
    day = CourtDay(clock.today("America/Los_Angeles"), "America/Los_Angeles")

    def peak(most: int) -> int:
        with app.app_context():
            parts = pages_of(officer, court.id, day, Wanted(sort="name", down=False))
            next(parts)
            tracemalloc.start()
            for _part in range(most // AT_ONCE - 1):
                next(parts)
            _now, highest = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            parts.close()
        return highest

    assert peak(1000) < 2 * peak(400)


@pytest.mark.proves("AC-3", "CO-7")
def test_a_place_in_another_list_shows_nobody(app):
    """`after` names a case: another officer's, or another court's, gives away nothing."""
    court, other = make_court(app), make_court(app)
    anna, ben = court.member(Role.OFFICER, "Anna"), court.member(Role.OFFICER, "Ben")
    make_referral(court, family_names="Mine", officer_id=anna.id)
    theirs = make_referral(court, family_names="Aardvark", officer_id=ben.id)
    foreign = make_referral(other, family_names="Aardvark")
    browser = court.client(anna)
    pages = [browser.get(court.url(f"caseload?sort=name&after=_{key}")) for key in (theirs, foreign)]
    assert [names(page) for page in pages] == [[], []]
    with app.app_context(), court.acting():
        day = CourtDay(clock.today("America/Los_Angeles"), "America/Los_Angeles")
        assert [len(listed(one, day, Wanted()).page) for one in (anna, ben)] == [1, 1]
