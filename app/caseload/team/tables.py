"""The team's numbers as tables in words, each with its picture: the same for the page and for a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask_babel import format_date

from app.accountability.words import month_words
from app.caseload.team.lookups import (
    Asked,
    Decisions,
    Load,
    WaiverNumbers,
    decisions,
    loads,
    named,
    outcomes,
    program_way,
    waiver_numbers,
)
from app.caseload.team.pictures import Bar, Picture, bars
from app.caseload.team.rules import ANSWERS, LOAD_GROUPS, OUTCOMES, Step, percent
from app.cases.rules import STATE_WORDS
from app.core.i18n import LazyString, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.permissions.identity import Identity

Cell = str | int


@dataclass(frozen=True)
class Table:
    """One table: its columns (the first names the row), its rows, its picture. `told` and `note` are sentences."""

    key: str
    title: str
    told: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    picture: Picture | None = None
    note: str = ""
    empty: str = ""

    @property
    def heads(self) -> list[dict[str, object]]:
        """The columns as the table component takes them; a cell's key is its place."""
        return [{"key": place, "label": label, "number": place > 0} for place, label in enumerate(self.columns)]


GROUP_WORDS: Mapping[str, LazyString] = {
    "referred": _l("Not enrolled yet"),
    "lessons": _l("In lessons"),
    "check_ins": _l("In check-ins"),
    "report": _l("Report due"),
    "paused": _l("On hold or at the court"),
}
STEP_WORDS: Mapping[str, LazyString] = {
    "referred": _l("Referred"),
    "enrolled": _l("Enrolled"),
    "coursework": _l("Began the lessons"),
    "accountability": _l("Finished the lessons"),
    "completed": _l("Completed"),
}
ANSWER_WORDS: Mapping[str, LazyString] = {
    "full": _l("Granted in full"),
    "part": _l("Granted in part"),
    "other": _l("More time, or to be paid in parts"),
    "not_granted": _l("Not granted"),
    "taken_back": _l("Granted, and taken back later"),
    "waiting": _l("Waiting for an answer"),
}


def _days(days: int | None) -> str:
    return "" if days is None else str(ngettext("%(num)s day", "%(num)s days", days))


def _cases(number: int) -> str:
    return str(ngettext("%(num)s case", "%(num)s cases", number))


def _by_name(members: Sequence[UUID | None], names: Mapping[UUID, str]) -> list[tuple[UUID | None, str]]:
    """Members of staff by name, in whose order there is no judgment; the cases of nobody come last."""
    found = sorted(
        ((member, names.get(member, "")) for member in members if member is not None), key=lambda one: one[1]
    )
    return [*found, *([(None, str(_("No officer")))] if None in members else [])]


