"""The rules of a case: moves that the table holds and no others, redeeming, ages, names, the learner's next step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases import rules
from app.cases.redeeming import CodeFacts, RedeemRefusal, can_redeem
from app.cases.rules import LearnerFacts, SamePerson
from app.core.errors import IllegalMove

TABLES = [rules.CODE_MOVES, rules.ENROLLMENT_MOVES]


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.entity)
def test_every_state_is_reached_has_words_and_one_row_for_each_move(table: rules.Moves) -> None:
    assert set(rules.STATE_WORDS[table.entity]) == table.states
    reached, frontier = {table.start}, {table.start}
    while frontier:
        frontier = {to for state in frontier for to in table.onward(state)} - reached
        reached |= frontier
    assert reached == table.states
    pairs = [(state, row.to) for row in table.transitions for state in row.from_states]
    assert len(pairs) == len(set(pairs))
    assert all(str(row.description) and row.who for row in table.transitions)


def test_words_differ_within_an_entity() -> None:
    for words in rules.STATE_WORDS.values():
        assert len({str(text) for text in words.values()}) == len(words)


LEGAL_ENROLLMENT_MOVES = {
    "referred": {"enrolled", "transferred", "withdrawn"},
    "enrolled": {"coursework", "on_hold", "returned_to_court", "transferred", "withdrawn"},
    "coursework": {"accountability", "report_due", "on_hold", "returned_to_court", "transferred", "withdrawn"},
    "accountability": {"report_due", "on_hold", "returned_to_court", "transferred", "withdrawn"},
    "report_due": {"completed", "on_hold", "returned_to_court", "transferred", "withdrawn"},
    "on_hold": {"returned_to_court", "transferred", "withdrawn"},
    "returned_to_court": {"terminated", "transferred", "withdrawn"},
    "completed": set(),
    "terminated": set(),
    "transferred": set(),
    "withdrawn": set(),
}


def test_enrollment_moves_are_exactly_these() -> None:
    for current, to in product(LEGAL_ENROLLMENT_MOVES, repeat=2):
        if to in LEGAL_ENROLLMENT_MOVES[current]:
            assert rules.move(current, to, rules.ENROLLMENT_MOVES).to == to
        else:
            with pytest.raises(IllegalMove) as raised:
                rules.move(current, to, rules.ENROLLMENT_MOVES)
            assert current in str(raised.value)
            assert to in str(raised.value)


def test_code_moves_are_exactly_these() -> None:
    legal = {("issued", s) for s in ("redeemed", "expired", "revoked", "replaced")} | {("expired", "replaced")}
    found = {(s, row.to) for row in rules.CODE_MOVES.transitions for s in row.from_states}
    assert found == legal


@pytest.mark.parametrize("side", ["on_hold", "returned_to_court"])
def test_a_side_state_leads_back_to_its_origin_only(side: str) -> None:
    for origin, to in product(rules.ACTIVE_STATES, repeat=2):
        if origin == to:
            assert rules.move(side, to, rules.ENROLLMENT_MOVES, origin=origin).who == "case.resume"
        else:
            with pytest.raises(IllegalMove):
                rules.move(side, to, rules.ENROLLMENT_MOVES, origin=origin)


def test_an_origin_opens_no_way_that_the_table_lacks() -> None:
    with pytest.raises(IllegalMove):
        rules.move("completed", "coursework", rules.ENROLLMENT_MOVES, origin="coursework")


def test_final_states_are_final() -> None:
    assert {s for s in rules.ENROLLMENT_MOVES.states if not rules.ENROLLMENT_MOVES.onward(s)} == rules.FINAL_STATES


def test_ending_a_program_takes_reasons_notice_time_and_a_person() -> None:
    row = rules.move("returned_to_court", "terminated", rules.ENROLLMENT_MOVES)
    assert {"written_reasons", "notice_given", "response_time_over"} <= set(row.requires)
    assert row.who not in {rules.SYSTEM, rules.LEARNER}


TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("state", "opened", "deadline", "words"),
    [
        ("enrolled", 0, None, "Not started"),
        ("coursework", 0, TODAY, "Not started"),
        ("coursework", 1, TODAY, "In lessons"),
        ("coursework", 1, TODAY - timedelta(days=1), "Past the deadline"),
        ("coursework", 0, TODAY - timedelta(days=1), "Past the deadline"),
        ("referred", 0, TODAY - timedelta(days=1), "Referred"),
        ("completed", 9, TODAY - timedelta(days=1), "Completed"),
        ("on_hold", 0, TODAY - timedelta(days=1), "On hold"),
        ("accountability", 9, None, "In check-ins"),
    ],
)
def test_stage_words(state: str, opened: int, deadline: date | None, words: str) -> None:
    stage = rules.stage_of(state, lessons_opened=opened, deadline=deadline, today=TODAY)
    assert str(rules.STAGE_WORDS[stage]) == words


NOW = datetime(2026, 3, 10, 15, tzinfo=UTC)
BORN = date(1990, 5, 4)
CODE = CodeFacts("issued", NOW + timedelta(days=1), "referred", BORN)


@pytest.mark.proves("AU-8")
@pytest.mark.parametrize(
    ("code", "typed", "refusal"),
    [
        (CODE, BORN, None),
        (CODE, BORN + timedelta(days=1), RedeemRefusal.WRONG_BIRTH_DATE),
        (replace(CODE, state="redeemed"), BORN, RedeemRefusal.USED),
        (replace(CODE, state="revoked"), BORN, RedeemRefusal.REVOKED),
        (replace(CODE, state="replaced"), BORN, RedeemRefusal.REPLACED),
        (replace(CODE, state="expired"), BORN, RedeemRefusal.EXPIRED),
        (replace(CODE, expires_at=NOW), BORN, RedeemRefusal.EXPIRED),
        (replace(CODE, expires_at=NOW + timedelta(microseconds=1)), BORN, None),
        (replace(CODE, enrollment_state="withdrawn"), BORN, RedeemRefusal.CASE_CLOSED),
        (replace(CODE, birth_date=date(2008, 3, 11)), date(2008, 3, 11), RedeemRefusal.NOT_ADULT),
        (replace(CODE, birth_date=date(2008, 3, 10)), date(2008, 3, 10), None),
    ],
)
def test_only_an_issued_unexpired_code_with_its_birth_date_is_taken(
    code: CodeFacts, typed: date, refusal: RedeemRefusal | None
) -> None:
    assert can_redeem(code, birth_date=typed, now=NOW, today=TODAY) is refusal


def test_an_unknown_code_state_is_an_error_not_a_pass() -> None:
    with pytest.raises(ValueError):
        can_redeem(replace(CODE, state="lost"), birth_date=BORN, now=NOW, today=TODAY)


@pytest.mark.parametrize(
    ("born", "on", "adult"),
    [
        (date(2008, 3, 10), date(2026, 3, 9), False),
        (date(2008, 3, 10), date(2026, 3, 10), True),
        (date(2008, 2, 29), date(2026, 2, 28), False),
        (date(2008, 2, 29), date(2026, 3, 1), True),
        (date(2008, 12, 31), date(2026, 12, 30), False),
        (date(2009, 1, 1), date(2026, 12, 31), False),
        (date(1930, 1, 1), date(2026, 1, 1), True),
    ],
)
def test_adult_from_the_eighteenth_birthday(born: date, on: date, adult: bool) -> None:
    assert rules.adult_on(born, on) is adult


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_once_adult_always_adult_and_never_before_6574_days(born: date) -> None:
    first = next(d for n in range(6570, 6580) if rules.adult_on(born, d := born + timedelta(days=n)))
    assert not rules.adult_on(born, first - timedelta(days=1))
    assert rules.adult_on(born, first + timedelta(days=1))
    assert (first.month, first.day) == ((3, 1) if (born.month, born.day) == (2, 29) else (born.month, born.day))


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("CR-2026-00123", "cr 2026 00123", True),
        ("2026/CF.123(a)", "2026CF123A", True),
        ("CR–2026–1", "CR-2026-1", True),
        ("CR-2026-00123", "CR-2026-123", False),
        ("pending", "Pending", None),
        (" - ", "", None),
    ],
)
def test_case_numbers_compare_without_punctuation_and_pending_matches_nothing(
    a: str, b: str, same: bool | None
) -> None:
    keys = rules.case_number_key(a), rules.case_number_key(b)
    if same is None:
        assert keys == (None, None)
    else:
        assert (keys[0] == keys[1]) is same


EXACT, SPELLED, NO = SamePerson.EXACT, SamePerson.DIFFERENT_SPELLING, SamePerson.NO


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        ("José García", "JOSE GARCIA", EXACT),
        ("García, José", "Jose Garcia", EXACT),
        ("Mary-Ann O’Brien", "mary ann o'brien", EXACT),
        ("Łukasz Wójcik", "Lukasz Wojcik", EXACT),
        ("Muñoz Peña, Íñigo", "Inigo Munoz Pena", EXACT),
        ("José García López", "José García", SPELLED),
        ("John Q. Smith", "John Quincy Smith", SPELLED),
        ("John Smith Jr.", "John Smith", SPELLED),
        ("Jon Smith", "John Smith", SPELLED),
        ("Jhon Smith", "John Smith", SPELLED),
        ("Katherine Gonzales", "Catherine Gonzalez", SPELLED),
        ("Maryann Delacruz", "Mary Ann De La Cruz", SPELLED),
        ("José García", "José Martínez", NO),
        ("John Smith", "Peter Miller", NO),
        ("John Smith", "John Miller", NO),
        ("", "", NO),
        ("John Smith", "", NO),
        ("Jr.", "John Smith Jr.", NO),
        ("!!!", "???", NO),
    ],
)
def test_names_are_compared_kindly(a: str, b: str, answer: SamePerson) -> None:
    assert rules.same_person(a, BORN, b, BORN) is answer
    assert rules.same_person(b, BORN, a, BORN) is answer


words = st.text(st.characters(categories=["L"], max_codepoint=0x24F), min_size=1, max_size=10)
names = st.lists(words, min_size=1, max_size=5).map(" ".join)


@given(names, names)
def test_comparing_names_does_not_depend_on_which_comes_first(a: str, b: str) -> None:
    assert rules.same_person(a, BORN, b, BORN) is rules.same_person(b, BORN, a, BORN)


@given(names, st.randoms(use_true_random=False))
def test_the_order_of_words_and_their_case_never_matter(name: str, random: object) -> None:
    shuffled = name.split()
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis types its generator as object
    assert rules.same_person(name, BORN, " ".join(shuffled).lower(), BORN) is EXACT


@given(names)
def test_another_birth_date_is_another_person(name: str) -> None:
    assert rules.same_person(name, BORN, name, BORN + timedelta(days=1)) is NO


def test_an_enormous_name_is_answered_quickly() -> None:
    assert rules.same_person("a " * 100_000, BORN, "b " * 100_000, BORN) is NO


COURSE = LearnerFacts("coursework", coursework_open=True)
UNPAID = LearnerFacts("enrolled", balance_cents=40_000)
MONTHS = LearnerFacts("accountability")


@pytest.mark.parametrize(
    ("facts", "kind", "endpoint"),
    [
        (LearnerFacts("referred"), "enroll", "enroll"),
        (LearnerFacts("enrolled", agreement_signed=False), "agreement", "agreement"),
        (UNPAID, "pay", "pay"),
        (replace(UNPAID, waiver_state="draft"), "waiver_draft", "waiver_draft"),
        (replace(UNPAID, payment_on_its_way=True), "payment_wait", "pay"),
        (replace(UNPAID, waiver_state="submitted"), "waiver_wait", "waiver"),
        (replace(UNPAID, waiver_state="under_review"), "waiver_wait", "waiver"),
        (replace(UNPAID, waiver_state="reconsideration"), "waiver_wait", "waiver"),
        (replace(UNPAID, waiver_state="needs_proof"), "waiver_proof", "waiver"),
        (replace(UNPAID, waiver_state="denied"), "pay", "pay"),
        (replace(UNPAID, waiver_state="granted_partial"), "pay", "pay"),
        (replace(COURSE, has_open_lesson=True), "lesson", "lesson"),
        (replace(COURSE, has_open_lesson=True, waiver_state="submitted"), "lesson", "lesson"),
        (replace(COURSE, has_open_lesson=True, waiver_state="needs_proof"), "waiver_proof", "waiver"),
        (replace(COURSE, has_open_lesson=True, reflection_returned=True), "reflection", "reflection"),
        (replace(COURSE, reflection_waiting=True), "reflection_wait", "modules"),
        (COURSE, "modules", "modules"),
        (replace(MONTHS, check_in_state="open"), "check_in", "check_in"),
        (replace(MONTHS, check_in_state="returned"), "check_in_add", "check_in"),
        (replace(MONTHS, check_in_state="submitted"), "check_in_wait", "check_ins"),
        (MONTHS, "check_in_wait", "check_ins"),
        (LearnerFacts("report_due"), "report", None),
        (LearnerFacts("completed"), "finished", "reports"),
        (LearnerFacts("on_hold"), "on_hold", None),
        (LearnerFacts("returned_to_court"), "court", "contact"),
        (LearnerFacts("withdrawn"), "ended", "contact"),
        (LearnerFacts("terminated"), "terminated", "contact"),
    ],
)
def test_the_learner_is_told_one_next_step(facts: LearnerFacts, kind: str, endpoint: str | None) -> None:
    step = rules.next_step(facts)
    assert (step.kind, step.endpoint) == (kind, endpoint)
    assert str(step.words).endswith(".")


def test_dates_go_with_the_step() -> None:
    facts = LearnerFacts("accountability", check_in_state="open", check_in_due=TODAY)
    assert rules.next_step(facts).on == TODAY
    later = replace(facts, check_in_state=None, next_check_in_opens=TODAY + timedelta(days=20))
    assert rules.next_step(later).on == TODAY + timedelta(days=20)


@given(st.sampled_from(sorted(rules.ENROLLMENT_MOVES.states)), st.booleans(), st.booleans(), st.booleans())
def test_every_state_has_a_step(state: str, signed: bool, opened: bool, lesson: bool) -> None:
    step = rules.next_step(LearnerFacts(state, agreement_signed=signed, coursework_open=opened, has_open_lesson=lesson))
    assert str(step.words)
    if step.kind == "lesson":
        assert state in {"enrolled", "coursework"}
        assert signed
        assert opened
