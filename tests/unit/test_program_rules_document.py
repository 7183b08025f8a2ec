"""The rules document: what validates can be lived under, and what does not names every fault at its field."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.accountability.rules import AllowanceRules, CheckInState, accountability_done
from app.accountability.schedule import plan, planned_check_ins
from app.learning.rules import LessonKind, LessonPlan, LessonProgress, ModulePlan, NextLesson, Waiting, next_lesson
from app.learning.rules import ModuleProgress as Progress
from app.payments.fees import SAMPLE_HOUSEHOLDS, fee_lines, fee_preview
from app.payments.guidelines import shipped_guidelines
from tenants.closed_days import ClosedDays, due_day, is_open, state_holidays
from tenants.program import ProgramDocument, load_preset, preset_names
from tenants.term import add_months, can_end_in_time, term_end

STATES = ["CA", "MA", "TX", "HI", "AK", "LA", "MD", "VT", "DC", "PR", "GU", "NY"]
BASE = load_preset("problem_solving").to_json()
yes_or_no: st.SearchStrategy[Any] = st.booleans()
slugs = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
labels = st.text("abc éñ", min_size=1, max_size=20).filter(str.strip)


@st.composite
def fees(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Components: amounts, and percentages of amounts."""
    keys: list[str] = draw(st.lists(slugs, max_size=6, unique=True))
    parts: list[dict[str, Any]] = []
    for key in keys:
        common: dict[str, Any] = {"key": key, "label": draw(labels), "waivable": draw(yes_or_no)}
        bases = [part["key"] for part in parts if "amount_cents" in part]
        of_another = draw(yes_or_no)
        if bases and of_another:
            parts.append({**common, "percent": draw(st.integers(0, 100)), "percent_of": draw(st.sampled_from(bases))})
        else:
            parts.append({**common, "amount_cents": draw(st.integers(0, 500_000))})
    return parts


