"""A snapshot is all a report says: complete, frozen, the same after JSON."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.reports.snapshot import SECTIONS_OF, Money, MoneyLine, Person, ReportKind, Section, Snapshot
from tests.functional.report_samples import COURT, VERIFY, sample

words = st.text(min_size=1, max_size=60)


@pytest.mark.parametrize("kind", list(ReportKind))
def test_a_snapshot_survives_json(kind: ReportKind) -> None:
    snapshot = sample(kind)
    assert Snapshot.model_validate_json(snapshot.model_dump_json()) == snapshot
    assert Snapshot.model_validate(snapshot.model_dump(mode="json")) == snapshot


@given(name=words, stage=words, minutes=st.integers(0, 10_000), day=st.dates())
def test_any_text_survives_json(name: str, stage: str, minutes: int, day: date) -> None:
    base = sample("progress")
    snapshot = base.model_copy(
        update={
            "person": Person(name=name),
            "program": base.program.model_copy(update={"stage": stage, "enrolled_on": day}),
            "modules": (base.modules[0].model_copy(update={"counted_minutes": minutes}),),
        }
    )
    assert Snapshot.model_validate_json(snapshot.model_dump_json()) == snapshot


def test_a_snapshot_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        sample("progress").number = "RIV-2026-000999"  # type: ignore[misc] # what is refused is what is shown


def test_each_kind_comes_with_its_sections_and_a_court_may_choose_others() -> None:
    for kind, sections in SECTIONS_OF.items():
        assert sample(kind).sections == sections
    chosen = (Section.VERIFY, Section.FACTS)
    assert sample("progress", sections=chosen).sections == chosen


def test_times_are_kept_in_utc() -> None:
    local = datetime(2026, 7, 20, 10, 5, tzinfo=timezone(timedelta(hours=-7)))
    assert sample("progress", generated_at=local).generated_at == datetime(2026, 7, 20, 17, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("progress", {"generated_at": datetime(2026, 7, 20)}),  # noqa: DTZ001 - a naive time is what must be refused
        ("progress", {"verify_url": None}),
        ("progress", {"verify_url": "javascript:alert(1)"}),
        ("progress", {"sections": (Section.FACTS,)}),
        ("progress", {"sections": (Section.VERIFY, Section.FACTS, Section.FACTS)}),
        ("progress", {"sections": (Section.VERIFY, Section.SLIP)}),
        ("progress", {"victim": "somebody"}),
        ("progress", {"language": "xx"}),
        ("enrollment_slip", {"verify_url": VERIFY}),
        ("enrollment_slip", {"slip": None}),
        ("enrollment_slip", {"sections": (Section.SLIP, Section.FACTS)}),
        ("progress", {"court": COURT.model_dump() | {"emblem_png": "PHN2Zy8+"}}),
        ("progress", {"court": COURT.model_dump() | {"emblem_png": "not base64"}}),
    ],
)
def test_what_does_not_fit_is_refused(kind: str, change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        sample(kind, **change)


@given(st.lists(st.integers(-100_000, 100_000), max_size=8), st.integers(-3, 3))
def test_the_money_always_adds_up(cents: list[int], slip: int) -> None:
    lines = tuple(MoneyLine(label="x", cents=c) for c in cents)
    if slip == 0:
        assert Money(lines=lines, balance_cents=sum(cents)).balance_cents == sum(cents)
        return
    with pytest.raises(ValidationError):
        Money(lines=lines, balance_cents=sum(cents) + slip)
