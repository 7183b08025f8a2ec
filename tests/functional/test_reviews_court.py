"""The queue at one court: who has taken what, what stands beside it, and what protects those who read."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.accountability.models import CheckIn
from app.accounts.models import Membership
from app.cases.models import Enrollment
from app.core import clock
from app.core.models import AuditEvent
from app.learning.models import Reflection
from app.permissions.identity import Role
from app.reviews.models import ReviewItem
from app.reviews.queue import PAGE
from tenants.database import SET_COURT, role_transaction, session, transaction
from tenants.keys import uuid7
from tests.factories import TestCourt, make_court
from tests.functional.accounts_people import colleague
from tests.functional.learning_steps import rules
from tests.functional.reviews_kit import NAME, handed_in, sent_check_in, state_of


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app)


def check_in_url(court: TestCourt, check_in_id: object, rest: str = "") -> str:
    return court.url(f"check-ins/review/{check_in_id}{rest}")


def test_the_longest_waiting_comes_first_and_can_be_narrowed(app: Flask):
    court = make_court(app)
    with clock.moved_to(clock.now() - timedelta(days=2, hours=1)):
        sent_check_in(court)
    handed_in(court)
    reader = court.staff_client(Role.FACILITATOR)
    page = reader.get(court.url("reviews"))
    kinds = ["".join(cell.itertext()) for cell in page.tree.xpath("//tbody//td[@data-label='What']")]
    assert kinds == ["Check-in", "Reflection"]
    assert "2 days" in page.text
    assert "less than an hour" in page.text
    assert NAME not in page.data.decode()
    only = reader.get(court.url("reviews?kind=reflection")).text
    assert "Reflection" in only
    assert "2 days" not in only
    assert "Nothing waits for you" in reader.get(court.url("reviews?language=es")).text
    assert "2 days" in reader.get(court.url("reviews?language=en&kind=nonsense&after=x")).text
    # Officers and supervisors know the person; reflections are not theirs to read.
    supervisor = court.staff_client(Role.SUPERVISOR).get(court.url("reviews"))
    assert supervisor.text.count(NAME) == 1
    assert "Reflection" not in supervisor.tree.xpath("string(//table)")


def test_a_long_queue_has_pages(app: Flask):
    court, now = make_court(app), clock.now()
    with app.app_context(), court.acting(), transaction() as current:
        for number in range(PAGE + 3):
            since = now - timedelta(days=100 - number)
            current.add(
                ReviewItem(
                    kind="reflection",
                    subject_id=uuid4(),
                    pseudonym=f"P{number:03d}",
                    language="en",
                    waiting_since=since,
                )
            )
    reader = court.staff_client(Role.FACILITATOR)
    first = reader.get(court.url("reviews"))
    second = first.click("More")
    assert "P000" in first.text
    assert f"P{PAGE:03d}" not in first.text
    assert [f"P{PAGE + n:03d}" in second.text for n in range(3)] == [True] * 3
    assert "P000" not in second.text


def test_what_somebody_has_taken_is_theirs_until_the_time_is_over(court: TestCourt):
    check_in = sent_check_in(court)
    wren, lark = court.staff_client(Role.FACILITATOR, "Wren"), court.staff_client(Role.SUPERVISOR, "Lark")
    url = check_in_url(court, check_in)
    before = lark.get(url)
    page = wren.get(url).submit("Take it for 20 minutes")
    assert "You have taken this one" in page.text
    seen = lark.get(url)
    assert "Being reviewed by Facilitator, until" in seen.text
    assert not seen.tree.xpath("//button[contains(., 'Accept')]")
    assert "until" in lark.get(court.url("reviews")).text
    late = before.submit("Accept")  # a page that was opened before
    assert late.status == 422
    assert "is reviewing this now" in late.errors()[0]
    assert state_of(court, CheckIn, check_in) == "submitted"
    with clock.moved_to(clock.now() + timedelta(minutes=21)):
        taken = court.client(court.member(Role.SUPERVISOR, "Lark")).get(url).submit("Take it for 20 minutes")
        assert "You have taken this one" in taken.text
        refused = court.client(court.member(Role.FACILITATOR, "Wren")).get(url)
        assert "Being reviewed by Lark" in refused.text
        taken.submit("Accept")
    assert state_of(court, CheckIn, check_in) == "accepted"


def test_one_is_taken_once_and_can_be_given_back(app: Flask):
    court = make_court(app)
    sent_check_in(court)
    one, two = court.staff_client(Role.FACILITATOR, "One"), court.staff_client(Role.FACILITATOR, "Two")
    page = one.get(court.url("reviews")).submit("Take the next one")
    assert "You have taken this one" in page.text
    assert "Nothing is free just now" in two.get(court.url("reviews")).submit("Take the next one").text
    assert "It waits for whoever comes next" in page.submit("Give it back").text
    assert "You have taken this one" in two.get(court.url("reviews")).submit("Take the next one").text


def test_what_came_before_stands_beside_it_without_a_name(court: TestCourt):
    first = sent_check_in(court, "The first words.")
    with court.app.app_context(), court.acting(), transaction() as current:
        row = current.scalars(select(CheckIn).where(CheckIn.id == first)).one()
        values = {
            name: getattr(row, name) for name in ("enrollment_id", "opens_at", "due_on", "closes_at", "grace_until")
        }
        row.state, row.feedback = "accepted", "Well done so far."
        second = uuid7()
        answers = {**row.answers, "statement": "The second words."}
        current.add(
            CheckIn(id=second, number=2, state="submitted", submitted_at=clock.now(), answers=answers, **values)
        )
    page = court.staff_client(Role.FACILITATOR).get(check_in_url(court, second))
    for words in ("The second words.", "The first words.", "Well done so far."):
        assert words in page.text
    assert NAME not in page.data.decode()


def test_hostile_words_are_behind_a_veil_that_opens(court: TestCourt):
    harsh, calm = sent_check_in(court, "You are all whores and I hate this."), sent_check_in(court, "I was in Essex.")
    page = court.staff_client(Role.FACILITATOR).get(check_in_url(court, harsh))
    (veil,) = page.tree.xpath("//details[contains(., 'I hate this')]")
    assert "Show the text" in veil.xpath("string(summary)")
    assert veil.get("open") is None
    assert not court.staff_client(Role.FACILITATOR).get(check_in_url(court, calm)).tree.xpath("//details")


def test_enough_is_enough_for_a_day_and_a_supervisor_may_lift_it(app: Flask):
    document = rules().model_copy(update={"reviewing": rules().reviewing.model_copy(update={"daily_limit": 2})})
    court = make_court(app, document=document)
    ids = [sent_check_in(court) for _ in range(3)]
    reader = court.staff_client(Role.FACILITATOR)
    opened = [reader.get(check_in_url(court, one)) for one in ids]
    assert [page.status for page in opened] == [200, 200, 429]
    assert "That is enough for one day" in opened[2].text
    assert "A good month." not in opened[2].text
    assert reader.get(check_in_url(court, ids[0])).status == 200, "what was opened can be finished"
    refused = reader.post(check_in_url(court, ids[2]), opened[0].form("Accept").values())
    assert refused.status == 429
    assert state_of(court, CheckIn, ids[2]) == "submitted"
    with clock.moved_to(clock.now() + timedelta(days=1)):
        again = court.client(court.member(Role.FACILITATOR))
        assert again.get(check_in_url(court, ids[2])).status == 200, "a new day"
    oversight = court.staff_client(Role.SUPERVISOR).get(court.url("reviews/oversight"))
    assert "The limit is lifted for today" in oversight.submit("Lift for today").text
    assert reader.get(check_in_url(court, ids[2])).status == 200
    for role in (Role.OFFICER, Role.FACILITATOR, Role.CLERK):
        assert court.staff_client(role).get(court.url("reviews/oversight")).status == 404


def test_a_flag_asks_a_supervisor_and_changes_nothing(court: TestCourt):
    reflection = handed_in(court, "Text of the reflection itself.")
    reader = court.staff_client(Role.FACILITATOR)
    page = reader.get(court.url(f"reflections/{reflection}")).click("Flag for a supervisor")
    assert page.submit("Flag it", reason="own_words", words=" ").status == 422
    assert (
        "changes nothing for the participant"
        in page.submit("Flag it", reason="own_words", words="Reads like a leaflet.").text
    )
    assert state_of(court, Reflection, reflection) == "submitted"
    supervisor = court.staff_client(Role.SUPERVISOR)
    seen = supervisor.get(court.url("reviews/oversight")).click(NAME)
    assert "Reads like a leaflet." in seen.text
    assert "Text of the reflection itself." not in seen.text, "its page said who reads it"
    assert "Looked at" in seen.submit("Save", words="Talked with the officer.").text
    for role in (Role.OFFICER, Role.FACILITATOR, Role.CLERK, Role.JUDGE):
        assert court.staff_client(role).get(seen.url).status == 404


def test_a_grant_for_one_language_shows_that_language_alone(app: Flask):
    court = make_court(app)
    check_in = sent_check_in(court)
    reader = court.member(Role.FACILITATOR)
    with app.app_context():
        grant_language(court, reader.id, "es")
    browser = court.client(reader)
    assert "Nothing waits for you" in browser.get(court.url("reviews")).text
    assert browser.get(check_in_url(court, check_in)).status == 404
    assert browser.get(check_in_url(court, check_in, "/flag")).status == 404
    with app.app_context():
        grant_language(court, reader.id, "en")
    assert browser.get(check_in_url(court, check_in)).status == 200


def grant_language(court: TestCourt, member: object, language: str) -> None:
    """As JaneSchool's console does: the portal's own role may not change a grant's language."""
    with role_transaction("platform") as platform:
        platform.connection().exec_driver_sql(SET_COURT, (str(court.id),))
        platform.execute(update(Membership).where(Membership.id == member).values(review_language=language))


