"""What administrators change about the staff: roles, leaving, second-factor resets, lists of invitations."""

from __future__ import annotations

import io
import threading
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event

from app.accounts import factor_resets, lookups, staffing
from app.cases.assigning import hand_over
from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import Refused
from app.court_admin import leaving
from app.permissions.identity import STAFF_ROLES, Role
from app.permissions.permissions import GRANTS, Permission
from app.permissions.words import GROUPS, unnamed
from tenants.database import db
from tests.client import Page, PageClient
from tests.factories import TestCourt, make_court, make_referral
from tests.functional.accounts_people import audited, colleague, give_password, members, run_jobs, sign_in
from tests.functional.payments_kit import statements


def _boss(court: TestCourt, name: str = "") -> PageClient:
    return court.staff_client(Role.ADMINISTRATOR, name)


def _act(court: TestCourt, member_id: UUID, words: str, name: str = "") -> Page:
    return _boss(court, name).get(court.url(f"staff/{member_id}")).click(words)


def _state(court: TestCourt, member_id: UUID) -> tuple[str, str]:
    return next((member.state, member.role) for member in members(court) if member.id == member_id)


@pytest.mark.proves("SE-2")
def test_a_deactivated_person_is_out_by_the_next_request(app: Flask, client: PageClient):
    court = make_court(app)
    person = colleague(court)
    sign_in(client, person)
    assert client.get(court.url("account")).heading == "Your account"
    page = _act(court, person.membership_id, "Deactivate").submit("Deactivate")
    assert "Every sign-in of theirs has ended." in page.text
    assert client.get(court.url("account")).heading == "Sign in"
    assert give_password(PageClient(app), person).status == 422
    assert audited(court, "accounts.deactivate") == [("staff", "done")]
    page = _boss(court).get(court.url(f"staff/{person.membership_id}")).submit("Reactivate")
    assert client.get(court.url("account")).heading == "Sign in"  # what has ended stays ended
    assert give_password(PageClient(app), person).heading == "Enter your code"


@pytest.mark.proves("SE-2", "AC-3")
def test_a_leaver_s_cases_go_where_the_administrator_says(app: Flask):
    court = make_court(app)
    old, new = court.member(Role.OFFICER, "Old Officer"), court.member(Role.OFFICER, "New Officer")
    cases = [make_referral(court, officer_id=old.id, family_names=f"Leaving{n}") for n in range(3)]
    leaver, taker = court.client(old), court.client(new)
    assert "Leaving1" in leaver.get(court.url("caseload")).text
    page = _act(court, old.id, "Deactivate")
    assert "3 running cases are assigned to them." in page.text
    refused = page.submit("Deactivate")
    assert "Choose who takes these cases." in refused.errors()
    assert _state(court, old.id)[0] == "active"
    refused.submit("Deactivate", caseload_to=str(new.id))
    assert "Leaving1" in taker.get(court.url("caseload")).text
    assert leaver.get(court.url("caseload")).heading == "Staff sign-in"
    with app.app_context(), court.acting():
        assert {the_enrollment(each).officer_id for each in cases} == {new.id}
    assert audited(court, "cases.reassign") == [("staff", "done")] * 3


def test_a_large_caseload_is_handed_over_in_few_statements(app: Flask):
    court = make_court(app)
    counts = []
    for cases in (1, 6):
        old, new = court.member(Role.OFFICER, f"Old {cases}"), court.member(Role.OFFICER, f"New {cases}")
        for _n in range(cases):
            make_referral(court, officer_id=old.id)
        with statements(app) as seen, app.app_context(), court.acting():
            assert hand_over(old.id, new.id, actor=court.member(Role.ADMINISTRATOR)) == cases
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 1, counts
    assert audited(court, "cases.reassign") == [("staff", "done")] * 7


def test_cases_may_stay_unassigned(app: Flask):
    court = make_court(app)
    old = court.member(Role.OFFICER, "Old Officer")
    case = make_referral(court, officer_id=old.id)
    _act(court, old.id, "Deactivate").submit("Deactivate", caseload_to="nobody")
    with app.app_context(), court.acting():
        assert the_enrollment(case).officer_id is None


def test_cases_go_to_nobody_who_can_not_have_them(app: Flask):
    court = make_court(app)
    old, judge = court.member(Role.OFFICER, "Old Officer"), court.member(Role.JUDGE)
    make_referral(court, officer_id=old.id)
    page = _act(court, old.id, "Deactivate").submit("Deactivate", caseload_to=str(judge.id))
    assert page.status == 422
    assert _state(court, old.id)[0] == "active"
    with app.test_request_context(), court.acting(), pytest.raises(Refused) as refused:
        leaving.deactivate(old.id, caseload_to=judge.id, actor=court.member(Role.ADMINISTRATOR))
    assert refused.value.field == "caseload_to"
    assert _state(court, old.id)[0] == "active"


