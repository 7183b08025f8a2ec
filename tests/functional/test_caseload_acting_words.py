"""A message to several people from a ready text, and the hearings of one calendar recorded together."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.caseload.acting import services
from app.caseload.acting.rules import Details, Own, What, Why
from app.cases.lookups import hearings, the_enrollment
from app.cases.messages.models import CaseMessage
from app.cases.messages.services import send_message
from app.cases.models import Hearing
from app.core import clock
from app.core.errors import Refused
from app.notices.models import Notice
from app.permissions.identity import Role
from tenants.database import session, transaction
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.test_caseload_acting import choose, do, prepared, states, table

NOW = datetime(2027, 2, 10, 18, 0, tzinfo=UTC)
TODAY = date(2027, 2, 10)


def messages(court: TestCourt) -> dict[UUID, tuple[str, UUID | None]]:
    with court.app.app_context(), court.acting():
        rows = session().scalars(select(CaseMessage).where(CaseMessage.author_id.is_not(None)))
        return {row.enrollment_id: (row.text, row.author_id) for row in rows}


def heard(court: TestCourt, enrollment_id: UUID) -> list[tuple[date, time | None, str, str | None]]:
    with court.app.app_context(), court.acting():
        rows = hearings(the_enrollment(enrollment_id).referral_id)
        return [(row.on_date, row.at_time, row.outcome, row.orders) for row in rows]


def test_one_text_goes_to_several_each_in_their_words_and_nothing_is_read_by_it(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    soon = {"officer_id": officer.id, "hearing_on": TODAY + timedelta(days=5)}
    with clock.moved_to(NOW):
        ana, ben = (make_learner(court, family_names=name, **soon) for name in ("Ana", "Ben"))
        rosa = make_learner(court, family_names="Rosa", language="es", **soon)
        no_day = make_learner(court, family_names="Noday", officer_id=officer.id)
        new = make_referral(court, family_names="New", officer_id=officer.id)
        with app.test_request_context(), court.acting():
            send_message(ben[1], "Can I come at noon?", actor=ben[0])
        browser = court.client(officer)
        details = choose(browser.get(court.url("caseload")), "message", ana[1], ben[1], rosa[1], no_day[1], new)
        assert "Please call me" not in details.text  # its places only a person can fill
        assert "Choose a text." in details.submit("See what would happen", text="").errors()
        refused = details.submit("See what would happen", text="call")
        assert refused.status == 422
        preview = details.submit("See what would happen", text="hearing")
        assert "As Robin Ana will read it" in preview.text
        assert "Hello Robin. Your next hearing is on Monday, February 15, 2027." in preview.text
        assert dict(table(preview, "For whom it is done"))["Robin Rosa"] == "Gets the text in Spanish."
        assert dict(table(preview, "Who is left out")) == {
            "Robin Noday": "The text names something that this case does not have, such as a next hearing.",
            "Robin New": "Has no account yet, so nobody would read it.",
        }
        assert messages(court) == {}
        result = preview.submit("Do it for 3 people")
        assert "3 done, 0 not done, 2 left out before." in result.text
        preview.submit("Do it for 3 people")  # pressed twice
        sent = messages(court)
        assert set(sent) == {ana[1], ben[1], rosa[1]}
        assert "lunes, 15 de febrero de 2027" in sent[rosa[1]][0]
        assert {author for _text, author in sent.values()} == {officer.id}
        # What Ben asked still waits for an answer.
        assert "Message to answer" in browser.get(court.url("today")).text
        with app.app_context(), court.acting():
            told = session().scalars(select(Notice.template).where(Notice.template == "case_message")).all()
        assert len(told) == 3
        # At the counter nobody writes in the place of the officer.
        clerk = court.member(Role.CLERK)
        theirs = prepared(court, What.MESSAGE, [ana[1]], clerk, Details(text="x", text_en="Hello.", text_es=""))
        assert states(court, theirs) == {ana[1]: ("left_out", Why.NOT_YOURS)}


def test_a_text_that_changed_after_the_preview_goes_out_as_it_was_shown(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    with clock.moved_to(NOW):
        _learner, ana = make_learner(court, family_names="Ana", officer_id=officer.id)
        browser, writer = court.client(officer), court.staff_client(Role.SUPERVISOR)
        writer.get(court.url("message-templates/new")).submit(
            "Save the text", title="Office closed", en="Hello [first name]. We are closed on Friday.", es=""
        )
        details = choose(browser.get(court.url("caseload")), "message", ana)
        key = details.tree.xpath("//option[contains(., 'Office closed')]/@value")[0]
        preview = details.submit("See what would happen", text=key)
        writer.get(court.url(f"message-templates/{key}")).submit("Save the text", en="[Day]: open again.")
        assert "Office closed" not in choose(browser.get(court.url("caseload")), "message", ana).text
        assert "For one person at a time" in writer.get(court.url("message-templates")).text
        preview.submit("Do it for 1 person")
        assert messages(court)[ana][0] == "Hello Robin. We are closed on Friday."


@pytest.mark.proves("IO-5")
def test_the_hearings_of_one_calendar_are_recorded_together_each_with_its_own(app):
    court = make_court(app)
    officer, judge = court.member(Role.OFFICER), court.member(Role.JUDGE)
    with clock.moved_to(NOW):
        ana, ben, cay, dee = (
            make_learner(court, family_names=name, officer_id=officer.id, hearing_on=TODAY, hearing_at=time(9 + n))[1]
            for n, name in enumerate(("Ana", "Ben", "Cay", "Dee"))
        )
        _learner, other = make_learner(court, family_names="Otherday", officer_id=officer.id)
        browser = court.client(judge)
        calendar = browser.get(court.url("calendar"))
        chosen = calendar.tree.xpath("//form[.//button[contains(., 'together')]]//input[@name='case']/@value")
        assert chosen == [str(one) for one in (ana, ben, cay, dee)]
        details = calendar.submit("Record 4 hearings together", case=chosen)
        assert "4 people are chosen." in details.text
        people = {key: f"people-{n}-" for n, key in enumerate((ana, ben, cay, dee))}
        own = {
            f"{people[ben]}outcome": "did_not_appear",
            f"{people[ben]}orders": "Call the officer.",
            f"{people[cay]}outcome": "dismissed",
            f"{people[dee]}outcome": "skip",
        }
        then = {"next_on-month": "4", "next_on-day": "14", "next_on-year": "2027", "next_at": "9:30 AM"}
        said = {"kind": "review", "outcome": "held", "orders": "Go on as before."} | own | then
        assert (
            "Write the day of the next hearing too."
            in details.submit(
                "See what would happen", **{**said, "next_on-month": "", "next_on-day": "", "next_on-year": ""}
            ).errors()
        )
        wordless = details.submit("See what would happen", **{**said, "orders": "", f"{people[cay]}outcome": "other"})
        assert "Write what came of it." in wordless.errors()
        assert "Call the officer." in wordless.data.decode()  # what was typed is kept
        preview = details.submit("See what would happen", **said)
        next_words = "Next hearing: April 14, 2027."
        assert dict(table(preview, "For whom it is done")) == {
            "Robin Ana": f"9:00 AM: Held. Ordered: Go on as before. {next_words}",
            "Robin Ben": f"10:00 AM: Did not appear. Ordered: Call the officer. {next_words}",
            "Robin Cay": "11:00 AM: Case completed or dismissed.",  # the orders are of those with the outcome of all
        }
        assert dict(table(preview, "Who is left out")) == {"Robin Dee": "You left this person out."}
        assert "Did not appear" in preview.click("Change what you entered").data.decode()
        assert heard(court, ana) == [(TODAY, time(9), "", None)]
        result = preview.submit("Do it for 3 people")
        assert "3 done, 0 not done, 1 left out before." in result.text
        preview.submit("Do it for 3 people")
        assert heard(court, ana) == [
            (TODAY, time(9), "held", "Go on as before."),
            (date(2027, 4, 14), time(9, 30), "", None),
        ]
        assert heard(court, ben)[0][2:] == ("did_not_appear", "Call the officer.")
        assert heard(court, cay) == [(TODAY, time(11), "dismissed", "")]
        assert heard(court, dee) == [(TODAY, time(12), "", None)]
        calendar = result.click("Back: Calendar")
        assert "Did not appear" in calendar.text
        assert "Record 2 hearings" not in calendar.text  # one is left: by itself, and back to the same place
        one = calendar.click("Record the hearing")
        back = one.submit("Record the hearing", kind="review", outcome="held")
        assert back.heading.startswith("Today, ")
        assert "The hearing of Robin Dee is recorded." in back.text
        # Somebody who is not heard that day, and somebody of whom it is recorded.
        again = prepared(
            court, What.HEARING, [ana, other], officer, Details(on_date=TODAY, kind="review", outcome="held")
        )
        assert states(court, again) == {
            ana: ("left_out", Why.RECORDED),
            other: ("left_out", Why.NOT_ON_CALENDAR),
        }


def test_what_is_recorded_meanwhile_stays_as_it_is(app):
    court = make_court(app)
    officer = court.member(Role.OFFICER)
    held = Details(on_date=TODAY, kind="review", outcome="held")
    with clock.moved_to(NOW):
        ana, ben = (
            make_learner(court, family_names=name, officer_id=officer.id, hearing_on=TODAY)[1] for name in ("A", "B")
        )
        action = prepared(court, What.HEARING, [ana, ben], officer, held)
        single = prepared(
            court, What.HEARING, [ana], officer, Details(on_date=TODAY, kind="review", outcome="returned")
        )
        do(court, single, officer)
        do(court, action, officer)
        assert states(court, action) == {ana: ("not_done", Why.CHANGED), ben: ("done", "")}
        assert heard(court, ana)[0][2] == "returned"
        with app.test_request_context(), court.acting():
            with transaction() as current:
                current.add(Hearing(referral_id=the_enrollment(ana).referral_id, on_date=TODAY + timedelta(days=1)))
            tomorrow = services.prepare(What.HEARING, [ana], actor=officer)
            with pytest.raises(Refused, match="has not come yet"):
                services.set_details(
                    tomorrow,
                    Details(on_date=TODAY + timedelta(days=1), kind="review", outcome="held"),
                    own={ana: Own("other", "x")},
                    actor=officer,
                )
