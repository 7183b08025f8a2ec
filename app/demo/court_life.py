"""What a court itself leaves behind in the demo: a file of referrals, a hold, a withdrawal, a draft of new rules,
a flag, a concern."""

from __future__ import annotations

from datetime import timedelta

from app.accountability.terminating import services as terminating
from app.accountability.terminating.lookups import terminations_of
from app.accountability.violations import deciding
from app.accountability.violations.lookups import violations_of
from app.accountability.violations.opening import note_by_hand
from app.accountability.violations.rules import Outcome, ViolationKind
from app.batches.caseloads import request_caseload
from app.batches.lookups import Wanted, subjects
from app.batches.rules import What
from app.batches.services import start
from app.caseload.acting.rules import What as Act
from app.caseload.acting.services import go_on, prepare
from app.caseload.acting.services import start as begin_acting
from app.caseload.everyone.saving import save_view
from app.caseload.everyone.wanted import Wanted as AskedList
from app.cases import holding
from app.cases.imports import services as imports
from app.cases.imports.columns import Kind
from app.cases.lookups import visible_enrollments
from app.cases.models import Enrollment
from app.concerns.rules import Danger, Place, Step
from app.concerns.services import note_step, raise_concern
from app.core import audit_checks, clock
from app.court_admin.court_parts import PART_BY_KEY
from app.court_admin.drafting import mark
from app.court_admin.drafts import save_part, start_draft
from app.court_admin.services import publish_rules
from app.demo.learner import Court, Learner
from app.reports.court_kinds.services import Asked, Telling, request_non_compliance
from app.reviews.flags import flag
from app.reviews.queue import next_free
from app.reviews.rules import FlagReason
from app.reviews.rules import Kind as ReviewKind
from tenants.database import acting_as, session
from tenants.program import Decider
from tenants.report_schedules import Schedules
from tenants.rules import rules_in_force

HEADINGS = "Given names,Family names,Birth date,Case number,Order date"
PEOPLE = (
    ("Reese", "Alvarado", "2/11/1992", "RIF-2602150"),
    ("Quinn", "Delgado-Ruiz", "7/30/1984", ""),
    ("Skyler", "Thompson", "11/5/1977", "RIF-2602152"),
)
AGAIN = ("Reese", "Alvarado", "2/11/1992", "RIF-2602150")
WRONG = ("Pat", "Moreau", "31/4/1990", "RIF-2602153")


def file_of_referrals(court: Court) -> None:
    """An operation's people come as a file: three are referred, one stands there twice, one row is to be corrected."""
    clerk = court.staff["clerk"].identity
    with acting_as(court.id):
        ordered = clock.today(court.time_zone) - timedelta(days=2)
        rows = [",".join((*row, ordered.isoformat())) for row in (*PEOPLE, AGAIN, WRONG)]
        content = "\n".join((HEADINGS, *rows, "")).encode()
        sent = imports.keep_import(content, name="november-operation.csv", kind=Kind.REFERRALS, actor=clerk)
        imports.confirm(sent.id, with_look_alikes=False, actor=clerk)


def hold(learner: Learner) -> None:
    """The court pauses the case."""
    assert learner.enrollment_id is not None
    with acting_as(learner.court.id):
        holding.hold(
            learner.enrollment_id,
            reason="In hospital until the end of the month",
            actor=learner.court.staff["clerk"].identity,
        )


def note_possible_violation(learner: Learner) -> None:
    """The officer writes down that the person did not come."""
    with acting_as(learner.court.id):
        note_by_hand(
            learner.enrolled,
            ViolationKind.APPOINTMENT,
            event_on=clock.today(learner.court.time_zone),
            facts="Did not come to the appointment at 9:30. Two calls were not answered.",
            not_money=True,
            actor=learner.court.staff["officer"].identity,
        )


def say_own_side(learner: Learner) -> None:
    """The person answers."""
    with acting_as(learner.court.id):
        (row,) = violations_of(learner.enrolled)
        words = "My bus broke down and my phone had no battery. I called the next morning."
        deciding.say_own_side(row.id, words, actor=learner.me)


def agree_on_a_step(learner: Learner, days: int) -> None:
    """The officer answers with a step that is to be done in so many days."""
    with acting_as(learner.court.id):
        (row,) = violations_of(learner.enrolled)
        due = clock.today(learner.court.time_zone) + timedelta(days=days)
        words = "Call the office on Monday at nine, and agree on a new appointment."
        decision = deciding.ViolationDecision(Outcome.RESPONSE, words, due)
        deciding.decide(row.id, decision, actor=learner.court.staff["officer"].identity)


def report_non_compliance(learner: Learner) -> None:
    """The officer tells the court, before the hearing, what happened and what was tried."""
    with acting_as(learner.court.id):
        (row,) = violations_of(learner.enrolled)
        telling = Telling(
            frozenset({str(row.id)}),
            "Called on Tuesday and on Friday. A letter with a new appointment went out on Friday.",
            Asked.HEARING,
            "A short hearing, so that we can agree on times that go together with the shifts at work.",
        )
        request_non_compliance(learner.enrolled, telling, actor=learner.court.staff["officer"].identity)


def return_to_court(learner: Learner) -> None:
    """The officer gives the case back to the court."""
    officer = learner.court.staff["officer"].identity
    with acting_as(learner.court.id):
        holding.return_to_court(learner.enrolled, reason="No lesson begun. No answer to three calls.", actor=officer)


