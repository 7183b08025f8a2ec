"""The words of a bench card and of a non-compliance report."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from app.reports.court_kinds.frozen import CaseStep, Ending, Event, OwnSide
from app.reports.snapshot import ReportKind
from app.reports.sources import CHECK_INS, VIOLATIONS
from app.reports.wording import NOT_SHOWN, Wording

# A bench card is one page, read in a minute: of a long list it shows the latest and says how many there are besides.
BENCH_ROWS: Final = 3
NAMED: Final = 4
LONG_WORDS: Final = 600  # characters of one text on a bench card

Rows = list[tuple[str, str]]


class BenchWording:
    """Formats what the bench reads, in the report's language."""

    def __init__(self, say: Wording) -> None:
        self.say, self.snapshot, self.gettext = say, say.snapshot, say.gettext
        self.card = say.snapshot.kind is ReportKind.BENCH_CARD

    def figures(self) -> list[tuple[str, str, str]]:
        """What stands large at the top: label, figure, what it means."""
        gettext, case = self.gettext, self.snapshot.case
        hearing = case.next_hearing
        shown = [
            self._days_left(),
            (
                gettext("Next hearing"),
                NOT_SHOWN if hearing is None else self.say.short_day(hearing),
                gettext("None set") if hearing is None else self._in_days((hearing - self.today).days),
            ),
        ]
        if case.ends_on is not None:
            shown.append(
                (
                    gettext("The case ends"),
                    self.say.short_day(case.ends_on),
                    self._in_days((case.ends_on - self.today).days),
                )
            )
        return shown

    @property
    def today(self) -> date:
        return self.snapshot.as_of or self.snapshot.generated_at.date()

    def _in_days(self, days: int) -> str:
        if days == 0:
            return self.gettext("today")
        if days < 0:
            return self.gettext("%(days)s days ago") % {"days": -days}
        return self.gettext("tomorrow") if days == 1 else self.gettext("in %(days)s days") % {"days": days}

    def _days_left(self) -> tuple[str, str, str]:
        gettext, label = self.gettext, self.gettext("Days left")
        if self.snapshot.program.completed_on is not None:
            return label, NOT_SHOWN, gettext("Every requirement is met.")
        lessons = any(m.required and m.state not in ("passed", "exempted") for m in self.snapshot.modules)
        if lessons:
            last, left = self.snapshot.case.deadline, gettext("for the lessons, until %(day)s")
            over = gettext("the time for the lessons ended on %(day)s")
        else:
            due = [c.due for c in self.snapshot.check_ins if c.state in ("scheduled", "open", "returned")]
            last, left = (max(due) if due else None), gettext("for the check-ins, until %(day)s")
            over = gettext("the last check-in was due on %(day)s")
        if last is None:
            return label, NOT_SHOWN, gettext("Nothing is due now.")
        days = (last - self.today).days
        return label, str(max(days, 0)), (left if days >= 0 else over) % {"day": self.say.short_day(last)}

    def counts(self) -> list[Sequence[str]]:
        """What is required, done, missed, and still to do, of lessons and check-ins."""
        gettext = self.gettext
        rows: list[Sequence[str]] = []
        modules = [m.state for m in self.snapshot.modules if m.required]
        if modules:
            done = sum(state in ("passed", "exempted") for state in modules)
            rows.append((gettext("Modules"), str(len(modules)), str(done), NOT_SHOWN, str(len(modules) - done)))
        check_ins = [c.state for c in self.snapshot.check_ins]
        if check_ins:
            done = sum(state in ("accepted", "submitted", "excused") for state in check_ins)
            missed = check_ins.count("missed")
            to_do = len(check_ins) - done - missed
            rows.append((gettext("Check-ins"), str(len(check_ins)), str(done), str(missed), str(to_do)))
        return rows

    def missing(self) -> list[str]:
        """What is still missing, in sentences; one sentence when nothing is."""
        gettext, said = self.gettext, []
        modules = [m for m in self.snapshot.modules if m.required and m.state not in ("passed", "exempted")]
        if modules:
            said.append(
                _ended(
                    gettext("Modules: %(list)s.") % {"list": self._listed([self._cut(m.title, 48) for m in modules])}
                )
            )
        missed = [
            self.say.marked(self.say.short_day(c.due), CHECK_INS, place)
            for place, c in enumerate(self.snapshot.check_ins)
            if c.state == "missed"
        ]
        if missed:
            said.append(gettext("Missed check-ins: %(list)s.") % {"list": self._listed(missed)})
        returned = [self.say.short_day(c.due) for c in self.snapshot.check_ins if c.state == "returned"]
        if returned:
            said.append(gettext("One thing to add to the check-ins of: %(list)s.") % {"list": self._listed(returned)})
        ahead = [c.due for c in self.snapshot.check_ins if c.state in ("scheduled", "open")]
        if ahead:
            said.append(
                gettext("Check-ins still to come: %(number)s, the next by %(day)s.")
                % {"number": len(ahead), "day": self.say.short_day(min(ahead))}
            )
        return said or [gettext("Nothing is missing.")]

    def _listed(self, items: Sequence[str]) -> str:
        """The items, or the first of them and how many more."""
        if len(items) <= NAMED:
            return "; ".join(items)
        named = NAMED - 1
        more = self.gettext("and %(number)s more") % {"number": len(items) - named}
        return "; ".join((*items[:named], more))

    def _cut(self, text: str, most: int = LONG_WORDS) -> str:
        """The text, on a bench card at most this long: cut behind a word where there is one."""
        if not self.card or len(text) <= most:
            return text
        kept, _gap, _rest = text[:most].rpartition(" ")
        return (kept or text[: most - 1]).rstrip(" ,;:.-–(") + "…"

    def violation_rows(self) -> list[Sequence[str]]:
        """What, day of the event, outcome, day of the decision, day on which the court was told."""
        return [
            (
                self.say.marked(one.what, VIOLATIONS, place),
                self.say.short_day(one.event_on),
                one.outcome,
                self.say.short_day(one.decided_on),
                self.say.short_day(one.court_told_on),
            )
            for place, one in ((place, self.snapshot.violations[place]) for place in self.violations_shown())
        ]

    def violations_shown(self) -> list[int]:
        """The places of those that are shown: on a bench card those that wait, then the latest."""
        found = self.snapshot.violations
        if not self.card or len(found) <= BENCH_ROWS:
            return list(range(len(found)))
        waiting = [place for place, one in enumerate(found) if one.decided_on is None][-BENCH_ROWS:]
        decided = [place for place, one in enumerate(found) if one.decided_on is not None]
        return sorted((*waiting, *decided[len(decided) - (BENCH_ROWS - len(waiting)) :]))

    def step_rows(self) -> list[Sequence[str]]:
        """Day, what was done, by whom."""
        shown = [self.snapshot.steps[place] for place in self.steps_shown()]
        return [(self.say.short_day(one.on), one.what, self._cut(one.by, 34) or NOT_SHOWN) for one in shown]

    def steps_shown(self) -> list[int]:
        """The places of those that are shown: on a bench card the latest, fewer where something is disputed."""
        places = range(len(self.snapshot.steps))
        most = max(1, BENCH_ROWS - len(self.disputes_shown()))
        return list(places[-most:] if self.card else places)

    def disputes_shown(self) -> list[int]:
        """The places of what is shown as disputed: on a bench card what nobody has answered, then the latest."""
        found = self.snapshot.disputes
        if not self.card or len(found) <= BENCH_ROWS:
            return list(range(len(found)))
        most = BENCH_ROWS - 1  # the line that says how many there are besides needs a place, too
        waiting = [place for place, one in enumerate(found) if one.outcome == "open"][-most:]
        answered = [place for place, one in enumerate(found) if one.outcome != "open"]
        return sorted((*waiting, *answered[len(answered) - (most - len(waiting)) :]))

    def dispute_lines(self, places: Sequence[int]) -> list[str]:
        """What is disputed, a line each: a bench card has no room for a table of it."""
        line = self.gettext("%(what)s: disputed on %(day)s. %(answer)s.")
        return [
            line % {"what": what, "day": day, "answer": answer} for what, day, answer in self.say.dispute_rows(places)
        ]

    def not_shown(self, all_of_them: int, shown: int) -> str:
        """The line under a list that was cut short; empty when it was not."""
        if shown >= all_of_them:
            return ""
        words = self.gettext("%(number)s earlier ones stand in the record of the case.")
        return words % {"number": all_of_them - shown}

    def fee(self) -> list[str]:
        """Where the fee stands, and what was said about inability to pay."""
        gettext, money = self.gettext, self.snapshot.money
        if money is None:
            return [gettext("No fee was charged.")]
        said = [self.say.left_to_pay(money.balance_cents)]
        if money.inability_note:
            said.append(money.inability_note)
        if money.balance_cents > 0:
            said.append(gettext("Not being able to pay is not, by itself, a violation."))
        return said

    # --- Non-compliance ---

    def event_rows(self, event: Event) -> Rows:
        """Label and value of one event, as far as they are known."""
        gettext, day = self.gettext, self._day
        rows = [
            (gettext("Happened on"), day(event.happened_on)),
            (gettext("Noted on"), day(event.noted_on)),
            (gettext("What was noted"), event.facts),
            (gettext("The participant was told"), day(event.told_on)),
            (gettext("The participant's side"), self._side(event.own_side)),
            (gettext("Decision"), event.state),
            (gettext("Decided"), self._by(event.decided_on, event.decided_by)),
            (gettext("Reason, or what was agreed"), event.reason),
            (gettext("To be done by"), day(event.due_on)),
            (gettext("The court was told"), day(event.court_told_on)),
        ]
        return [(label, value) for label, value in rows if value]

    def return_rows(self, returned: CaseStep) -> Rows:
        """Label and value of a return to the court."""
        gettext = self.gettext
        rows = [(gettext("Returned"), self._by(returned.on, returned.by)), (gettext("Reason"), returned.note)]
        return [(label, value) for label, value in rows if value]

    def ending_rows(self, ending: Ending) -> Rows:
        """Label and value of a proposal to end the program."""
        gettext = self.gettext
        rows = [
            (gettext("Proposed"), self._by(ending.proposed_on, ending.proposed_by)),
            (gettext("Reasons"), ending.reasons),
            (gettext("The participant was told"), self._day(ending.told_on)),
            (gettext("Time to answer until"), self._day(ending.respond_by)),
            (gettext("The participant's side"), self._side(ending.own_side)),
            (gettext("Decision"), ending.state),
            (gettext("Decided"), self._by(ending.decided_on, ending.decided_by)),
            (gettext("Reason"), ending.decision),
        ]
        return [(label, value) for label, value in rows if value]

    def _side(self, side: OwnSide | None) -> str:
        if side is None:
            return self.gettext("Nothing was said.")
        if side.words is None:
            return self.gettext("Answered on %(day)s. Reports do not show the words.") % {"day": self._day(side.on)}
        return self.gettext('Said on %(day)s: "%(words)s"') % {"day": self._day(side.on), "words": side.words}

    def _by(self, on: date | None, by: str) -> str:
        if on is None:
            return ""
        if not by:
            return self._day(on)
        return self.gettext("%(day)s, by %(name)s") % {"day": self._day(on), "name": by}

    def _day(self, value: date | None) -> str:
        return "" if value is None else self.say.day(value)


def _ended(sentence: str) -> str:
    """A sentence that ends in words cut short has its end already."""
    return sentence.removesuffix(".") if sentence.endswith("….") else sentence
