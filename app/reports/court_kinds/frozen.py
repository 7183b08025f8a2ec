"""What a bench card and a non-compliance report say besides the facts of every report, frozen with them.

Sentences come ready to be read, in the report's language. Days are court-local.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from app.reports.frozen import Frozen, Text

LONGEST = 8000  # characters of what somebody typed; forms ask for less
Typed = Annotated[str, Field(max_length=LONGEST)]


class CaseStep(Frozen):
    """Something that a person of the court did with a case: what, when, who, and in which words."""

    on: date
    what: Text
    by: str = ""
    note: Typed = ""


class Disputed(Frozen):
    """A fact that the participant says is not right, and whether a person has answered; never what anybody wrote.

    `place`: the list of the snapshot in which the fact stands, and `row` where in it.
    """

    what: Text
    on: date
    answered_on: date | None = None
    outcome: Literal["open", "corrected", "stands"] = "open"
    place: str = ""
    row: int | None = None

    @model_validator(mode="after")
    def _answered_or_open(self) -> Self:
        if (self.outcome == "open") != (self.answered_on is None):
            raise ValueError("what was answered has a day")
        return self


class OwnSide(Frozen):
    """That the person answered, and when. `words` only where the court's rules had said so before they wrote."""

    on: date
    words: Typed | None = None


class Event(Frozen):
    """One possible violation with its clock, and what a person decided about it."""

    what: Text
    happened_on: date
    noted_on: date
    facts: Typed = ""
    told_on: date | None = None
    own_side: OwnSide | None = None
    state: Text
    decided_on: date | None = None
    decided_by: str = ""
    reason: Typed = ""
    due_on: date | None = None
    court_told_on: date | None = None


class Ending(Frozen):
    """A proposal to end the program: its notice, the answer, the decision."""

    proposed_on: date
    proposed_by: str = ""
    reasons: Typed
    told_on: date | None = None
    respond_by: date | None = None
    own_side: OwnSide | None = None
    state: Text
    decided_on: date | None = None
    decided_by: str = ""
    decision: Typed = ""


class NonCompliance(Frozen):
    """What a person of the court reports: events, a return to the court, a proposal to end the program."""

    events: tuple[Event, ...] = ()
    returned: CaseStep | None = None
    ending: Ending | None = None
    tried: tuple[Text, ...] = ()
    tried_besides: Typed = ""
    asked: Text
    asked_besides: Typed = ""
    asked_by: Text

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if not self.events and self.returned is None and self.ending is None:
            raise ValueError("a report of this kind is about something that happened")
        return self
