"""What a court looks like: its staff and its people with everything that happened to them, as rows of COPY.

A court is made once and used for many: wherever its number or its code prefix belongs stands a mark (COURT, PREFIX),
which is replaced for each court. Two courts of one pattern differ in their ids and names of places alone.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

import app.models  # noqa: F401 - every table is known
from app.permissions.identity import Role
from tenants.database import Base
from tenants.program import load_preset
from tests.bench.scale.names import FAMILY, GIVEN
from tests.factories import letters

COURT, PREFIX = "~C~", "~P~"  # a court's number in four hexadecimal digits; its letters
PATTERNS = 5  # courts of each size that differ
LARGE_EVERY = 10  # one court of so many is large
LARGE_SHARE, SMALL_SHARE = 37, 7  # tenths of the average: 1 large and 9 small ones have it together
OFFICER_CASES = 300  # of an officer of a large court
MODULES = ("welcome", "how-people-are-drawn-in", "what-buying-does", "the-law", "strategies")

# Where people stand, out of a hundred.
STANDING = {
    "referred": 8,
    "enrolled": 3,
    "coursework": 31,
    "accountability": 30,
    "report_due": 2,
    "completed": 14,
    "on_hold": 3,
    "returned_to_court": 3,
    "terminated": 3,
    "withdrawn": 3,
}
_WAY = ("referred", "enrolled", "coursework", "accountability", "report_due", "completed")
# Whom a case left the way as, and from where.
_ASIDE = {
    "on_hold": "coursework",
    "returned_to_court": "coursework",
    "terminated": "coursework",
    "withdrawn": "referred",
}
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

# The order in which tables are filled: whatever is referred to comes first.
ORDER = (
    "court",
    "staff_credential",
    "membership",
    "program_rules",
    "learner_account",
    "person",
    "referral",
    "case_number",
    "hearing",
    "enrollment",
    "enrollment_transition",
    "ledger_entry",
    "module_progress",
    "reflection",
    "check_in",
    "possible_violation",
    "waiver",
)
_NUMBER = {name: number for number, name in enumerate(ORDER)}


def key(table: str, row: int) -> str:
    """The id of a row, with COURT where the court's number goes. A UUIDv7 in form."""
    return f"019a0000-{COURT}-7{_NUMBER[table]:03x}-8000-{row:012x}"


def key_in(court: int, table: str, row: int) -> UUID:
    """The id of a row of one court."""
    return UUID(for_court(key(table, row), court))


def for_court(text: str, court: int) -> str:
    """`text` with the marks replaced."""
    return text.replace(COURT, f"{court:04x}").replace(PREFIX, letters(court))


def size_of(court: int, average: int) -> int:
    """How many enrollments the court with this number has."""
    return average * (LARGE_SHARE if is_large(court) else SMALL_SHARE) // 10


def is_large(court: int) -> bool:
    return court % LARGE_EVERY == 0


@dataclass
class Pattern:
    """A court's rows as text for COPY, table by table, with marks; how many rows each table has."""

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    text: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