def test_an_officer_has_the_own_caseload_alone(court: TestCourt):
    mine = court.member(Role.OFFICER, "Mine")
    check_in = sent_check_in(court, officer=mine)
    theirs = court.staff_client(Role.OFFICER, "Other")
    assert court.client(mine).get(court.url("reviews")).text.count(NAME) == 1
    assert NAME not in theirs.get(court.url("reviews")).text
    assert theirs.get(check_in_url(court, check_in)).status == 404
    assert "Nothing is free" in theirs.get(court.url("reviews")).submit("Take the next one").text


def test_reading_is_audited_and_looking_at_the_queue_claims_nothing(court: TestCourt):
    check_in = sent_check_in(court)
    court.staff_client(Role.FACILITATOR).get(check_in_url(court, check_in))
    with court.app.app_context(), court.acting():
        looks = session().scalar(select(func.count()).where(AuditEvent.subject_id == check_in))
        claimed = session().scalars(select(ReviewItem.claimed_by).where(ReviewItem.subject_id == check_in)).one()
        assert session().scalar(select(func.count()).select_from(Enrollment))
    assert (looks, claimed) == (1, None)


def test_facilitators_are_shown_the_way_to_the_one_queue(court: TestCourt):
    person = colleague(court, role=Role.FACILITATOR)
    assert person.membership_id
    assert "/review/" in court.staff_client(Role.FACILITATOR).get(court.url("reviews")).link("Open the one queue")
    assert "one queue" not in court.staff_client(Role.SUPERVISOR).get(court.url("reviews")).text