@st.composite
def bands(draw: st.DrawFn) -> list[dict[str, int]]:
    reach = sorted(draw(st.sets(st.integers(0, 1000), max_size=5)))
    waives = sorted(draw(st.lists(st.integers(0, 100), min_size=len(reach), max_size=len(reach))), reverse=True)
    return [{"up_to_percent": up, "waives_percent": part} for up, part in zip(reach, waives, strict=True)]


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Rules as a court might write them; nearly all of them validate."""
    data = copy.deepcopy(BASE)
    modules = draw(st.lists(slugs, min_size=1, max_size=6, unique=True))
    required: list[bool] = draw(st.lists(st.booleans(), min_size=len(modules), max_size=len(modules)).filter(any))
    data["coursework"]["modules"] = [
        {"slug": slug, "required": needed, "minimum_minutes": draw(st.integers(0, 600))}
        for slug, needed in zip(modules, required, strict=True)
    ]
    data["coursework"]["deadline_days"] = draw(st.integers(7, 730))
    data["fees"]["components"] = draw(fees())
    data["waivers"]["bands"] = draw(bands())
    cadence = draw(st.sampled_from(["monthly", "every_two_weeks", "weekly"]))
    longest = {"monthly": 28, "every_two_weeks": 14, "weekly": 7}[cadence]
    data["accountability"] |= {
        "months": draw(st.integers(1, 24)),
        "cadence": cadence,
        "window_days": draw(st.integers(1, longest)),
        "grace_days": draw(st.integers(0, 14)),
        "misses_allowed": draw(st.integers(0, 24)),
    }
    days = draw(st.lists(st.dates(date(2026, 1, 1), date(2029, 12, 31)), max_size=12, unique=True))
    split = draw(st.integers(0, len(days)))
    data["holidays"] = {
        "state_holidays": draw(st.booleans()),
        "days": [str(day) for day in days[:split]],
        "working_days": [str(day) for day in days[split:]],
        "roll_forward": draw(st.booleans()),
    }
    data["term"]["longest_months"] = draw(st.sampled_from([0, 24, 36, 120]))
    return data


starts = st.dates(date(2026, 1, 1), date(2029, 6, 30))
households = st.builds(
    lambda size, income: {"household_size": size, "monthly_income_cents": income},
    st.integers(1, 30),
    st.integers(0, 2_000_000),
)
quick = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.proves("AC-4")
@quick
@given(documents(), starts, st.sampled_from(STATES))
def test_rules_that_validate_can_be_finished_under(data: dict[str, Any], start: date, region: str) -> None:
    document = ProgramDocument.model_validate(data)
    assert ProgramDocument.model_validate(document.to_json()) == document
    _modules_can_all_be_passed(document)
    _check_ins_can_all_be_made(document, start, region)


def _modules_can_all_be_passed(document: ProgramDocument) -> None:
    """Lesson after lesson, whatever is next, until nothing is left: each module in the order of the rules."""
    plans = [
        ModulePlan(module.slug, (LessonPlan("one", LessonKind.READING),), module.required, module.minimum_minutes * 60)
        for module in document.coursework.modules
    ]
    progress: dict[str, Progress] = {}
    order: list[str] = []
    for _step in range(2 * len(plans) + 1):
        step = next_lesson(plans, progress, True)
        if not isinstance(step, NextLesson):
            assert step is Waiting.NOTHING_LEFT
            break
        order.append(step.module)
        wanted = next(one for one in plans if one.slug == step.module)
        progress[step.module] = Progress({"one": LessonProgress(True, wanted.minimum_seconds, done=True)})
    assert order == [module.slug for module in document.coursework.modules if module.required]


def _check_ins_can_all_be_made(document: ProgramDocument, start: date, region: str) -> None:
    rules = document.accountability
    closed = ClosedDays(document.holidays, region)
    windows = plan(
        start,
        rules.months,
        cadence=rules.cadence,
        window_days=rules.window_days,
        grace_days=rules.grace_days,
        time_zone="America/Chicago",
        holidays=closed,
        roll=document.holidays.roll_forward,
    )
    assert abs(len(windows) - planned_check_ins(rules.months, rules.cadence)) <= 1
    assert windows
    before = None
    for window in windows:
        assert window.grace_until - window.opens_at >= timedelta(hours=23)
        assert before is None or before <= window.opens_at
        before = window.grace_until
        assert not document.holidays.roll_forward or is_open(window.due_on, closed) or _no_open_day(window, closed)
    missed = min(rules.misses_allowed, len(windows))
    states: list[CheckInState] = ["missed" if n < missed else "accepted" for n in range(len(windows))]
    assert accountability_done(states, AllowanceRules(len(windows), rules.misses_allowed))


def _no_open_day(window: Any, closed: ClosedDays) -> bool:
    """The court's own days may close it until the next check-in is due: then nothing moves."""
    return not any(is_open(window.due_on + timedelta(days=n), closed) for n in range(7))


@quick
@given(documents(), households, st.sampled_from(STATES))
def test_the_fee_adds_up_to_the_cent_for_every_household(
    data: dict[str, Any], household: dict[str, int], region: str
) -> None:
    document = ProgramDocument.model_validate(data)
    on = date(2026, 11, 22)
    fee = fee_preview(document, region=region, on=on, guidelines=shipped_guidelines(), **household)
    assert fee == fee_preview(document, region=region, on=on, guidelines=shipped_guidelines(), **household)
    assert fee.assessed_cents == sum(line.cents for line in fee_lines(document.fees))
    assert fee.waived_cents + fee.due_cents == fee.assessed_cents
    for line in fee.lines:
        assert 0 <= line.waived_cents <= line.assessed_cents
        assert line.waivable or line.waived_cents == 0
    waivable = sum(line.assessed_cents for line in fee.lines if line.waivable)
    rate = fee.band.rate if fee.band else 0
    assert fee.waived_cents == (waivable * rate + 5_000) // 10_000


@quick
@given(documents(), st.integers(1, 12), st.lists(st.integers(0, 1_000_000), min_size=2, max_size=2))
def test_who_earns_more_never_pays_less(data: dict[str, Any], size: int, incomes: list[int]) -> None:
    document = ProgramDocument.model_validate(data)
    poorer, richer = (
        fee_preview(
            document,
            household_size=size,
            region="TX",
            monthly_income_cents=income,
            on=date(2026, 11, 22),
            guidelines=shipped_guidelines(),
        ).due_cents
        for income in sorted(incomes)
    )
    assert poorer <= richer