def propose_the_end(learner: Learner) -> None:
    """The officer proposes to end the program, a supervisor approves it, and the person is told."""
    staff = learner.court.staff
    with acting_as(learner.court.id):
        row = terminating.propose(
            learner.enrolled,
            reasons="No lesson was begun in nine days. Three calls and a letter were not answered.",
            counsel="Ms. Park, public defender, by mail",
            not_money=True,
            actor=staff["officer"].identity,
        )
        terminating.approve(row.id, actor=staff["supervisor"].identity)


def answer_the_proposal(learner: Learner) -> None:
    """The person answers before the last day."""
    with acting_as(learner.court.id):
        (row,) = terminations_of(learner.enrolled)
        words = "I had no phone for two weeks. I have a new one now, and I can begin this week."
        terminating.respond(row.id, words, actor=learner.me)


def leave_parts_to_a_judge(court: Court) -> None:
    """From now on only a judge waives a part of a fee, of those who enroll from here on."""
    with acting_as(court.id):
        row, document = rules_in_force()
        waivers = document.waivers.model_copy(update={"decides_partial": Decider.JUDGE})
        publish_rules(
            document.model_copy(update={"waivers": waivers}),
            over=row.version,
            reason="A judge decides about parts of a fee",
            actor=court.staff["administrator"].identity,
        )


def withdraw(learner: Learner) -> None:
    """The referral turns out to be another court's."""
    assert learner.enrollment_id is not None
    with acting_as(learner.court.id):
        holding.withdraw(
            learner.enrollment_id,
            reason="The case was moved to another county",
            actor=learner.court.staff["clerk"].identity,
        )


def draft_of_rules(court: Court) -> None:
    """The administrator is about to ask for more: saved, not published."""
    administrator = court.staff["administrator"].identity
    with acting_as(court.id):
        draft = start_draft(actor=administrator)
        part = PART_BY_KEY["accountability"]
        wanted = draft.document | {
            "accountability": draft.document["accountability"] | {"months": 8, "misses_allowed": 2}
        }
        save_part(part, wanted, seen=mark(part, draft.document), actor=administrator)


def check_of_the_trail(court: Court) -> None:
    """The administrator asks whether the audit trail is whole."""
    with acting_as(court.id):
        audit_checks.ask_for_check(actor=court.staff["administrator"].identity)


def schedules_of_reports(court: Court) -> None:
    """From now on reports come by themselves."""
    with acting_as(court.id):
        row, document = rules_in_force()
        schedules = Schedules(progress_monthly_day=10, progress_days_before_hearing=3, packets=True)
        reports = document.reports.model_copy(update={"schedules": schedules})
        publish_rules(
            document.model_copy(update={"reports": reports}),
            over=row.version,
            reason="Progress by the tenth and before each hearing, and packets the evening before",
            actor=court.staff["administrator"].identity,
        )


def reports_for_many(court: Court) -> None:
    """The officer asks for a report of everybody and for the caseload; the worker makes them when the demo runs."""
    officer = court.staff["officer"].identity
    with acting_as(court.id):
        about = subjects(officer, Wanted(What.PROGRESS))
        if about:
            start(What.PROGRESS, about, actor=officer)
        request_caseload(officer.id, actor=officer)


def lists_of_the_caseload(court: Court) -> None:
    """A supervisor shares a view with the staff, the officer has one too and has reminded everybody of what is due."""
    supervisor, officer = court.staff["supervisor"].identity, court.staff["officer"].identity
    with acting_as(court.id):
        paused, this_week = AskedList(tab="paused"), AskedList(days=7, sort="hearing", down=False)
        save_view(paused, "Waiting for the court", shared=True, actor=supervisor)
        save_view(this_week, "Hearings this week", shared=False, actor=officer)
        people = list(session().scalars(visible_enrollments(officer).with_only_columns(Enrollment.id)))
        reminders = prepare(Act.REMIND, people, actor=officer)
        if begin_acting(reminders, actor=officer):
            go_on(reminders.id, actor=officer)


def a_flag(court: Court) -> None:
    """The facilitator asks a supervisor to look at what waits longest, if anything does."""
    reader = court.staff["facilitator"].identity
    with acting_as(court.id):
        item = next_free(reader)
        if item is not None:
            words = "They write that they sleep very little. A call might help."
            flag(ReviewKind(item.kind), item.subject_id, FlagReason.SUPPORT, words, actor=reader)


def a_concern(court: Court) -> None:
    """An officer feared for somebody some days ago; an administrator saw it, called, and closed it."""
    officer, administrator = court.staff["officer"].identity, court.staff["administrator"].identity
    with acting_as(court.id):
        mine = session().scalars(visible_enrollments(officer).order_by(Enrollment.enrolled_at).limit(1)).first()
        if mine is None:
            return
        words = "Said on the phone that nothing makes sense any more."
        concern = raise_concern(mine.id, Danger.SUICIDE, words, Place.CASE, actor=officer)
        note_step(concern.id, Step.SEEN, "", actor=administrator)
        note_step(concern.id, Step.CALLED, "Called back together with 988.", actor=administrator)
        note_step(concern.id, Step.CLOSED, "Is with family, has an appointment tomorrow.", actor=administrator)
