"""The pure rules of a case: its states and moves, who may redeem a code, who is the same person, what comes next.

Every table of states in the portal is a `Moves`; every stored state has its plain words in `STATE_WORDS`, here only.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.core.errors import IllegalMove
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _

# --- Moves -----------------------------------------------------------------------------------------------------------

SYSTEM, LEARNER = "system", "learner"
SAME_ORIGIN = "same_origin"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of a table. `who`: `system`, `learner`, or a permission key. `requires`: what the service must have seen.

    A row that requires `same_origin` leads back only to the state that was left.
    """

    from_states: frozenset[str]
    to: str
    who: str
    requires: tuple[str, ...]
    description: LazyString = field(compare=False)


@dataclass(frozen=True, slots=True)
class Moves:
    """All transitions of one entity."""

    entity: str
    start: str
    transitions: tuple[Transition, ...]

    @property
    def states(self) -> frozenset[str]:
        return frozenset({self.start}.union(*(t.from_states | {t.to} for t in self.transitions)))

    def onward(self, state: str) -> frozenset[str]:
        """The states that can follow `state`; empty when it is final."""
        return frozenset(t.to for t in self.transitions if state in t.from_states)


def transition(froms: str, to: str, who: str, description: LazyString, *requires: str) -> Transition:
    """Shorthand for tables: `froms` is a list of states set apart by spaces."""
    return Transition(frozenset(froms.split()), to, who, requires, description)


def move(current: str, to: str, table: Moves, *, origin: str | None = None) -> Transition:
    """The transition from `current` to `to`; IllegalMove, naming both, when the table has none.

    `origin` is the state remembered when a case was put on hold or returned to court; a row with `same_origin`
    leads nowhere else.
    """
    for row in table.transitions:
        if current in row.from_states and to == row.to and (SAME_ORIGIN not in row.requires or origin == to):
            return row
    raise IllegalMove(table.entity, current, to)


CODE_MOVES = Moves(
    "enrollment code",
    "issued",
    (
        transition("issued", "redeemed", LEARNER, _("The code was used to enroll."), "code_and_birth_date"),
        transition("issued", "expired", SYSTEM, _("The time to use the code ran out."), "expiry_passed"),
        transition("issued", "revoked", "code.revoke", _("The court took the code back."), "reason"),
        transition("issued expired", "replaced", "code.issue", _("A new code took its place."), "new_code"),
    ),
)

ACTIVE = "enrolled coursework accountability report_due"
_UNFINISHED = f"referred {ACTIVE} on_hold returned_to_court"
_BACK = _("The program goes on where it stopped.")
_TERMINATION = ("written_reasons", "notice_given", "response_time_over", "approval_if_required")
_NO_CHECK_INS = ("coursework_done", "no_check_ins_required")
# A person can be put on hold in any active stage; from a side state the way leads back to that stage only.
ENROLLMENT_MOVES = Moves(
    "enrollment",
    "referred",
    (
        transition("referred", "enrolled", LEARNER, _("Enrolled."), "code_redeemed", "agreement_signed"),
        transition("enrolled", "coursework", SYSTEM, _("The lessons are open."), "coursework_open"),
        transition("coursework", "accountability", SYSTEM, _("Check-ins begin."), "coursework_done"),
        transition("coursework", "report_due", SYSTEM, _("The lessons are done."), *_NO_CHECK_INS),
        transition("accountability", "report_due", SYSTEM, _("Check-ins are done."), "accountability_done"),
        transition("report_due", "completed", SYSTEM, _("The report went to the court."), "report_delivered"),
        transition(ACTIVE, "on_hold", "case.hold", _("The program is paused."), "reason"),
        *(
            transition("on_hold returned_to_court", stage, "case.resume", _BACK, SAME_ORIGIN, "reason")
            for stage in ACTIVE.split()
        ),
        transition(f"{ACTIVE} on_hold", "returned_to_court", "case.return", _("Returned to the court."), "reason"),
        transition("returned_to_court", "terminated", "case.terminate", _("Ended by the court."), *_TERMINATION),
        transition(_UNFINISHED, "transferred", "case.transfer", _("Moved to another court."), "receiving_court"),
        transition(_UNFINISHED, "withdrawn", "case.withdraw", _("The court took the referral back."), "reason"),
    ),
)

FINAL_STATES = frozenset({"completed", "terminated", "transferred", "withdrawn"})
ACTIVE_STATES = frozenset(ACTIVE.split())

