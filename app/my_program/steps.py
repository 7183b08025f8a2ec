"""What a learner's first page says: the one next step, the whole way, and what the court sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.accountability.lookups import check_ins_of, state_of
from app.accountability.models import CheckIn
from app.accountability.services import check_ins_by_rule
from app.accountability.violations.lookups import violations_of
from app.accountability.violations.models import PossibleViolation
from app.cases.lookups import hearings
from app.cases.models import Enrollment, Hearing
from app.cases.rules import FINAL_STATES, LearnerFacts, NextStep, next_step
from app.core import clock
from app.core.i18n import LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import format_cents
from app.learning.lookups import Course, course_of
from app.learning.overview import Lessons, lessons_of
from app.learning.rules import NextLesson, Step, Waiting
from app.payments.overview import Begun, Money, WaiverStanding, begun_by_learner, money_of, waiver_of
from app.payments.rules import WAIVER_PENDING
from app.web.links import link
from tenants.program import ProgramDocument

# Where each kind of step is done; a portal without the page shows the step without a button.
_PAGES = {
    "enroll": "cases.enroll",
    "agreement": "cases.agreement",
    "pay": "payments.my_fee",
    "waiver": "deciding.my_request",
    "waiver_draft": "waiving.start",
    "modules": "learning.modules",
    "lesson": "learning.modules",
    "reflection": "learning.modules",
    "check_ins": "accountability.my_check_ins",
    "reports": "reports.my_documents",
}
_BUTTONS: dict[str, LazyString] = {
    "enroll": _l("Enroll"),
    "agreement": _l("Read the agreement"),
    "pay": _l("Go to the fee"),
    "waiver": _l("Go to your request"),
    "waiver_draft": _l("Go on with your request"),
    "modules": _l("See your lessons"),
    "lesson": _l("Go on with the lesson"),
    "reflection": _l("Add to your answer"),
    "check_in": _l("Do the check-in"),
    "check_ins": _l("See all dates"),
    "reports": _l("See your documents"),
}


@dataclass(frozen=True)
class Situation:
    """Everything that the page draws on, read once."""

    enrollment: Enrollment
    document: ProgramDocument
    money: Money
    waiver: WaiverStanding | None
    begun: Begun
    lessons: Lessons
    course: Course | None
    check_ins: Sequence[CheckIn]
    hearings: Sequence[Hearing]
    violations: Sequence[PossibleViolation]


def situation_of(enrollment: Enrollment, document: ProgramDocument) -> Situation:
    """Read what every package knows of a learner's enrollment."""
    key, money = enrollment.id, money_of(enrollment.id)
    unpaid = enrollment.state == "enrolled" and money.balance_cents > 0
    return Situation(
        enrollment=enrollment,
        document=document,
        money=money,
        waiver=waiver_of(key),
        begun=begun_by_learner(key) if unpaid else Begun(),
        lessons=lessons_of(key),
        course=course_of(enrollment) if enrollment.state in ("enrolled", "coursework") else None,
        check_ins=check_ins_of(key),
        hearings=hearings(enrollment.referral_id),
        violations=violations_of(key),
    )


def facts_of(now: Situation, zone: str) -> LearnerFacts:
    """What decides the next step."""
    current = _current_check_in(now.check_ins)
    following = now.course.next if now.course is not None else None
    instant = clock.now()
    return LearnerFacts(
        state=now.enrollment.state,
        balance_cents=now.money.balance_cents,
        coursework_open=now.enrollment.state == "coursework" and (now.course is None or now.course.is_open),
        waiver_state=_waiver_state(now),
        payment_on_its_way=now.begun.payment,
        has_open_lesson=isinstance(following, NextLesson),
        reflection_returned=isinstance(following, NextLesson) and following.step is Step.ADD,
        reflection_waiting=following is Waiting.REVIEW and now.course is not None and bool(now.course.plans),
        check_in_state=state_of(current, instant) if current is not None else None,
        check_in_due=current.due_on if current is not None else None,
        next_check_in_opens=_next_opens(now.check_ins, zone),
    )


def _waiver_state(now: Situation) -> str | None:
    """A new request that is being filled in comes before an old one that is answered."""
    if now.begun.request and (now.waiver is None or now.waiver.state not in WAIVER_PENDING):
        return "draft"
    return now.waiver.state if now.waiver is not None else None


def _current_check_in(check_ins: Sequence[CheckIn]) -> CheckIn | None:
    """The one to act on now: a returned one first, then an open one."""
    now = clock.now()
    states = {one.number: state_of(one, now) for one in check_ins}
    for wanted in ("returned", "open"):
        for one in check_ins:
            if states[one.number] == wanted:
                return one
    return None


