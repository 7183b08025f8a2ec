"""The audit pages: who did what, who has seen a case, the export, and whether the trail is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from flask import Flask

from app.core import clock
from app.core.actor import SYSTEM
from app.core.audit import Deed, audit, audit_many
from app.court_admin.audit_lookups import PAGE
from app.permissions.identity import Role
from tenants.database import transaction
from tests.caseloads import statements
from tests.client import Page
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.audit_kit import all_rights, audit_page, newest, referral_of
from tests.functional.lived_in import lived_in


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


@pytest.fixture
def administrator(servers, settings) -> Iterator[Callable[..., None]]:
    with all_rights(servers, settings) as tamper:
        yield tamper


def whats(page: Page) -> list[str]:
    return [" ".join("".join(cell.itertext()).split()) for cell in page.tree.xpath("//td[@data-label='What']")]


# --- Events ----------------------------------------------------------------------------------------------------------


def test_what_somebody_did_is_told_in_words_with_their_name(court: TestCourt):
    enrollment_id = make_referral(court, family_names="Toldabout")
    court.staff_client(Role.CLERK, "Carla Clerk").get(court.url(f"referrals/{referral_of(court, enrollment_id)}"))
    page = audit_page(court)
    assert whats(page)[:2] == ["Opened the referral", "Referred a person"]
    row = page.tree.xpath("//tbody/tr[1]")[0]
    words = " ".join("".join(row.itertext()).split())
    assert "Carla Clerk" in words
    assert "Clerk" in words
    assert "Robin Toldabout" in words


def test_an_event_shows_old_and_new_side_by_side_and_where_from(court: TestCourt):
    document_url = court.url("account/language")
    clerk = court.staff_client(Role.CLERK, "Lena Languages")
    page = clerk.get(court.url("account"))
    form = next(f for f in page.tree.xpath("//main//form") if f.get("action") == document_url)
    token = form.xpath(".//input[@name='csrf_token']/@value")[0]
    clerk.post(document_url, {"csrf_token": token, "language": "es"})
    event, _detail = newest(court, "accounts.set_language")
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url(f"audit/events/{event.id}"))
    cells = [
        ["".join(cell.itertext()).strip() for cell in row.xpath("./th|./td")] for row in page.tree.xpath("//tbody/tr")
    ]
    assert cells == [["Language", "English", "Español"]]
    assert "127.0.0.1" in page.text
    assert "Lena Languages" in page.text


def test_who_may_not_see_personal_values_sees_none(court: TestCourt):
    make_referral(court, given_names="Secretgiven", family_names="Canary")
    event, _detail = newest(court, "cases.refer")
    address = court.url(f"audit/events/{event.id}")
    shown = court.staff_client(Role.ADMINISTRATOR).get(address)
    hidden = court.staff_client(Role.SUPERVISOR).get(address)
    assert shown.tree.xpath("//tbody/tr")
    assert not hidden.tree.xpath("//tbody/tr")
    assert "An administrator can see them" in hidden.text
    assert "From where" not in hidden.text
    for role in (Role.CLERK, Role.JUDGE, Role.OFFICER, Role.PROSECUTOR, Role.FACILITATOR):
        assert court.staff_client(role).get(address).status == 404
        assert court.staff_client(role).get(court.url("audit")).status == 404


def test_looking_at_personal_values_is_itself_on_the_trail(court: TestCourt):
    make_referral(court)
    event, _detail = newest(court, "cases.refer")
    court.staff_client(Role.ADMINISTRATOR).get(court.url(f"audit/events/{event.id}"))
    look, _detail = newest(court, "audit.read_event")
    assert (look.subject_id, look.case_id) == (event.id, event.case_id)
    assert look.actor_id == court.member(Role.ADMINISTRATOR).id


def test_an_erased_value_is_said_to_be_erased(court: TestCourt, administrator):
    make_referral(court)
    event, _detail = newest(court, "cases.refer")
    administrator("DELETE FROM audit_detail WHERE id = :id", id=event.id)
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url(f"audit/events/{event.id}"))
    assert "The values were erased" in page.text


# --- The filter ------------------------------------------------------------------------------------------------------


@pytest.mark.proves("WE-2")
def test_a_name_typed_into_the_filter_never_stands_in_an_address(court: TestCourt):
    wanted = make_referral(court, family_names="Onlythisone")
    make_referral(court, family_names="Notthisone")
    page = audit_page(court).submit("Show", case_words="onlythisone")
    assert page.status == 200
    assert f"case={referral_of(court, wanted)}" in page.response.request.query_string.decode()
    assert "onlythisone" not in page.response.request.url.lower()
    links = page.tree.xpath("//a/@href|//form/@action")
    assert [link for link in links if "onlythisone" in link.lower()] == []
    assert whats(page) == ["Referred a person"]
    assert "Notthisone" not in page.text


def test_several_cases_of_a_name_are_offered_to_choose_from(court: TestCourt):
    first = make_referral(court, given_names="Ana", family_names="Twofold", case_numbers=("26-A-1",))
    make_referral(court, given_names="Bo", family_names="Twofold", case_numbers=("26-B-2",))
    page = audit_page(court).submit("Show", case_words="Twofold", kind="cases")
    assert page.heading == "Which case?"
    assert "26-B-2" in page.text
    page = page.click("Ana Twofold")
    assert f"case={referral_of(court, first)}" in page.response.request.query_string.decode()
    assert "kind=cases" in page.response.request.query_string.decode()
    assert whats(page) == ["Referred a person"]


def test_a_faulty_filter_says_so_at_the_field_and_keeps_what_was_typed(court: TestCourt):
    page = audit_page(court).submit("Show", case_words="Nobodyofthisname")
    assert page.status == 422
    assert "No case that you may see has this name or number." in page.errors()
    assert page.form("Show").values()["case_words"] == "Nobodyofthisname"
    dates = {"begins__month": "5", "begins__day": "2", "begins__year": "2026"}
    page = audit_page(court).submit("Show", **dates, ends__month="5", ends__day="1", ends__year="2026")
    assert "The last day is before the first." in page.errors()
    page = audit_page(court).submit("Show", begins__month="2", begins__day="30", begins__year="2026")
    assert page.status == 422


def test_by_person_what_they_did_and_what_was_done_about_them(court: TestCourt):
    member = court.member(Role.OFFICER, "Olga Officer")
    with court.app.app_context(), court.acting():
        audit("accounts.sign_out", actor=member, subject=("staff", member.id))
        audit("accounts.release_lock", actor=court.member(Role.ADMINISTRATOR), subject=("staff", member.id))
    page = audit_page(court).submit("Show", who=str(member.id))
    assert whats(page) == ["Released a locked sign-in", "Signed out"]
    assert "Olga Officer" in [
        "".join(option.itertext()) for option in page.tree.xpath("//select[@name='who']/option[@selected]")
    ]
    assert "You see a selection. Who: Olga Officer." in page.text
    page = audit_page(court).submit("Show", who="system")
    assert all("The portal" in "".join(cell.itertext()) for cell in page.tree.xpath("//td[@data-label='Who']"))


def test_by_kind_and_by_the_courts_own_days(app: Flask):
    court = make_court(app)
    # 23:30 and 00:30 of the court's clock (UTC-8): the same UTC day, two days of the court
    for at, number in ((datetime(2027, 1, 12, 7, 30, tzinfo=UTC), 1), (datetime(2027, 1, 12, 8, 30, tzinfo=UTC), 2)):
        with app.app_context(), court.acting(), clock.moved_to(at):
            audit("cases.issue_code", actor=SYSTEM, subject=("enrollment_code", None), new={"number": number})
            audit("cases.refer", actor=SYSTEM, subject=("referral", None))
    browser = court.staff_client(Role.ADMINISTRATOR)
    assert len(whats(browser.get(court.url("audit?kind=codes")))) == 2
    eleventh = browser.get(court.url("audit?kind=codes&from=2027-01-11&to=2027-01-11"))
    assert len(whats(eleventh)) == 1
    assert "What: Enrollment codes. From January 11, 2027. To January 11, 2027." in eleventh.text
    assert len(whats(browser.get(court.url("audit?to=2027-01-11")))) == 2
    assert "Nothing found" in browser.get(court.url("audit?from=2027-01-13")).text
    for nonsense in ("from=0001-01-01&to=9999-12-31", "who=x&case=y&kind=z&from=w&older=v", "newer=" + str(uuid4())):
        assert browser.get(court.url(f"audit?{nonsense}")).status == 200


def test_pages_go_on_to_the_last_event_and_back_in_few_statements(app: Flask):
    court = make_court(app)
    admin = court.member(Role.ADMINISTRATOR)
    enrollment_id = make_referral(court)
    referral_id = referral_of(court, enrollment_id)
    with app.app_context(), court.acting(), transaction():
        deeds = [
            Deed("learning.complete_lesson", ("enrollment", enrollment_id), referral_id, new={"seconds": n})
            for n in range(2 * PAGE + 10)
        ]
        audit_many(deeds, actor=admin)
    browser = court.client(admin)
    with statements(app) as seen:
        page = browser.get(court.url("audit?kind=learning"))
    asked = [statement for statement, _parameters in seen if "set_config" not in statement]
    assert len(asked) <= 12, asked
    seen_ids = page.tree.xpath("//td[@data-label='What']/div/a/@href")
    for _ in range(2):
        page = page.click("Older")
        seen_ids += page.tree.xpath("//td[@data-label='What']/div/a/@href")
    assert len(seen_ids) == len(set(seen_ids)) == 2 * PAGE + 10
    with pytest.raises(AssertionError):
        page.click("Older")
    back = page.click("Newer").click("Newer")
    assert back.tree.xpath("//td[@data-label='What']/div/a/@href") == seen_ids[:PAGE]


# --- Who has seen a case ---------------------------------------------------------------------------------------------


def test_who_has_seen_a_case_counts_looks_and_changes_by_person(app: Flask):
    court = make_court(app)
    _learner, enrollment_id = make_learner(court, family_names="Lookedat")
    referral_id = referral_of(court, enrollment_id)
    judge = court.staff_client(Role.JUDGE, "Jo Judge")
    for _ in range(3):
        judge.get(court.url(f"cases/{enrollment_id}"))
    admin = court.staff_client(Role.ADMINISTRATOR, "Ada Admin")
    page = admin.get(court.url(f"referrals/{referral_id}")).click("Who has seen this case")
    rows = {
        "".join(row.xpath("./th")[0].itertext()).strip(): [
            "".join(cell.itertext()).strip() for cell in row.xpath("./td[@class='is-number']")
        ]
        for row in page.tree.xpath("//tbody/tr")
    }
    assert rows["Jo Judge"] == ["3", "0"]
    assert rows["Ada Admin"] == ["1", "0"]
    assert int(rows["Test Clerk"][1]) >= 2  # referred, issued a code
    look, _detail = newest(court, "audit.read_case")
    assert look.case_id == referral_id
    linked = court.staff_client(Role.SUPERVISOR).get(court.url(f"cases/{enrollment_id}"))
    assert linked.link("Who has seen this case").endswith(f"/audit/cases/{referral_id}")
    assert "Who has seen" not in court.staff_client(Role.JUDGE).get(court.url(f"cases/{enrollment_id}")).text


@pytest.mark.proves("CO-7")
def test_nothing_of_another_courts_audit_is_found(app: Flask, court: TestCourt):
    other = make_court(app)
    foreign = referral_of(other, make_referral(other, family_names="Foreignperson"))
    event, _detail = newest(other, "cases.refer")
    browser = court.staff_client(Role.ADMINISTRATOR)
    for path in (f"audit/cases/{foreign}", f"audit/events/{event.id}", f"audit/checks/{uuid4()}"):
        assert browser.get(court.url(path)).status == 404
    listed = browser.get(court.url(f"audit?case={foreign}"))
    assert "Nothing found" in listed.text
    assert "Foreignperson" not in listed.text


# --- Both languages --------------------------------------------------------------------------------------------------


def test_everything_that_has_happened_in_a_court_can_be_read(app: Flask):
    """Each event of a court in which everything happened once opens, and shows words, not names of the code."""
    lived = lived_in(app, "Auditfeather")
    court = lived.court
    browser = lived.clients[Role.ADMINISTRATOR]
    page = browser.get(court.url("audit"))
    addresses = page.tree.xpath("//td[@data-label='What']/div/a/@href")
    assert len(addresses) >= 5
    for address in addresses:
        opened = browser.get(address)
        assert opened.status == 200
        assert "." not in opened.heading