def pattern_of(court: int) -> tuple[bool, int]:
    """Which pattern a court has: courts for which this is the same differ in nothing else than their marks."""
    return is_large(court), (court // LARGE_EVERY if is_large(court) else court) % PATTERNS


def make_pattern(court: int, *, average: int, now: datetime) -> Pattern:
    """The pattern of a court, as of `now`. The same call gives the same rows."""
    random = Random(repr(pattern_of(court)))
    rows = _Court(random, size_of(court, average), now).rows
    pattern = Pattern()
    for name in ORDER:
        table = Base.metadata.tables[name]
        given = rows[name]
        used = sorted({column for row in given for column in row})
        constants = {
            column.name: column.default.arg
            for column in table.columns
            if column.default is not None and column.default.is_scalar and column.name not in used
        }
        # Made by a function of Python: an empty list or dictionary, in all of these tables.
        made = {c.name: c.default.arg(None) for c in table.columns if _is_made(c, used)}
        fixed = {**constants, **made}
        pattern.columns[name] = (*used, *fixed)
        tail = "".join(f"\t{_cell(value)}" for value in fixed.values())
        pattern.text[name] = "".join("\t".join(_cell(row.get(c)) for c in used) + tail + "\n" for row in given)
        pattern.rows[name] = len(given)
    return pattern


def _is_made(column: Any, used: list[str]) -> bool:
    default = column.default
    return default is not None and default.is_callable and column.name not in (*used, "id", "court_id")


def _cell(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value).translate(_ESCAPES)
    return str(value).translate(_ESCAPES)


class _Court:
    """Makes the rows of one court of so many enrollments."""

    def __init__(self, random: Random, people: int, now: datetime) -> None:
        self.random, self.now, self.today = random, now, now.date()
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.officers = max(1, -(-people // OFFICER_CASES))
        self._staff()
        for number in range(people):
            self._person(number, self._officer(number, people))

    def _add(self, table: str, **values: Any) -> str:
        """One more row; its id."""
        row = key(table, len(self.rows[table]))
        own = {} if "court_id" not in Base.metadata.tables[table].columns else {"court_id": key("court", 0)}
        self.rows[table].append({**own, "id": row, **values})
        return row

    def _staff(self) -> None:
        created = self.now - timedelta(days=900)
        self._add(
            "court",
            slug=f"court-{COURT}",
            code_prefix=PREFIX,
            name=f"Court {COURT}",
            county=f"County {COURT}",
            region="CA",
            time_zone="America/Los_Angeles",
            languages=["en", "es"],
            created_at=created,
        )
        roles = [Role.CLERK, Role.SUPERVISOR, *[Role.OFFICER] * self.officers]
        for number, role in enumerate(roles):
            name = f"{GIVEN[number % len(GIVEN)]} {FAMILY[number % len(FAMILY)]}"
            mail = f"staff{number}@{COURT}.court.example"
            credential = self._add("staff_credential", email=mail, password_hash="none", created_at=created)
            self._add("membership", credential_id=credential, role=role, display_name=name, created_at=created)
        document = load_preset("county_probation").to_json()
        self._add(
            "program_rules", version=1, state="published", document=document, created_at=created, published_at=created
        )

    def _officer(self, number: int, people: int) -> str | None:
        """The first of a large court have OFFICER_CASES each; the last one in a hundred people has no officer."""
        if number >= people - people // 100:
            return None
        return key("membership", 2 + min(number // OFFICER_CASES, self.officers - 1))

    def _person(self, number: int, officer: str | None) -> None:
        random = self.random
        state = random.choices(list(STANDING), list(STANDING.values()))[0]
        furthest = _ASIDE.get(state, state)
        far = _WAY.index(furthest)
        # So many days ago; those who came far began long ago.
        began = random.randint(3, 60) + far * random.randint(15, 60) + (200 if far > 2 else 0)
        referred_at = self._ago(began)
        given, family = random.choice(GIVEN), random.choice(FAMILY)
        family = f"{family} {random.choice(FAMILY)}" if random.random() < 0.25 else family
        person = self._add(
            "person",
            given_names=given,
            family_names=family,
            birth_date=date(1950 + random.randint(0, 55), random.randint(1, 12), random.randint(1, 28)),
            created_at=referred_at,
        )
        deadline = self.today - timedelta(days=began) + timedelta(days=random.randint(90, 150))
        referral = self._add(
            "referral",
            person_id=person,
            order_date=referred_at.date(),
            deadline=max(deadline, self.today + timedelta(days=random.randint(-5, 60))) if far < 3 else deadline,
            referred_by=key("membership", 0),
            referred_at=referred_at,
        )
        self._numbers(number, referral)
        for days in random.sample(range(-120, 60), random.randint(0, 2)):
            self._add("hearing", referral_id=referral, on_date=self.today + timedelta(days=days))
        account = None
        if far:
            account = self._add(
                "learner_account",
                sign_in_name=f"person{number}@{COURT}.mail.example",
                kind="email",
                display_name=f"{given} {family}",
                password_hash="none",
                created_at=referred_at,
            )
        over = state in ("completed", "terminated", "withdrawn")
        enrollment = self._add(
            "enrollment",
            referral_id=referral,
            officer_id=officer,
            account_id=account,
            rules_id=key("program_rules", 0) if far else None,
            state=state,
            held_from=furthest if state in ("on_hold", "returned_to_court") else None,
            paused_at=self._ago(4) if state in ("on_hold", "returned_to_court") else None,
            enrolled_at=self._ago(began - 2) if far else None,
            coursework_done_at=self._ago(began // 2) if far > 2 else None,
            accountability_from=self.today - timedelta(days=began // 2) if far > 2 else None,
            completed_at=self._ago(1) if state == "completed" else None,
            last_activity_at=self._ago(random.uniform(20, 300) if over else random.expovariate(1 / 6)),
        )
        self._history(enrollment, state, far, began)
        if far:
            self._money(enrollment, began)
            self._lessons(enrollment, far)
        if far > 2:
            self._check_ins(enrollment, state, began // 2)

    def _ago(self, days: float) -> datetime:
        return self.now - timedelta(days=max(days, 0), seconds=self.random.randint(0, 40_000))

    def _numbers(self, number: int, referral: str) -> None:
        if number % 33 == 0:
            self._add("case_number", referral_id=referral, position=0, number=None, normalized=None)
            return
        shown = f"{self.random.randint(20, 26)}-CR-{number:05d}"
        self._add("case_number", referral_id=referral, position=0, number=shown, normalized=shown.replace("-", ""))

    def _history(self, enrollment: str, state: str, far: int, began: int) -> None:
        steps = [*_WAY[1 : far + 1], *([state] if state in _ASIDE else [])]
        before = "referred"
        for place, to in enumerate(steps):
            at = self._ago(began - 2 - place * began / (len(steps) + 1))
            self._add(
                "enrollment_transition",
                enrollment_id=enrollment,
                from_state=before,
                to_state=to,
                at=at,
                actor_kind="system",
            )
            before = to

    def _money(self, enrollment: str, began: int) -> None:
        def enter(kind: str, cents: int, days: float) -> None:
            effect = f"{kind}:{enrollment}"
            at = self._ago(days)
            self._add(
                "ledger_entry",
                enrollment_id=enrollment,
                kind=kind,
                amount_cents=cents,
                effect=effect,
                at=at,
                actor_kind="system",
            )

        enter("assessed", 40_000, began - 2)
        draw = self.random.random()
        if draw < 0.6:
            enter("paid", -40_000, began - 3)
        elif draw < 0.85:
            state = self.random.choice(["granted_full", "granted_full", "granted_partial", "denied", "submitted"])
            decided = None if state == "submitted" else self._ago(began / 2)
            self._add(
                "waiver",
                enrollment_id=enrollment,
                state=state,
                household_size=self.random.randint(1, 6),
                monthly_income_cents=self.random.randint(0, 300_000),
                benefits=[],
                submitted_at=self._ago(began / 2 + 4 if decided else 3),
                decided_at=decided,
            )
            if state.startswith("granted"):
                enter("waived", -40_000 if state == "granted_full" else -20_000, began / 2)

    def _lessons(self, enrollment: str, far: int) -> None:
        passed = len(MODULES) if far > 2 else self.random.randint(0, len(MODULES) - 1) if far == 2 else 0
        for position, slug in enumerate(MODULES):
            state = "passed" if position < passed else "in_progress" if position == passed and far == 2 else "waiting"
            at = self._ago(30 - position) if state == "passed" else None
            self._add(
                "module_progress",
                enrollment_id=enrollment,
                slug=slug,
                position=position,
                required=True,
                state=state,
                started_at=at,
                passed_at=at,
            )
        if passed:
            waits = self.random.random() < 0.04 and far == 2
            self._add(
                "reflection",
                enrollment_id=enrollment,
                slug=MODULES[passed - 1],
                lesson="reflection",
                text="What I take along from this module is written here, in a few sentences of my own.",
                state="submitted" if waits else "accepted",
                submitted_at=self._ago(4),
                reviewed_at=None if waits else self._ago(2),
            )

    def _check_ins(self, enrollment: str, state: str, since: int) -> None:
        first = self.today - timedelta(days=since)
        missed = 0
        for number in range(1, 7):
            due = first + timedelta(days=30 * number)
            closes = datetime.combine(due, time(8), UTC)
            if due >= self.today and state == "accountability":
                stands = "scheduled"
            else:
                stands = "missed" if self.random.random() < 0.05 else "accepted"
            missed += stands == "missed"
            self._add(
                "check_in",
                enrollment_id=enrollment,
                number=number,
                opens_at=closes - timedelta(days=7),
                due_on=due,
                closes_at=closes,
                grace_until=closes + timedelta(days=3),
                state=stands,
                submitted_at=closes - timedelta(days=1) if stands == "accepted" else None,
                answers={"going": "mostly"} if stands == "accepted" else {},
                decided_at=closes if stands == "accepted" else None,
            )
        if missed > 1:
            still_open = state == "accountability" and self.random.random() < 0.4
            decided = None if still_open else self._ago(since / 2)
            self._add(
                "possible_violation",
                enrollment_id=enrollment,
                kind="missed_check_ins",
                occasion="check-in 2",
                event_on=self.today - timedelta(days=since // 2 + 6 if decided else 6),
                opened_at=self._ago(since / 2 + 5 if decided else 5),
                state="excused" if decided else "open",
                decided_at=decided,
            )