def _next_opens(check_ins: Sequence[CheckIn], zone: str) -> date | None:
    now = clock.now()
    coming = [one.opens_at for one in check_ins if state_of(one, now) == "scheduled"]
    return clock.local(min(coming), zone).date() if coming else None


@dataclass(frozen=True)
class ShownStep:
    """The next step with its button, and a day to show with it if there is one (`on`, `on_kind`: due or opens)."""

    step: NextStep
    url: str | None
    button: str
    on: date | None
    late: CheckIn | None


def shown_step(now: Situation, zone: str) -> ShownStep:
    """The one next thing to do."""
    step = next_step(facts_of(now, zone))
    current = _current_check_in(now.check_ins)
    key = step.endpoint or ""
    if key == "check_in" and current is not None:
        url = link("accountability.check_in", number=current.number)
    elif key == "lesson" and now.course is not None and isinstance(now.course.next, NextLesson):
        url = link("learning.lesson", slug=now.course.next.module, lesson=now.course.next.lesson)
    else:
        url = link(_PAGES[key]) if key in _PAGES else None
    late = current if step.kind == "check_in" and current is not None and clock.now() >= current.closes_at else None
    return ShownStep(step, url, str(_BUTTONS.get(key, "")), step.on, late)


def way(now: Situation) -> list[dict[str, str]]:
    """The whole way as a step list: enroll, fee, lessons, check-ins, report."""
    state, passed = now.enrollment.state, now.lessons
    lessons_done = now.enrollment.coursework_done_at is not None
    check_ins_done = state in ("report_due", "completed")
    fee = fee_sentence(now)
    fee_done = now.money.balance_cents <= 0
    steps = [
        (_("Enroll"), True, _("You are enrolled."), None),
        (_("Fee"), fee_done, fee, link("payments.my_fee")),
        (
            _("Lessons"),
            lessons_done,
            _("%(done)s of %(all)s modules passed.", done=passed.passed, all=passed.required),
            link("learning.modules"),
        ),
        (_("Check-ins"), check_ins_done, check_in_sentence(now), link("accountability.my_check_ins")),
        (_("Report to the court"), state == "completed", "", link("reports.my_documents")),
    ]
    shown: list[dict[str, str]] = []
    current_seen = state in FINAL_STATES  # whoever is no longer under way is nowhere on it
    for label, done, text, url in steps:
        # The fee may stay open while lessons go on (a waiver is being decided): then it is not where one is.
        waits = text is fee and state != "enrolled"
        is_current = not done and not current_seen and not waits
        current_seen = current_seen or is_current
        mark = "done" if done else "current" if is_current else "later"
        shown.append({"label": str(label), "state": mark, "text": str(text), "url": url or ""})
    return shown


def fee_sentence(now: Situation) -> str:
    """The fee in one kind sentence."""
    money, waiver = now.money, now.waiver
    if waiver is not None and waiver.waiting_since is not None:
        return str(_("You asked for a waiver. The court will answer."))
    if money.assessed_cents == 0:
        return str(_("There is no fee."))
    if money.balance_cents > 0:
        return str(
            _("%(amount)s left to pay. You can pay or ask for a waiver.", amount=format_cents(money.balance_cents))
        )
    return str(_("Waived.") if money.waived_cents >= money.assessed_cents else _("Settled."))


def check_in_sentence(now: Situation) -> str:
    done = sum(one.state in ("accepted", "excused", "submitted") for one in now.check_ins)
    planned = len(now.check_ins) or check_ins_by_rule(now.document.accountability)
    return str(_("%(done)s of %(all)s done.", done=done, all=planned))


def what_the_court_sees(now: Situation) -> list[tuple[str, str]]:
    """The same facts that staff and reports have, as (name, value)."""
    counts = {state: sum(one.state == state for one in now.check_ins) for state in ("accepted", "missed", "excused")}
    planned = len(now.check_ins) or check_ins_by_rule(now.document.accountability)
    return [
        (str(_("Modules passed")), _("%(done)s of %(all)s", done=now.lessons.passed, all=now.lessons.required)),
        (str(_("Check-ins accepted")), _("%(done)s of %(all)s", done=counts["accepted"], all=planned)),
        (str(_("Check-ins missed")), str(counts["missed"])),
        (str(_("Check-ins excused")), str(counts["excused"])),
        *([(str(_("Things to be decided")), _violation_sentence(now))] if now.violations else []),
        (str(_("Fee")), fee_sentence(now)),
    ]


def _violation_sentence(now: Situation) -> str:
    waiting = sum(one.state == "open" for one in now.violations)
    values = {"noted": len(now.violations), "decided": len(now.violations) - waiting}
    return str(_("%(noted)s noted, %(decided)s decided", **values))