def test_the_sample_households_under_a_court_with_bands() -> None:
    document = load_preset("county_diversion")
    found = [
        fee_preview(
            document,
            household_size=one.size,
            region="CA",
            monthly_income_cents=one.monthly_income_cents,
            on=date(2026, 11, 22),
            guidelines=shipped_guidelines(),
        )
        for one in SAMPLE_HOUSEHOLDS
    ]
    assert [fee.assessed_cents for fee in found] == [45_000] * 3
    assert [fee.due_cents for fee in found] == [0, 0, 45_000]
    assert [fee.guideline_percent for fee in found] == [91, 194, 361]


# --- Faults ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Injected:
    """A way to spoil the rules, and where the complaint must stand."""

    where: tuple[str | int, ...]
    value: Any
    named: tuple[str | int, ...] | None = None


FAULTS = [
    Injected(("people", "refers"), []),
    Injected(("people", "supervises"), "the mayor"),
    Injected(("coursework", "pass_percent"), 101),
    Injected(("coursework", "quiz_attempts"), "many"),
    Injected(("coursework", "deadline_days"), None),
    Injected(("coursework", "modules", 0, "minimum_minutes"), -1),
    Injected(("coursework", "modules", 0, "required"), False, ("coursework", "modules")),
    Injected(("codes", "valid_days"), 0),
    Injected(("codes", "ask_case_number"), "perhaps"),
    Injected(("fees", "components", 0, "label"), "  "),
    Injected(("fees", "components", 0, "percent"), 5, ("fees", "components", 0, "amount_cents")),
    Injected(("fees", "components", 1, "percent_of"), "nothing"),
    Injected(("fees", "components", 1, "key"), "program"),
    Injected(("fees", "installments", "parts"), 13),
    Injected(("waivers", "bands", 1, "up_to_percent"), 150),
    Injected(("waivers", "bands", 2, "waives_percent"), 99),
    Injected(("waivers", "presumptive_benefits", 1), "SNAP"),
    Injected(("waivers", "proof"), "oath"),
    Injected(("accountability", "months"), 0),
    Injected(("accountability", "window_days"), 20),
    Injected(("accountability", "officer_questions"), ["a", "b", "c", "d"]),
    Injected(("accountability", "statement_use"), {"en": "Only English."}),
    Injected(("holidays", "days"), ["2026-02-30"], ("holidays", "days", 0)),
    Injected(("holidays", "working_days"), ["2026-03-02", "2026-03-02"], ("holidays", "working_days", 1)),
    Injected(("term", "longest_months"), -1),
    Injected(("reports", "letterhead", "emblem"), "<svg>"),
    Injected(("reminders", "days_before"), [3, 3], ("reminders", "days_before", 1)),
    Injected(("agreement", "text", "es"), ""),
    Injected(("retention", "keep_years"), 51),
    Injected(("surprise",), 1),
]


def _put(data: dict[str, Any], where: tuple[str | int, ...], value: Any) -> None:
    at: Any = data
    for part in where[:-1]:
        at = at[part]
    at[where[-1]] = value


@pytest.mark.proves("AC-4")
@settings(deadline=None, max_examples=150)
@given(st.sets(st.integers(0, len(FAULTS) - 1), min_size=1, max_size=8))
def test_every_fault_is_named_at_its_field_at_once(chosen: set[int]) -> None:
    faults = [FAULTS[number] for number in sorted(chosen)]
    # Two faults of one component hide each other: a part with an amount too is no percentage of anything any more.
    assume(len({fault.where[:4] for fault in faults}) == len(faults))
    data = copy.deepcopy(BASE)
    for fault in faults:
        _put(data, fault.where, fault.value)
    with pytest.raises(ValidationError) as invalid:
        ProgramDocument.model_validate(data)
    told = [error["loc"] for error in invalid.value.errors()]
    for fault in faults:
        assert (fault.named or fault.where) in told, fault
    assert len(told) == len(faults) or _one_fault_makes_another(faults)


def _one_fault_makes_another(faults: list[Injected]) -> bool:
    """A band out of order may be out of order on both sides; no months at all fall below no term."""
    return any(fault.where[:2] in (("waivers", "bands"), ("fees", "components")) for fault in faults)


def test_a_term_shorter_than_accountability_alone_is_a_fault_of_the_term() -> None:
    data = load_preset("municipal").to_json()
    data["term"]["longest_months"] = 5
    with pytest.raises(ValidationError) as invalid:
        ProgramDocument.model_validate(data)
    assert [error["loc"] for error in invalid.value.errors()] == [("term", "longest_months")]