STATE_WORDS: dict[str, dict[str, LazyString]] = {
    "sealing": {
        "planned": _("Recorded"),
        "confirmed": _("Confirmed"),
        "done": _("Carried out"),
        "canceled": _("Called off"),
    },
    "dispute": {
        "open": _("Not answered yet"),
        "corrected": _("Corrected"),
        "stands": _("The record stands"),
        "withdrawn": _("Taken back"),
    },
    "enrollment code": {
        "issued": _("Issued"),
        "redeemed": _("Used"),
        "expired": _("Expired"),
        "revoked": _("Taken back"),
        "replaced": _("Replaced"),
    },
    "enrollment": {
        "referred": _("Referred"),
        "enrolled": _("Enrolled"),
        "coursework": _("In lessons"),
        "accountability": _("In check-ins"),
        "report_due": _("Report due"),
        "completed": _("Completed"),
        "on_hold": _("On hold"),
        "returned_to_court": _("Returned to court"),
        "transferred": _("Moved to another court"),
        "withdrawn": _("Withdrawn"),
        "terminated": _("Ended by the court"),
    },
    "checkout": {
        "open": _("Payment started"),
        "processing": _("Payment on its way"),
        "paid": _("Paid"),
        "expired": _("Payment page expired"),
        "failed": _("Payment did not go through"),
        "partly_refunded": _("Partly refunded"),
        "refunded": _("Refunded"),
        "disputed": _("Questioned at the bank"),
        "dispute_lost": _("Taken back by the bank"),
    },
    "waiver": {
        "draft": _("Not sent yet"),
        "submitted": _("Waiting for the court"),
        "needs_proof": _("The court asks for proof"),
        "under_review": _("The court is looking at it"),
        "granted_full": _("Granted in full"),
        "granted_partial": _("Granted in part"),
        "denied": _("Not granted"),
        "more_time": _("More time to pay"),
        "installments": _("To be paid in parts"),
        "revoked": _("Taken back"),
        "reconsideration": _("Asked again, waiting for the court"),
    },
    "check-in": {
        "scheduled": _("Not open yet"),
        "open": _("Open"),
        "submitted": _("Sent"),
        "accepted": _("Accepted"),
        "returned": _("One thing to add"),
        "missed": _("Missed"),
        "excused": _("Excused"),
    },
    "termination": {
        "proposed": _("Proposed, waits for approval"),
        "noticed": _("Told, waits for the decision"),
        "terminated": _("Program ended"),
        "declined": _("Program not ended"),
        "withdrawn": _("Taken back"),
    },
    "possible violation": {
        "open": _("To be decided"),
        "excused": _("Excused"),
        "response": _("A step was agreed"),
        "returned": _("Returned to court"),
    },
}


def not_started(state: str, lessons_opened: int) -> bool:
    """Derived: enrolled, or in lessons, and none was ever opened."""
    return state in {"enrolled", "coursework"} and lessons_opened == 0


def overdue(state: str, deadline: date | None, today: date) -> bool:
    """Derived: still active after the deadline's own day. Both dates are the court's local ones."""
    return state in ACTIVE_STATES and deadline is not None and today > deadline


STAGE_WORDS = STATE_WORDS["enrollment"] | {"past_deadline": _("Past the deadline"), "not_started": _("Not started")}


def stage_of(state: str, *, lessons_opened: int, deadline: date | None, today: date) -> str:
    """The stage of an enrollment, a key of STAGE_WORDS: derived ones first, else the stored state."""
    if overdue(state, deadline, today):
        return "past_deadline"
    return "not_started" if not_started(state, lessons_opened) else state


def adult_on(birth_date: date, on: date) -> bool:
    """Whether the person is 18 on that date: from the birthday on; born on February 29, from March 1 of a common year.

    States differ: common law reaches an age the day before the birthday (20 CFR 404.2(c)(4) keeps that), others on
    the birthday, and Maryland writes March 1 down (General Provisions 1-401). The portal takes the latest day of these:
    nobody is admitted while some rule still calls the person a minor.
    """
    birthday = (birth_date.month, birth_date.day)
    return on.year - birth_date.year - ((on.month, on.day) < birthday) >= 18


# --- Same case, same person ------------------------------------------------------------------------------------------


def case_number_key(typed: str) -> str | None:
    """A case number of any format for comparison: letters and digits only, capitals. None for "pending" and nothing."""
    key = "".join(c for c in unicodedata.normalize("NFKC", typed).upper() if c.isalnum())
    return None if key in {"", "PENDING"} else key


class SamePerson(StrEnum):
    EXACT = "exact"
    DIFFERENT_SPELLING = "different_spelling"
    NO = "no"


_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})


def words_of_name(name: str) -> list[str]:
    """Lower-case words without accents; a hyphen parts words, an apostrophe or a period does not."""
    plain = unicodedata.normalize("NFKD", name[:200].casefold().translate(_LETTERS))
    plain = "".join(c for c in plain if not unicodedata.combining(c) and c not in "'’‘`´ʼ.")
    return [word for word in re.split(r"[\W_]+", plain) if word]