@pytest.mark.proves("SE-1", "SE-2")
def test_a_new_role_acts_at_once_and_ends_the_sign_ins(app: Flask):
    court = make_court(app)
    clerk = court.member(Role.CLERK, "Mover")
    browser = court.client(clerk)
    page = _act(court, clerk.id, "Change the role").submit("Change the role", role="judge")
    assert "The role is changed." in page.text
    assert browser.get(court.url("account")).heading == "Sign in"
    assert _state(court, clerk.id) == ("active", "judge")
    assert audited(court, "accounts.change_role") == [("staff", "done")]


def test_an_officer_who_becomes_a_clerk_hands_the_cases_over(app: Flask):
    court = make_court(app)
    old = court.member(Role.OFFICER, "Old Officer")
    case = make_referral(court, officer_id=old.id)
    _act(court, old.id, "Change the role").submit("Change the role", role="clerk", caseload_to="nobody")
    with app.app_context(), court.acting():
        assert the_enrollment(case).officer_id is None


def test_never_oneself_never_the_last_administrator(app: Flask):
    court = make_court(app)
    boss = court.member(Role.ADMINISTRATOR)
    page = _boss(court).get(court.url(f"staff/{boss.id}/deactivate"))
    assert "Ask another administrator" in page.text
    with app.test_request_context(), court.acting():
        for act in (
            lambda: staffing.deactivate(boss.id, actor=boss),
            lambda: staffing.change_role(boss.id, Role.CLERK, actor=boss),
            lambda: staffing.deactivate(boss.id, actor=SYSTEM),
            lambda: staffing.change_role(boss.id, Role.CLERK, actor=SYSTEM),
        ):
            with pytest.raises(Refused):
                act()
    assert _state(court, boss.id) == ("active", "administrator")


