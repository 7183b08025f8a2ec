"""Changes that help somebody take part: asked for without a diagnosis, decided by the court, honored everywhere."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.amending import amendments
from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.models import AuditEvent
from app.learning.accommodations.models import Accommodation
from app.learning.models import LessonProgress, PageEvent
from app.notices.compose import compose
from app.notices.models import Notice
from app.permissions.identity import Role
from tenants.care import AdaContact
from tenants.database import session
from tenants.letterhead import Letterhead
from tests.client import Page
from tests.curriculum import publish
from tests.factories import TestCourt, make_court
from tests.functional.learning_steps import Learner, rules
from tests.functional.test_learning_time import FIRST, Sitting

PAGE = "help-to-take-part"


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    publish(app)
    return make_court(app)


@pytest.fixture
def learner(court: TestCourt) -> Learner:
    return Learner(court)


def ask(learner: Learner, *helps: str, words: str = "") -> Page:
    page = learner.browser.get(learner.court.url(PAGE))
    return page.form("Send to the court").submit(helps=list(helps), own_words=words)


def the_row(learner: Learner) -> Accommodation:
    return learner.rows(Accommodation)[-1]


def decision(learner: Learner, role: Role = Role.CLERK) -> Page:
    return learner.court.staff_client(role).get(learner.court.url(f"accommodations/{the_row(learner).id}"))


def grant(learner: Learner, *helps: str, times: str = "2", terms: str = "") -> Page:
    return decision(learner).form("Grant what is chosen").submit(helps=list(helps), times=times, terms=terms)


def mails(learner: Learner) -> list[str]:
    with learner.court.app.app_context(), learner.court.acting():
        rows = session().scalars(select(Notice).where(Notice.recipient_id == learner.identity.id))
        return [row.template for row in rows]


def test_it_is_asked_for_granted_in_part_and_told(court: TestCourt, learner: Learner):
    page = learner.browser.get(court.url("lessons")).click("Do you need a change to take part?")
    assert "You do not have to name an illness or a disability" in page.text
    assert "ADA coordinator" in page.text
    page = ask(learner, "time", "large_print", words="canary words of mine")
    assert "Your request is with the court" in page.text
    queue = court.staff_client(Role.ADMINISTRATOR).get(court.url("accommodations"))
    assert "More time; Large print" in queue.text.replace(", Large", "; Large")
    assert "canary words" in decision(learner).text
    assert "Saved" in grant(learner, "large_print", terms="Ask at the counter for paper copies.").text
    page = learner.browser.get(court.url(PAGE))
    assert "Pages are shown in large print." in page.text
    assert "Ask at the counter for paper copies." in page.text
    assert page.tree.getroot().get("class") == "portal-large"
    assert mails(learner).count("accommodation_decided") == 1
    case = court.staff_client(Role.SUPERVISOR).get(court.url(f"cases/{learner.enrollment_id}"))
    assert "Has an accommodation" in case.text
    assert "Pages are shown in large print." in case.text
    assert "canary words" not in case.text


def test_why_is_read_by_those_who_decide_alone(court: TestCourt, learner: Learner):
    ask(learner, "breaks", words="canary words of mine")
    for role in (Role.JUDGE, Role.OFFICER, Role.SUPERVISOR, Role.FACILITATOR, Role.PROSECUTOR):
        staff = court.staff_client(role)
        assert staff.get(court.url(f"accommodations/{the_row(learner).id}")).status == 404
        assert staff.get(court.url("accommodations")).status == 404
        assert "canary" not in staff.get(court.url(f"cases/{learner.enrollment_id}")).text
    other = make_court(court.app)
    assert other.staff_client(Role.CLERK).get(other.url(f"accommodations/{the_row(learner).id}")).status == 404
    stranger = Learner(court)
    token = stranger.browser.get(court.url(PAGE)).form("Send").values()["csrf_token"]
    taken = stranger.browser.post(court.url(f"{PAGE}/{the_row(learner).id}/take-back"), {"csrf_token": token})
    assert taken.status == 404
    assert the_row(learner).state == "requested"


def test_a_no_needs_a_reason_and_says_how_to_ask_again(court: TestCourt, learner: Learner):
    ask(learner, "time")
    page = decision(learner).form("Do not grant").submit(deny="1", reason=" ")
    assert page.status == 422
    assert "Write why. The participant reads it." in page.errors()
    page.form("Do not grant").submit(deny="1", reason="The lessons have no time limit that this would change.")
    page = learner.browser.get(court.url(PAGE))
    assert "The lessons have no time limit" in page.text
    assert "You can ask again at any time" in page.text
    assert the_row(learner).state == "denied"
    assert "Your request is with the court" in ask(learner, "time", words="Reading takes me long.").text
    assert len(learner.rows(Accommodation)) == 2


def test_one_request_at_a_time_one_decision_and_taking_back(court: TestCourt, learner: Learner):
    ask(learner, "time")
    first, second = decision(learner), decision(learner, Role.ADMINISTRATOR)
    second.form("Do not grant").submit(deny="1", reason="Not now.")
    late = first.form("Grant what is chosen").submit(helps=["time"], times="3")
    assert late.status == 409
    assert the_row(learner).state == "denied"
    ask(learner, "reader")
    learner.browser.get(court.url(PAGE)).submit("Take the request back")
    assert the_row(learner).state == "withdrawn"
    assert learner.browser.get(court.url(PAGE)).form("Send to the court")
    assert ask(learner).status == 422
    assert ask(learner, "other").status == 422


def test_more_time_widens_what_counts_at_once_and_later(court: TestCourt, learner: Learner):
    page = Sitting(learner)
    start = learner.rows(PageEvent)[0].at
    for second in (20, 40, 180, 200):  # a pause of 140 seconds: a slow reader with a tablet that sleeps
        page.sign(start + timedelta(seconds=second))
    assert learner.rows(LessonProgress)[0].counted_seconds == 40 + 60 + 20
    with clock.moved_to(start + timedelta(seconds=200)):
        ask(learner, "time")
        grant(learner, "time", times="2")
    assert learner.rows(LessonProgress)[0].counted_seconds == 40 + 120 + 20
    page.sign(start + timedelta(seconds=340))
    assert learner.rows(LessonProgress)[0].counted_seconds == 40 + 120 + 20 + 120
    with clock.moved_to(start + timedelta(seconds=350)):
        learner.browser.get(court.url(PAGE)).submit("I do not need this any more")
    assert learner.rows(LessonProgress)[0].counted_seconds == 300, "what was counted is never taken away"


def test_more_time_means_no_waiting_between_tries(app: Flask):
    learner = Learner(make_court(app, document=rules(quiz_wait_hours=24)))
    learner.all_before("quiz")
    assert "You can try again from" in learner.answer(right=False).text
    ask(learner, "time")
    grant(learner, "time", times="3")
    assert "You passed with 100%" in learner.answer().text


def test_a_reader_is_allowed_on_every_lesson_and_ends_with_a_reason(court: TestCourt, learner: Learner):
    ask(learner, "reader")
    grant(learner, "reader")
    allowed = "A person may read this to you, or type what you say."
    assert allowed in learner.browser.get(learner.url(FIRST)).text
    ended = decision(learner).form("End this accommodation").submit(end="1", reason="It was for one lesson.")
    assert "Saved" in ended.text
    assert allowed not in learner.browser.get(learner.url(FIRST)).text
    assert "It was for one lesson." in learner.browser.get(court.url(PAGE)).text
    with court.app.app_context(), court.acting():
        events = session().scalars(
            select(AuditEvent.action)
            .where(AuditEvent.subject_id == UUID(str(the_row(learner).id)))
            .order_by(AuditEvent.at, AuditEvent.id)
        )
        verbs = [one.removeprefix("accommodation.") for one in events if one != "accommodation.read"]
    assert verbs == ["ask", "grant", "end"]


def _later(learner: Learner, days: int) -> tuple[date, dict[str, str]]:
    """A day so long after the deadline of now, and how it is typed."""
    with learner.court.app.app_context(), learner.court.acting():
        day = the_enrollment(learner.enrollment_id).referral.deadline + timedelta(days=days)
    return day, {"until__month": str(day.month), "until__day": str(day.day), "until__year": str(day.year)}


def _deadline(learner: Learner) -> date:
    with learner.court.app.app_context(), learner.court.acting():
        return the_enrollment(learner.enrollment_id).referral.deadline


def test_more_time_can_move_the_deadline_in_the_same_decision(court: TestCourt, learner: Learner):
    ask(learner, "time", words="canary words of mine")
    day, typed = _later(learner, 30)
    page = decision(learner).form("Grant what is chosen").submit(helps=["time"], times="2", **typed)
    assert "Saved" in page.text
    assert _deadline(learner) == day
    assert "The deadline for the lessons moved to" in learner.browser.get(court.url(PAGE)).text
    with court.app.app_context(), court.acting():
        referral_id = the_enrollment(learner.enrollment_id).referral_id
        (change,) = amendments(referral_id)
        assert (change.reason, set(change.new)) == ("More time was granted.", {"deadline"}), "never why"
        event = session().scalars(select(AuditEvent).where(AuditEvent.subject_id == referral_id)).all()
        assert "cases.amend" in {one.action for one in event}
    ended = decision(learner).form("End this accommodation").submit(end="1", reason="It was for one lesson.")
    assert "Saved" in ended.text
    assert _deadline(learner) == day, "a day that somebody planned by is not taken away"


def test_a_deadline_that_can_not_be_moved_stops_the_whole_decision_and_keeps_what_was_typed(learner: Learner):
    ask(learner, "time", "breaks")
    before = _deadline(learner)
    form = decision(learner).form("Grant what is chosen")
    _day, earlier = _later(learner, -10)
    page = form.submit(helps=["time"], times="3", terms="Ask at the counter.", **earlier)
    assert page.errors()[0] == "Choose a day after the deadline of now, and after today."
    assert "Ask at the counter." in page.text
    _day, later = _later(learner, 10)
    page = page.form("Grant what is chosen").submit(helps=["breaks"], times=None, **later)
    assert "A later deadline goes with more time" in page.errors()[0]
    assert the_row(learner).state == "requested"
    assert _deadline(learner) == before


def test_whom_to_ask_stands_where_help_is_asked_for_and_in_the_answer(app: Flask):
    contact = {"name": "ADA Coordinator Pat Lee", "phone": "555 010 0444", "email": "ada@court.example"}
    document = rules().model_copy(update={"ada_contact": AdaContact(**contact)})
    learner = Learner(make_court(app, document=document))
    page = learner.browser.get(learner.court.url(PAGE))
    for words in contact.values():
        assert words in page.text
    ask(learner, "time")
    decision(learner).form("Do not grant").submit(deny="1", reason="No limit is there that this would change.")
    page = learner.browser.get(learner.court.url(PAGE))
    said = " ".join(page.tree.find(".//main").itertext())
    assert said.count("555 010 0444") == 2, "beside the no, and under the rights"
    with app.app_context(), learner.court.acting():
        query = select(Notice).where(Notice.template == "accommodation_decided")
        mail = compose(session().scalars(query).one(), "A Court")
    assert "ask: ADA Coordinator Pat Lee, 555 010 0444, ada@court.example." in mail.get_body(("plain",)).get_content()
    assert "ADA" not in mail["Subject"]


def test_a_court_that_names_nobody_is_reached_by_its_own_phone(app: Flask):
    letterhead = Letterhead(phone="555 010 0555")
    reports = rules().reports.model_copy(update={"letterhead": letterhead})
    learner = Learner(make_court(app, document=rules().model_copy(update={"reports": reports})))
    rights = learner.browser.get(learner.court.url(PAGE)).tree.xpath("//main//a[starts-with(@href, 'tel:')]/text()")
    assert "555 010 0555" in rights
