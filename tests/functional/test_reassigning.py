"""One case, several or a whole caseload go to another officer: looked at first, in force at once, both told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.caseload.acting import services
from app.caseload.acting.rules import Details, What, Why
from app.cases.assigning import reassign
from app.cases.lookups import the_enrollment
from app.cases.models import ReferralAmendment
from app.core.errors import NotFound, Refused
from app.notices.models import Notice
from app.permissions.identity import Identity, Role
from tenants.database import session
from tests.caseloads import fill, statements
from tests.factories import TestCourt, make_court, make_referral
from tests.functional.test_caseload_acting import do, prepared, states, table
from tests.functional.test_caseload_everyone import begin
from tests.functional.test_caseload_pages import names

LOOK = "See what would happen"


def told(court: TestCourt, who: Identity) -> list[tuple[str, int]]:
    """What was said to a member of the staff about cases, with how many."""
    with court.app.app_context(), court.acting():
        rows = session().scalars(select(Notice).where(Notice.recipient_id == who.id).order_by(Notice.id))
        return [(row.template, row.context["number"]) for row in rows if row.template.startswith("cases_given")]


def own(court: TestCourt, officer: Identity) -> set[str]:
    """Whom the list of everyone shows to an officer."""
    return set(names(court.client(officer).get(court.url("caseload"))))


@pytest.mark.proves("AC-3")
def test_some_cases_or_all_of_them_go_to_somebody_else_at_once_and_both_are_told(app):
    court = make_court(app)
    anna, ben, cleo = (court.member(Role.OFFICER, name) for name in ("Anna", "Ben", "Cleo"))
    cases = [make_referral(court, family_names=name, officer_id=anna.id) for name in ("Alder", "Birch", "Cedar")]
    loose = make_referral(court, family_names="Willow")
    supervisor = court.staff_client(Role.SUPERVISOR)
    as_anna, as_ben = court.client(anna), court.client(ben)
    assert "Birch" in as_anna.get(court.url(f"cases/{cases[1]}")).text
    with statements(app) as seen:
        whose = supervisor.get(court.url("caseload/reassign"))
    assert len(seen) <= 12
    assert table(whose, "Running cases by officer") == [["Anna", "3"], ["Cases that nobody has", "1"]]
    with statements(app) as seen:
        page = whose.click("Anna")
    assert len(seen) <= 12

    # Slips of the hand are told, and what was typed stays.
    wrong = page.submit(LOOK, officer=str(ben.id), reason="Ben knows the family", which="picked")
    assert wrong.status == 422
    assert "Choose at least one case." in wrong.errors()
    wrong = wrong.submit(LOOK, which="all", cases=[str(cases[1])])
    assert "You chose single cases and all of them. Choose one of the two." in wrong.errors()
    preview = wrong.submit(LOOK, which="picked", cases=[str(cases[1])])
    assert table(preview, "For whom it is done") == [["Robin Birch", "The case goes to Ben."]]
    assert "It is in force at once" in preview.text
    assert as_anna.get(court.url(f"cases/{cases[1]}")).status == 200, "nothing yet: it is a preview"

    result = preview.submit("Do it for 1 person")
    assert "1 done, 0 not done" in result.text
    assert as_anna.get(court.url(f"cases/{cases[1]}")).status == 404, "at once, in a session that was open"
    assert as_ben.get(court.url(f"cases/{cases[1]}")).status == 200
    assert own(court, ben) == {"Robin Birch"}
    assert (told(court, anna), told(court, ben)) == ([("cases_given_away", 1)], [("cases_given_to_you", 1)])
    history = supervisor.get(court.url(f"cases/{cases[1]}")).text
    assert "Given to another officer" in history
    assert "Ben knows the family" in history

    # The rest, whatever it is, and a case of which nobody had taken care.
    page = supervisor.get(court.url(f"caseload/reassign?of={anna.id}"))
    preview = page.submit(LOOK, officer=str(cleo.id), reason="Leave", which="all")
    assert [row[0] for row in table(preview, "For whom it is done")] == ["Robin Alder", "Robin Cedar"]
    preview.submit("Do it for 2 people")
    nobodys = supervisor.get(court.url("caseload/reassign?of=none"))
    nobodys.submit(LOOK, officer=str(cleo.id), reason="New", which="all").submit("Do it for 1 person")
    assert own(court, cleo) == {"Robin Alder", "Robin Cedar", "Robin Willow"}
    assert told(court, cleo) == [("cases_given_to_you", 2), ("cases_given_to_you", 1)]
    assert told(court, anna) == [("cases_given_away", 1), ("cases_given_away", 2)]

    # One, from its own page; and who may not, does not find any of it.
    case = supervisor.get(court.url(f"cases/{loose}"))
    one = case.click("Give to another officer").submit(LOOK, officer="none", reason="Not ours yet")
    assert "Nobody has the case until it is assigned again." in one.text
    one.submit("Do it for 1 person")
    with app.app_context(), court.acting():
        assert the_enrollment(loose).officer_id is None
    for path in ("caseload/reassign", f"cases/{cases[1]}/reassign"):
        assert as_ben.get(court.url(path)).status == 404, "officers ask a supervisor"
    assert court.staff_client(Role.ADMINISTRATOR).get(court.url("caseload/reassign")).status == 200


@pytest.mark.proves("AC-3")
def test_a_case_that_moved_meanwhile_stays_and_nobody_s_client_is_given_away_unseen(app):
    court, elsewhere = make_court(app), make_court(app)
    anna, ben, cleo = (court.member(Role.OFFICER, name) for name in ("Anna", "Ben", "Cleo"))
    supervisor = court.member(Role.SUPERVISOR)
    first, second, third = (begin(court, family_names=name, officer_id=anna.id) for name in ("Ana", "Bo", "Cy"))
    foreign = make_referral(elsewhere, family_names="Foreigncanary")
    details = Details(reason="Leave", officer_id=ben.id)
    action = prepared(court, What.REASSIGN, [first, second, third, foreign], supervisor, details)
    with app.test_request_context(), court.acting():
        assert reassign([first], cleo.id, reason="Sooner", actor=supervisor) == {first}
        assert reassign([first], cleo.id, reason="Again", actor=supervisor) == set(), "nothing changes twice"
        for officer, reason, field in ((anna, " ", "reason"), (court.member(Role.JUDGE), "Why", "officer")):
            with pytest.raises(Refused) as refused:
                reassign([first], officer.id, reason=reason, actor=supervisor)
            assert refused.value.field == field
        with pytest.raises(NotFound):
            services.prepare(What.REASSIGN, [first], actor=anna)
    do(court, action, supervisor)
    assert states(court, action) == {first: ("not_done", Why.CHANGED), second: ("done", ""), third: ("done", "")}
    assert (told(court, ben), told(court, cleo)) == ([("cases_given_to_you", 2)], [("cases_given_to_you", 1)])
    with app.app_context(), court.acting():
        assert len(session().scalars(select(ReferralAmendment)).all()) == 3

    # By the rights that whoever asked has by now.
    late = prepared(court, What.REASSIGN, [second, third], supervisor, Details(reason="Back", officer_id=cleo.id))
    do(court, late, replace(supervisor, role=Role.OFFICER))
    assert set(states(court, late).values()) == {("not_done", Why.NOT_ALLOWED)}
    assert told(court, cleo) == [("cases_given_to_you", 1)]


def test_a_large_caseload_moves_in_one_transaction_and_few_statements(app):
    court = make_court(app)
    anna, ben, supervisor = court.member(Role.OFFICER), court.member(Role.OFFICER, "Ben"), court.member(Role.SUPERVISOR)
    few, many = fill(court, anna, 2), fill(court, court.member(Role.OFFICER, "Cleo"), 40)
    counts = []
    for cases in (few, many):
        action = prepared(court, What.REASSIGN, cases, supervisor, Details(reason="Leave", officer_id=ben.id))
        with statements(app) as seen:
            do(court, action, supervisor)
        assert {state for state, _why in states(court, action).values()} == {"done"}, "at once, not by the worker"
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 1, counts
    assert told(court, ben) == [("cases_given_to_you", 2), ("cases_given_to_you", 40)]