def _slips(a: str, b: str) -> int:
    """Letters wrong, missing, added or swapped with their neighbor between two words."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def _alike(a: str, b: str) -> bool:
    if 1 in (len(a), len(b)):
        return a[0] == b[0]  # an initial
    return _slips(a, b) <= (1 if min(len(a), len(b)) <= 5 else 2)


def _each_has_a_partner(few: list[str], many: list[str]) -> bool:
    if not few:
        return True
    partners = (at for at, word in enumerate(many) if _alike(few[0], word))
    return any(_each_has_a_partner(few[1:], many[:at] + many[at + 1 :]) for at in partners)


def same_person(name_a: str, birth_a: date, name_b: str, birth_b: date) -> SamePerson:
    """Whether two records are one person. The birth dates must match; the names may be spelled differently.

    EXACT: the same words, whatever their case, accents, hyphens and order. DIFFERENT_SPELLING: small slips, initials, a
    second surname, middle name or suffix on one side only, words written together: a clerk looks, nobody is blocked.
    """
    if birth_a != birth_b:
        return SamePerson.NO
    all_a, all_b = words_of_name(name_a), words_of_name(name_b)
    if all_a and sorted(all_a) == sorted(all_b):
        return SamePerson.EXACT
    a, b = ([word for word in words if word not in _SUFFIXES][:8] for words in (all_a, all_b))  # bounds the work
    if not a or not b:
        return SamePerson.NO
    few, many = sorted((a, b), key=len)
    if _each_has_a_partner(few, many) or _alike("".join(a), "".join(b)):
        return SamePerson.DIFFERENT_SPELLING
    return SamePerson.NO


# --- The one next step -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LearnerFacts:
    """What decides a learner's next step. States are stored names; dates are the court's local ones."""

    state: str
    agreement_signed: bool = True
    balance_cents: int = 0
    coursework_open: bool = False
    waiver_state: str | None = None
    payment_on_its_way: bool = False  # the bank is at work, or the court looks at it
    has_open_lesson: bool = False
    reflection_returned: bool = False
    reflection_waiting: bool = False
    check_in_state: str | None = None
    check_in_due: date | None = None
    next_check_in_opens: date | None = None


@dataclass(frozen=True, slots=True)
class NextStep:
    """`kind` names the step for tests and icons, `on` is a date to show with it, `endpoint` is where it is done."""

    kind: str
    words: LazyString = field(compare=False)
    endpoint: str | None = None
    on: date | None = None


_STATE_STEPS: dict[str, NextStep] = {
    "referred": NextStep("enroll", _("Enter the code from the court to enroll."), "enroll"),
    "on_hold": NextStep("on_hold", _("The program is paused. You do not need to do anything now."), None),
    "returned_to_court": NextStep(
        "court", _("Your case is back with the court. Talk to your lawyer or your contact at the court."), "contact"
    ),
    "report_due": NextStep("report", _("You are done. We are sending the report to the court."), None),
    "completed": NextStep("finished", _("You finished the program. The court has the report."), "reports"),
    "terminated": NextStep(
        "terminated", _("The court has ended your program. Talk to your lawyer about what follows."), "contact"
    ),
}
_ENDED = NextStep("ended", _("There is nothing to do here. Questions? Ask the court."), "contact")


def _money_step(facts: LearnerFacts) -> NextStep:
    if facts.waiver_state == "needs_proof":
        return NextStep("waiver_proof", _("Add the proof that the court asked for."), "waiver")
    if facts.waiver_state == "draft":
        return NextStep("waiver_draft", _("Finish your request for a fee waiver, or pay the fee."), "waiver_draft")
    if facts.waiver_state in {"submitted", "under_review", "reconsideration"}:
        return NextStep("waiver_wait", _("Wait for the answer to your fee waiver request. We will tell you."), "waiver")
    if facts.payment_on_its_way:
        return NextStep("payment_wait", _("Wait for your payment to arrive. You do not need to do anything."), "pay")
    return NextStep("pay", _("Pay the enrollment fee, or ask for a fee waiver."), "pay")


def _coursework_step(facts: LearnerFacts) -> NextStep:
    if facts.reflection_returned:
        return NextStep("reflection", _("Add one thing to your written answer."), "reflection")
    if facts.has_open_lesson:
        return NextStep("lesson", _("Go on with your next lesson."), "lesson")
    if facts.reflection_waiting:
        return NextStep(
            "reflection_wait", _("We are reading your written answer. Look here again in a few days."), "modules"
        )
    return NextStep("modules", _("See your lessons."), "modules")


def _check_in_step(facts: LearnerFacts) -> NextStep:
    if facts.check_in_state == "returned":
        return NextStep("check_in_add", _("Add one thing to your check-in."), "check_in", facts.check_in_due)
    if facts.check_in_state == "open":
        return NextStep("check_in", _("Do your check-in."), "check_in", facts.check_in_due)
    words = _("Nothing to do now. Come back when your next check-in opens.")
    return NextStep("check_in_wait", words, "check_ins", facts.next_check_in_opens)


def next_step(facts: LearnerFacts) -> NextStep:
    """The learner's one next step. KeyError never: a state without a step of its own has nothing to do."""
    if facts.state not in {"enrolled", "coursework", "accountability"}:
        return _STATE_STEPS.get(facts.state, _ENDED)
    if not facts.agreement_signed:
        return NextStep("agreement", _("Read and sign the participation agreement."), "agreement")
    if facts.state == "accountability":
        return _check_in_step(facts)
    # Proof asked for comes before lessons even while they are open: the request would lapse unseen.
    if not facts.coursework_open or facts.waiver_state == "needs_proof":
        return _money_step(facts)
    return _coursework_step(facts)