class Team:
    """Makes the tables that one reader asked for. `staff`: everybody who can have cases, by id."""

    def __init__(self, identity: Identity, asked: Asked, staff: Mapping[UUID, str]) -> None:
        self._identity, self._asked, self._staff = identity, asked, staff

    def tables(self) -> list[Table]:
        """Every table of the page."""
        found = loads(self._identity, self._asked)
        return [
            self._loads(found),
            self._late(found),
            self._decisions(),
            self._way(),
            self._outcomes(),
            self._waivers(),
        ]

    def table(self, key: str) -> Table | None:
        """One table; None for a key that is none."""
        makers: Mapping[str, Callable[[], Table]] = {
            "loads": lambda: self._loads(loads(self._identity, self._asked)),
            "late": lambda: self._late(loads(self._identity, self._asked)),
            "decisions": self._decisions,
            "way": self._way,
            "outcomes": self._outcomes,
            "waivers": self._waivers,
        }
        maker = makers.get(key)
        return maker() if maker is not None else None

    def _people(self, found: Mapping[UUID | None, object]) -> list[tuple[UUID | None, str]]:
        """Who stands in a table by officer: those with something to count and, for a whole court, everybody else."""
        everybody = set(found) | (set(self._staff) if self._asked.officer is None else set())
        return _by_name(list(everybody), named(self._staff, list(found)))

    def _loads(self, found: Sequence[Load]) -> Table:
        by_officer = {one.officer: one for one in found}
        nothing = (0,) * len(LOAD_GROUPS)
        rows: list[tuple[Cell, ...]] = []
        drawn = []
        for member, name in self._people(by_officer):
            groups = by_officer[member].groups if member in by_officer else nothing
            rows.append((name, *groups, sum(groups)))
            drawn.append(Bar(name, _cases(sum(groups)), groups))
        words = [str(GROUP_WORDS[key]) for key in LOAD_GROUPS]
        title = _("Cases by officer")
        return Table(
            "loads",
            title,
            _("Cases that are not over, as they stand now."),
            (_("Officer"), *words, _("All")),
            rows,
            bars("loads", title, drawn, words),
            empty=_("Nobody has a case yet."),
        )

    def _late(self, found: Sequence[Load]) -> Table:
        by_officer = {one.officer: one for one in found}
        rows, drawn = [], []
        for member, name in self._people(by_officer):
            one = by_officer.get(member)
            counts = (
                (one.lessons_late, one.check_in_missed, one.violation_open, one.report_due) if one else (0, 0, 0, 0)
            )
            late = one.late if one else 0
            rows.append((name, *counts, late))
            drawn.append(Bar(name, _cases(late), (late,)))
        title = _("Past their day, by officer")
        return Table(
            "late",
            title,
            _(
                "Cases in which something is past its day now. "
                "A case can be in several columns; the last counts it once."
            ),
            (
                _("Officer"),
                _("Deadline for the lessons"),
                _("Last check-in missed"),
                _("Possible violation to decide"),
                _("Final report due"),
                _("Any of these"),
            ),
            rows,
            bars("late", title, drawn),
            empty=_("Nobody has a case yet."),
        )

    def _decisions(self) -> Table:
        found, everybody = decisions(self._identity, self._asked)
        by_officer = {one.officer: one for one in found}
        people = _by_name(list(by_officer), named(self._staff, list(by_officer)))
        rows = [_decision_row(name, by_officer[member]) for member, name in people]
        drawn = [
            Bar(name, _days(by_officer[member].median_days), (by_officer[member].median_days or 0,))
            for member, name in people
            if by_officer[member].median_days is not None
        ]
        if len(rows) > 1:
            rows.append(_decision_row(_("All"), everybody))
        title = _("From possible violation to decision")
        return Table(
            "decisions",
            title,
            _("Days from what happened to the decision: those decided in this time, and what is to be decided now."),
            (
                _("Officer of the case"),
                _("Decided"),
                _("Days (median)"),
                _("Days (longest)"),
                _("To be decided now"),
                _("The oldest happened on"),
            ),
            rows,
            bars("decisions", _("Days to the decision (median)"), drawn),
            note=_("Half of the decisions took the median or less. A decision may be an officer's or the court's."),
            empty=_("Nothing was decided in this time, and nothing is to be decided."),
        )

    def _way(self) -> Table:
        steps = program_way(self._identity, self._asked)
        title = _("The way through the program")
        drawn = [Bar(str(STEP_WORDS[one.key]), _share(one.reached, one.share), (one.reached,)) for one in steps]
        return Table(
            "way",
            title,
            _("Everybody who was referred in this time: how far they have come up to now, and where some left."),
            (
                _("Step"),
                _("Came as far"),
                _("Percent of all"),
                _("Left after this step"),
                _("Back at the court now"),
                _("On the way now"),
            ),
            [_way_row(one) for one in steps] if steps[0].reached else [],
            bars("way", title, drawn),
            note=_(
                "Left: ended by the court, taken back by the court, or moved to another court. "
                "Who was referred a short time ago is still on the way."
            ),
            empty=_("Nobody was referred in this time."),
        )

    def _outcomes(self) -> Table:
        months = outcomes(self._identity, self._asked)
        words = [str(STATE_WORDS["enrollment"][state]) for state in OUTCOMES]
        rows: list[tuple[Cell, ...]] = []
        drawn = []
        for month, counts in months.items():
            numbers = tuple(counts.get(state, 0) for state in OUTCOMES)
            rows.append((month_words(month), *numbers))
            drawn.append(Bar(month_words(month), _cases(sum(numbers)), numbers))
        title = _("How cases went on, by month")
        return Table(
            "outcomes",
            title,
            _("What happened in each month, whenever the person was referred."),
            (_("Month"), *words),
            rows if any(months.values()) else [],
            bars("outcomes", title, drawn, words),
            note=_("A case that went back to the court in one month and was ended in another counts in both."),
            empty=_("In this time no case was completed, went back to the court or was ended."),
        )

    def _waivers(self) -> Table:
        found = waiver_numbers(self._identity, self._asked)
        counts = {key: sum(found.by_state.get(state, 0) for state in states) for key, states in ANSWERS.items()}
        asked = sum(counts.values())
        title = _("Fee waivers")
        return Table(
            "waivers",
            title,
            _waivers_told(asked, found),
            (_("Answer"), _("Requests"), _("Percent of all")),
            [(str(ANSWER_WORDS[key]), number, percent(number, asked)) for key, number in counts.items()]
            if asked
            else [],
            bars(
                "waivers",
                title,
                [
                    Bar(str(ANSWER_WORDS[key]), _share(number, percent(number, asked)), (number,))
                    for key, number in counts.items()
                ],
            ),
            empty=_("Nobody asked for a waiver in this time."),
        )


def _share(number: int, share: int) -> str:
    return str(_("%(number)s (%(share)s%%)", number=number, share=share))


def _decision_row(name: str, one: Decisions) -> tuple[Cell, ...]:
    return (
        name,
        one.decided,
        "" if one.median_days is None else one.median_days,
        "" if one.longest_days is None else one.longest_days,
        one.open,
        _day(one.oldest_on),
    )


def _day(day: date | None) -> str:
    return str(format_date(day, "medium")) if day is not None else ""


def _way_row(one: Step) -> tuple[Cell, ...]:
    last = one.key == "completed"
    return (
        str(STEP_WORDS[one.key]),
        one.reached,
        one.share,
        "" if last else one.left,
        "" if last else one.at_court,
        "" if last else one.here,
    )


def _waivers_told(asked: int, found: WaiverNumbers) -> str:
    told = [str(ngettext("%(num)s request was sent in this time.", "%(num)s requests were sent in this time.", asked))]
    if found.median_days is not None and found.longest_days is not None:
        told.append(
            str(
                _(
                    "From request to answer: %(median)s in the middle (median), %(longest)s at the longest.",
                    median=_days(found.median_days),
                    longest=_days(found.longest_days),
                )
            )
        )
    return " ".join(told)
