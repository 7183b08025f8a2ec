"""A concern reaches whoever is on call at once, shows what to do, and stands nowhere else."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import select

from app.accountability.models import CheckIn
from app.cases.lookups import the_enrollment
from app.concerns import services
from app.concerns.models import Concern, ConcernStep
from app.concerns.rules import Danger, Place
from app.core import clock
from app.core.actor import ActorKind
from app.core.models import AuditDetail
from app.learning.pseudonym import pseudonym
from app.notices.compose import compose
from app.notices.models import Notice
from app.permissions.identity import Identity, Role
from tenants import rules as court_rules
from tenants.database import session
from tenants.program import ProgramDocument
from tests.client import Page
from tests.daily import daily_roles
from tests.factories import TestCourt, make_court
from tests.functional.accounts_people import Colleague, colleague
from tests.functional.learning_steps import rules
from tests.functional.lived_in import LivedIn, lived_in
from tests.functional.reviews_kit import NAME, facilitator, item_id, sent_check_in, sign_in

WORDS = "He wrote that he does not want to wake up tomorrow."


def on_call_rules(*people: Colleague | tuple[str, str]) -> ProgramDocument:
    document = rules().to_json()
    document["concerns"]["on_call"] = [
        {
            "name": f"Duty {number}",
            "email": one.email if isinstance(one, Colleague) else one[1],
            "phone": "555 010 0199",
        }
        for number, one in enumerate(people, start=1)
    ]
    return ProgramDocument.model_validate(document)


def raised(page: Page, kind: str = "suicide", words: str = WORDS) -> Page:
    return page.click("Raise a concern").submit("Raise the concern", kind=kind, words=words)


def mails(court: TestCourt) -> list[Notice]:
    with court.app.app_context(), court.acting():
        query = select(Notice).where(Notice.template == "concern_raised").order_by(Notice.created_at, Notice.id)
        return list(session().scalars(query))


def the_concern(court: TestCourt) -> Concern:
    with court.app.app_context(), court.acting():
        return session().scalars(select(Concern)).one()


def steps(court: TestCourt) -> list[str]:
    with court.app.app_context(), court.acting():
        return list(session().scalars(select(ConcernStep.step).order_by(ConcernStep.at, ConcernStep.id)))


def run_schedule(court: TestCourt) -> None:
    with court.app.app_context(), court.acting():
        services.pass_on()


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def publish(court: TestCourt, document: ProgramDocument) -> None:
    with court.app.app_context(), court.acting():
        court_rules.publish(document, by=None, reason="for a test", at=clock.now())


def test_whoever_raises_it_sees_at_once_what_to_do_and_whom_to_call(court: TestCourt):
    check_in = sent_check_in(court)
    page = court.staff_client(Role.FACILITATOR).get(court.url(f"check-ins/review/{check_in}"))
    form = page.click("Raise a concern")
    assert "988" in form.text, "whom to call stands above the form"
    empty = form.submit("Raise the concern", kind="suicide", words=" ")
    assert empty.status == 422
    assert "Say what you saw or heard." in empty.errors()
    done = empty.submit("Raise the concern", words=WORDS)
    for number in ("911", "988", "1-888-373-7888", "1-800-422-4453"):
        assert number in done.text
    assert "It has gone out" in done.text
    assert "Do not investigate" in done.text
    assert NAME not in done.data.decode()
    assert the_concern(court).place == "check_in"


def test_it_reaches_who_is_on_call_by_a_mail_that_says_nothing(court: TestCourt):
    first, second = colleague(court, role=Role.OFFICER), colleague(court, role=Role.CLERK)
    publish(court, on_call_rules(("ghost", "nobody@court.example"), first, second))
    check_in = sent_check_in(court)
    raised(court.staff_client(Role.SUPERVISOR).get(court.url(f"check-ins/review/{check_in}")))
    (mail,) = mails(court)
    assert mail.to_address == first.email
    with court.app.app_context(), court.acting():
        message = compose(mail, "Court of Example")
    said = f"{message['Subject']} {message.get_body(('plain',)).get_content()}".lower()  # type: ignore[union-attr]  # it has one
    for word in ("suicide", "concern ", "danger", NAME.lower(), "wake up"):
        assert word not in said
    assert str(mail.page).startswith("concerns/")
    assert mail.enrollment_id is None, "no list of a case's messages shows it"


def test_without_anybody_on_call_all_administrators_are_asked(court: TestCourt):
    one, two = colleague(court, role=Role.ADMINISTRATOR), colleague(court, role=Role.ADMINISTRATOR)
    check_in = sent_check_in(court)
    raised(court.staff_client(Role.SUPERVISOR).get(court.url(f"check-ins/review/{check_in}")))
    assert {mail.to_address for mail in mails(court)} == {one.email, two.email}


def member_of(court: TestCourt, person: Colleague, role: Role) -> Identity:
    return Identity(kind=ActorKind.STAFF, id=person.membership_id, role=role, court_id=court.id, fully_signed_in=True)


def test_the_person_on_call_sees_who_it_is_and_each_step_is_kept(court: TestCourt):
    duty = colleague(court, role=Role.CLERK)
    publish(court, on_call_rules(duty))
    check_in = sent_check_in(court)
    wren = court.member(Role.FACILITATOR, "Wren Realname")
    page = raised(court.client(wren).get(court.url(f"check-ins/review/{check_in}")))
    assert "Realname" not in page.tree.xpath("string(//main)")
    assert "Duty 1" in page.text
    on_call = court.client(member_of(court, duty, Role.CLERK))
    seen = on_call.get(court.url("concerns")).click("Somebody may hurt themselves")
    assert NAME in seen.text
    assert "Wren Realname" in seen.text, "the one reader for whom a facilitator has a name"
    assert WORDS in seen.text
    seen = seen.submit("Save", step="seen", words="")
    refused = seen.submit("Save", step="called", words=" ")
    assert "Say whom you called" in refused.errors()[0]
    seen = refused.submit("Save", step="called", words="Spoke with 988.")
    seen = seen.submit("Save", step="handed_over", words="To the crisis team.")
    seen = seen.submit("Save", step="closed", words="He is safe with his sister.")
    assert "He is safe with his sister." in seen.text
    assert not seen.tree.xpath("//main//form"), "closed"
    assert steps(court) == ["seen", "called", "handed_over", "closed"]
    administrator = court.staff_client(Role.ADMINISTRATOR).get(seen.url)
    assert WORDS in administrator.text
    assert "Realname" not in administrator.text
    again = court.client(wren).get(seen.url)
    assert "Handed over" in again.text
    assert "crisis team" not in again.text
    assert not again.tree.xpath("//main//form")


def test_nobody_else_sees_it(court: TestCourt):
    officer = court.member(Role.OFFICER, "Assigned")
    check_in = sent_check_in(court, officer=officer)
    page = raised(court.client(officer).get(court.url(f"check-ins/review/{check_in}")))
    with court.app.app_context(), court.acting():
        enrollment_id = session().scalars(select(CheckIn.enrollment_id).where(CheckIn.id == check_in)).one()
    for role in (Role.SUPERVISOR, Role.CLERK, Role.JUDGE, Role.PROSECUTOR, Role.FACILITATOR):
        client = court.staff_client(role)
        assert client.get(page.url).status == 404, role
        assert "Somebody may hurt" not in client.get(court.url("concerns")).text, role
    other = court.staff_client(Role.OFFICER, "Other")
    assert other.get(page.url).status == 404
    mine = court.client(officer)
    own = mine.get(page.url)
    assert own.status == 200
    answer = mine.post(page.url, {**raise_form_values(own), "step": "closed", "words": "Nothing."})
    assert answer.status == 200
    assert steps(court) == [], "whoever raised it does not close it"
    audit = court.staff_client(Role.SUPERVISOR).get(court.url("audit")).text
    assert str(enrollment_id) not in audit
    with court.app.app_context(), court.acting():
        details = str([(one.old, one.new) for one in session().scalars(select(AuditDetail))])
    assert WORDS not in details


def raise_form_values(page: Page) -> dict[str, str]:
    token = page.tree.xpath("//input[@name='csrf_token']/@value")[0]
    return {"csrf_token": token, "submission_id": "018f3c4e-0000-7000-8000-000000000001"}


def test_not_seen_in_time_the_others_are_asked_once(court: TestCourt):
    first, second = colleague(court, role=Role.OFFICER), colleague(court, role=Role.CLERK)
    administrator = colleague(court, role=Role.ADMINISTRATOR)
    publish(court, on_call_rules(first, second))
    check_in = sent_check_in(court)
    raised(court.staff_client(Role.SUPERVISOR).get(court.url(f"check-ins/review/{check_in}")))
    with clock.moved_to(clock.now() + timedelta(minutes=29)):
        run_schedule(court)
    assert len(mails(court)) == 1
    with clock.moved_to(clock.now() + timedelta(minutes=31)):
        run_schedule(court)
        run_schedule(court)
    assert [mail.to_address for mail in mails(court)][1:] == [second.email, administrator.email]
    assert steps(court) == ["passed_on"]


def test_seen_in_time_nobody_else_is_asked(court: TestCourt):
    first, second = colleague(court, role=Role.OFFICER), colleague(court, role=Role.CLERK)
    publish(court, on_call_rules(first, second))
    check_in = sent_check_in(court)
    page = raised(court.staff_client(Role.SUPERVISOR).get(court.url(f"check-ins/review/{check_in}")))
    court.client(member_of(court, first, Role.OFFICER)).get(page.url).submit("Save", step="seen", words="")
    with clock.moved_to(clock.now() + timedelta(hours=3)):
        run_schedule(court)
    assert len(mails(court)) == 1
    assert steps(court) == ["seen"]


def test_from_the_one_queue_and_from_a_case(court: TestCourt):
    person = facilitator(court)
    check_in = sent_check_in(court)
    browser = sign_in(person)
    page = raised(browser.get(f"/review/item/{item_id(court, check_in)}"), kind="child", words="From the queue.")
    assert page.url.startswith("/review/court/")
    assert "988" in page.text
    assert NAME not in page.data.decode()
    with court.app.app_context(), court.acting():
        enrollment_id = session().scalars(select(CheckIn.enrollment_id).where(CheckIn.id == check_in)).one()
    assert pseudonym(enrollment_id) in page.text
    clerk = court.staff_client(Role.CLERK)
    of_case = raised(clerk.get(court.url(f"cases/{enrollment_id}")), kind="threat", words="At the counter.")
    assert "At the counter." in of_case.text
    theirs = f"/review/court/{court.id}/concern/{of_case.url.rpartition('/')[2]}"
    assert browser.get(theirs).status == 404, "raised by somebody else"
    other = make_court(court.app)
    assert browser.get(f"/review/court/{other.id}/concern/{page.url.rpartition('/')[2]}").status == 404


def test_sent_twice_is_one_concern(court: TestCourt):
    check_in = sent_check_in(court)
    client = court.staff_client(Role.SUPERVISOR)
    form = client.get(court.url(f"check-ins/review/{check_in}")).click("Raise a concern")
    one = form.submit("Raise the concern", kind="threat", words=WORDS)
    two = form.submit("Raise the concern", kind="threat", words=WORDS)
    assert one.url == two.url
    the_concern(court)


def test_what_was_said_stays_as_it_was_said(court: TestCourt):
    check_in = sent_check_in(court)
    raised(court.staff_client(Role.SUPERVISOR).get(court.url(f"check-ins/review/{check_in}")))
    for table in (Concern, ConcernStep):
        with court.app.app_context(), court.acting(), pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            session().execute(sa.update(table).values(words="nothing").execution_options(synchronize_session=False))


ROLES = (Role.ADMINISTRATOR, Role.CLERK, Role.JUDGE, Role.PROSECUTOR, Role.OFFICER, Role.SUPERVISOR, Role.LEARNER)


@pytest.fixture(scope="module")
def lived(app: Flask) -> LivedIn:
    found = lived_in(app, "Marshlantern")
    with app.app_context(), found.court.acting():
        enrollment = the_enrollment(session().scalars(select(Concern.enrollment_id)).one())
        services.raise_concern(
            enrollment.id,
            Danger.CHILD,
            "Zephyrword of a concern",
            Place.CASE,
            actor=found.people[Role.FACILITATOR],
        )
    return found


@pytest.mark.proves("CD-7")
@pytest.mark.parametrize("role", daily_roles(ROLES))
def test_the_words_of_a_concern_stand_on_no_other_page_and_in_no_file(app: Flask, lived: LivedIn, role: Role):
    faults = []
    for rule in app.url_map.iter_rules():
        if "court_slug" not in rule.arguments or "GET" not in (rule.methods or ()):
            continue
        if rule.endpoint == "concerns.concern" and role is Role.ADMINISTRATOR:
            continue
        response = lived.clients[role].http.get(lived.path(rule))
        if b"Zephyrword" in response.data or (b"A child may be at risk" in response.data and not may_know(rule, role)):
            faults.append(rule.endpoint)
    assert faults == []


def may_know(rule: object, role: Role) -> bool:
    endpoint = str(getattr(rule, "endpoint", ""))
    form = "concern" in endpoint and endpoint != "concerns.listed"  # asks which of the four it is
    return form or (endpoint == "concerns.listed" and role is Role.ADMINISTRATOR)


def test_the_editor_asks_and_refuses_a_person_twice(court: TestCourt):
    document = rules().to_json()
    person = {"name": "A", "email": "a@court.example"}
    document["concerns"]["on_call"] = [person, {**person, "email": "A@court.example"}]
    with pytest.raises(ValueError, match="listed twice"):
        ProgramDocument.model_validate(document)
    page = court.staff_client(Role.ADMINISTRATOR).get(court.url("program-rules"))
    assert "1-888-373-7888" in page.text