def test_two_administrators_who_deactivate_each_other_leave_one(app: Flask):
    court = make_court(app)
    one, two = court.member(Role.ADMINISTRATOR, "One"), court.member(Role.ADMINISTRATOR, "Two")
    barrier, done = threading.Barrier(2), []

    def out(actor, target) -> None:
        with app.test_request_context(), court.acting():
            barrier.wait()
            try:
                staffing.deactivate(target.id, actor=actor)
                done.append(target.id)
            except Refused:
                pass

    threads = [threading.Thread(target=out, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert sorted([_state(court, one.id)[0], _state(court, two.id)[0]]) == ["active", "deactivated"]


def test_a_stale_form_is_told(app: Flask):
    court = make_court(app)
    clerk = court.member(Role.CLERK, "Mover")
    first, second = (_act(court, clerk.id, "Change the role", name) for name in ("A", "B"))
    first.submit("Change the role", role="judge")
    page = second.submit("Change the role", role="supervisor")
    assert page.status == 409
    assert _state(court, clerk.id) == ("active", "judge")


@pytest.mark.proves("AU-3")
def test_a_second_administrator_confirms_a_second_factor_reset(app: Flask, client: PageClient):
    court = make_court(app)
    person = colleague(court)
    sign_in(client, person)
    court.member(Role.ADMINISTRATOR, "Second")
    page = _act(court, person.membership_id, "Reset the second step", "First")
    assert "Write a reason." in page.submit("Ask for the reset").errors()
    page = page.submit("Ask for the reset", reason="She stood at my desk.")
    assert "A second administrator has to confirm this now." in page.text
    assert "One of these has to confirm it: Second" in page.text
    assert client.get(court.url("account")).heading == "Your account"  # nothing has changed yet
    with app.test_request_context(), court.acting(), pytest.raises(Refused, match="second administrator"):
        factor_resets.confirm(person.membership_id, actor=court.member(Role.ADMINISTRATOR, "First"))
    with app.test_request_context(), court.acting(), pytest.raises(Refused, match="has an administrator"):
        factor_resets.confirm(person.membership_id, actor=SYSTEM)
    member = _boss(court, "Second").get(court.url(f"staff/{person.membership_id}"))
    assert "She stood at my desk." in member.text
    assert "The second step is reset." in member.submit("Confirm the reset").text
    assert client.get(court.url("account")).heading == "Sign in"
    assert give_password(PageClient(app), person).heading == "Set up your second step"
    assert audited(court, "accounts.ask_second_factor_reset") == [("staff", "done")]
    assert audited(court, "accounts.reset_second_factor") == [("staff", "done")]


def test_the_operator_confirms_where_nobody_else_can(app: Flask):
    court = make_court(app)
    person = colleague(court)
    page = _act(court, person.membership_id, "Reset the second step")
    assert "JaneSchool’s support confirms it instead" in page.text
    page.submit("Ask for the reset", reason="Lost at sea.")
    with app.test_request_context(), court.acting():
        factor_resets.confirm(person.membership_id, actor=SYSTEM)
        assert lookups.get_member(person.membership_id)[1].totp_secret is None


def test_a_reset_waits_three_days_and_can_be_taken_back(app: Flask):
    court = make_court(app)
    person = colleague(court)
    court.member(Role.ADMINISTRATOR, "Second")
    _act(court, person.membership_id, "Reset the second step").submit("Ask for the reset", reason="Lost.")
    with clock.moved_to(clock.now() + timedelta(days=3, minutes=1)):
        page = _boss(court, "Second").get(court.url(f"staff/{person.membership_id}"))
        assert "Reset the second step" in page.text
        assert "Confirm the reset" not in page.text
    waiting = _boss(court, "Second").get(court.url(f"staff/{person.membership_id}"))
    waiting.submit("Take the request back")
    assert "meantime" in waiting.submit("Confirm the reset").text
    with app.app_context(), court.acting():
        assert lookups.get_member(person.membership_id)[1].totp_secret is not None


def _file(court: TestCourt, text: str) -> Page:
    page = _boss(court).get(court.url("staff/invite/file"))
    data = {**page.form("Look at the file").values(), "file": (io.BytesIO(text.encode()), "staff.csv")}
    return page.client.post(page.url, data, content_type="multipart/form-data")


def test_a_list_of_people_is_looked_at_and_then_invited(app: Flask):
    court = make_court(app)
    page = _file(
        court, "Name;Email;Role\r\nLee Sample;LEE@court.example;officer\r\nAna Ruiz;ana@court.example;Jueza\r\n"
    )
    assert "2 people each get a mail" in page.text
    assert "Judge" in page.text
    staff = page.submit("Send the invitations")
    assert "2 invitations are on their way." in staff.text
    assert run_jobs(court, "notices.send") == ["done", "done"]
    assert "lee@court.example" in staff.text
    page.submit("Send the invitations")  # the same form again
    assert run_jobs(court, "notices.send") == []


def test_every_fault_of_a_list_stands_at_its_line(app: Flask):
    court = make_court(app)
    person = colleague(court)
    lines = [
        "name,email,role",
        f"Pat,{person.email},clerk",
        ",x,king",
        "A,a@court.example,clerk",
        "B,a@court.example,clerk",
    ]
    page = _file(court, "\n".join(lines))
    for words in (
        "3 lines are not right",
        "This person is on your staff already.",
        "Enter the person's name.",
        "Enter an email address like name@example.com.",
        "This is not a role of the portal.",
        "This address stands in line 4 already.",
    ):
        assert words in page.text
    assert "There are none." in _boss(court).get(court.url("staff")).text


@pytest.mark.parametrize(
    "text", ["", "name,email\nA,a@b.example", "a" * 200_000, "name,email,role\n", 'name,email,role\n"x']
)
def test_files_that_are_no_list(app: Flask, text: str):
    page = _file(make_court(app), text)
    assert page.status == 422
    assert page.errors()


def test_a_list_of_two_hundred_and_one_is_too_long(app: Flask):
    rows = "".join(f"P {n},p{n}@court.example,clerk\n" for n in range(201))
    page = _file(make_court(app), "name,email,role\n" + rows)
    assert "This file has 201 people." in " ".join(page.errors())


def test_the_map_says_every_permission_in_words(app: Flask):
    assert unnamed() == []
    named = [permission for _label, lines in GROUPS for permission, _words in lines]
    assert len(named) == len(set(named)) == len(Permission)


def test_the_page_of_permissions_is_the_map(app: Flask):
    court = make_court(app)
    page = court.staff_client(Role.CLERK).get(court.url("staff/permissions"))
    roles = (*STAFF_ROLES, Role.COUNSEL, Role.LEARNER)
    shown = []
    for row in page.tree.xpath("//main//tbody/tr"):
        cells = [" ".join("".join(cell.itertext()).split()) for cell in row]
        shown.append([cell == "Yes" for cell in cells[1:]])
    expected = [[p in GRANTS[role] for role in roles] for _label, lines in GROUPS for p, _words in lines]
    assert shown == expected


def test_staff_pages_cost_few_statements_and_go_page_by_page(app: Flask):
    court = make_court(app)
    for number in range(60):
        court.member(Role.CLERK, f"Clerk {number:02d}")
    boss = _boss(court)
    seen: list[str] = []
    with app.app_context():
        engine = db.engine

    def count(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    first = boss.get(court.url("staff"))
    event.remove(engine, "before_cursor_execute", count)
    # The court, its emblem and the session are every page's; set_config is no query.
    assert len([each for each in seen if "set_config" not in each]) <= 12
    assert "Clerk 48" in first.text
    assert "Clerk 55 Clerk" not in first.text
    assert "Clerk 55 Clerk" in first.click("More people").text