def test_whoever_is_asked_about_the_police_is_told_first_what_happens_with_the_answer() -> None:
    data = load_preset("municipal").to_json()
    data["accountability"]["ask_police_contact"] = True
    with pytest.raises(ValidationError, match="statement_use"):
        ProgramDocument.model_validate(data)
    data["accountability"]["statement_use"] = {"en": "Only to help you.", "es": "Solo para ayudarle."}
    assert ProgramDocument.model_validate(data).accountability.ask_police_contact


def test_rules_published_before_there_were_these_fields_mean_what_they_meant() -> None:
    data = load_preset("municipal").to_json()
    for new in ("term", "holidays"):
        del data[new]
    del data["fees"]["installments"], data["waivers"]["proof"], data["waivers"]["grant_presumed"]
    del data["codes"]["ask_case_number"], data["coursework"]["modules"][0]["minimum_minutes"]
    for new in ("cadence", "statement_use", "ask_police_contact"):
        del data["accountability"][new]
    data["accountability"]["roll_weekends_forward"] = False
    data["holidays"] = {"days": ["2026-12-24"]}
    old = ProgramDocument.model_validate(data)
    assert not old.holidays.roll_forward
    assert not old.holidays.state_holidays
    assert old.holidays.days == (date(2026, 12, 24),)
    assert (old.accountability.cadence, old.term.longest_months, old.codes.ask_case_number) == ("monthly", 0, False)


@pytest.mark.parametrize("name", preset_names())
def test_presets_say_in_their_agreement_how_long_it_takes(name: str) -> None:
    """The text that people sign and the rules that the portal follows agree."""
    document = load_preset(name)
    words = {3: ("three", "tres"), 6: ("six", "seis"), 12: ("twelve", "doce")}[document.accountability.months]
    assert f"{words[0]} months" in document.agreement.text["en"]
    assert f"{words[1]} meses" in document.agreement.text["es"]
    assert ("no fee" in document.agreement.text["en"]) == (not document.fees.components)


# --- Days ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "day", "closed"),
    [
        ("CA", date(2027, 3, 31), True),  # Cesar Chavez Day
        ("TX", date(2027, 7, 5), True),  # Independence Day, a Sunday, is observed on the Monday
        ("NY", date(2027, 7, 5), True),
        ("LA", date(2027, 2, 9), True),  # Mardi Gras
        ("CA", date(2027, 2, 9), False),
        ("ZZ", date(2027, 11, 25), True),  # no state of that name: the federal ones
    ],
)
def test_state_holidays(region: str, day: date, closed: bool) -> None:
    assert (day in state_holidays(region, day.year)) is closed


@quick
@given(documents(), starts, st.sampled_from(STATES))
def test_due_days_roll_to_the_first_open_day(data: dict[str, Any], day: date, region: str) -> None:
    rules = ProgramDocument.model_validate(data).holidays
    closed = ClosedDays(rules, region)
    due = due_day(day, rules, region)
    if not rules.roll_forward:
        assert due == day
        return
    assert is_open(due, closed)
    assert not any(is_open(day + timedelta(days=n), closed) for n in range((due - day).days))
    for own in rules.days:
        assert own in closed
    for worked in rules.working_days:
        assert worked not in closed


@quick
@given(documents(), starts, st.integers(0, 900), st.sampled_from(STATES))
def test_the_end_of_the_term_is_foretold_as_the_schedule_will_have_it(
    data: dict[str, Any], ordered: date, later: int, region: str
) -> None:
    document, today = ProgramDocument.model_validate(data), ordered + timedelta(days=later)
    ends = term_end(document, ordered)
    answer = can_end_in_time(document, term_ends=ends, today=today, region=region)
    if ends is None:
        assert answer is None
        return
    assert answer is not None
    assert ends == add_months(ordered, document.term.longest_months)
    assert answer.earliest_end <= answer.latest_end
    assert answer.possible or not answer.certain
    assert (answer.finish_course_by is not None) == answer.possible
    if answer.finish_course_by is not None:
        begun = answer.finish_course_by
        running = can_end_in_time(document, term_ends=ends, today=begun, region=region, accountability_from=begun)
        assert running is not None
        assert running.possible
        too_late = begun + timedelta(days=1)
        late = can_end_in_time(document, term_ends=ends, today=too_late, region=region, accountability_from=too_late)
        assert late is not None
        assert not late.possible
