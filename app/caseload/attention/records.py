"""The records behind the reasons: which one a reason leads to, and which is the newest of its kind.

A reason that was put aside is another one as soon as a newer record stands behind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    select,
    union_all,
)

from app.accountability.models import CheckIn
from app.accountability.terminating.models import Termination
from app.accountability.terminating.rules import OPEN
from app.accountability.violations.models import PossibleViolation
from app.accountability.violations.steps.lookups import NOT_DONE, WAITS
from app.cases.mailroom.lookups import STILL_LOST
from app.cases.many import among, ids, is_one_of
from app.cases.models import Enrollment
from app.learning.models import Reflection
from app.notices.models import Notice
from app.payments.models import LedgerEntry, Waiver
from app.payments.overview import WAITS_FOR_A_PERSON
from tenants.database import Ready

ID_LENGTH = 36


class Records(NamedTuple):
    """Of one kind of one case: the record that has waited longest, and what tells the newest one from those before."""

    first_id: UUID
    newest: str


def _behind(
    kind: str, enrollment_id: Any, record_id: Any, order: Any, *conditions: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    """`order`: when it came to be, as a text that sorts; ids tell by themselves (UUIDv7)."""
    told = func.concat(order, " ", cast(record_id, Text))
    return (
        select(
            cast(enrollment_id, Text),
            literal_column(f"'{kind}'").label("kind"),
            func.min(told).label("first"),
            func.max(told).label("newest"),
        )
        .where(among(enrollment_id), *conditions)
        .group_by(enrollment_id)
    )


def _instant(column: Any) -> Any:
    """An instant as a text that sorts, whatever the session's time zone."""
    return func.to_char(func.timezone("UTC", column), literal("YYYY-MM-DD HH24:MI:SS.US"))


_V, _C, _T = PossibleViolation, CheckIn, Termination
_BY_ID = literal("")
_TODAY = bindparam("today", type_=Date())
_BEHIND = (
    _behind("violation", _V.enrollment_id, _V.id, _BY_ID, is_one_of(_V.state, ("open",))),
    _behind("step", _V.enrollment_id, _V.id, cast(_V.response_due_on, Text), WAITS, _V.response_due_on < _TODAY),
    _behind("step_not_done", _V.enrollment_id, _V.id, _BY_ID, NOT_DONE),
    # That the person has answered is something new.
    _behind(
        "proposal",
        _T.enrollment_id,
        _T.id,
        func.concat(cast(_T.number, Text), " ", _T.state, " ", _instant(_T.response_at)),
        is_one_of(_T.state, OPEN),
    ),
    _behind("answer", _T.enrollment_id, _T.id, cast(_T.respond_by, Text), is_one_of(_T.state, OPEN)),
    _behind("missed", _C.enrollment_id, _C.id, cast(_C.due_on, Text), is_one_of(_C.state, ("missed",))),
    _behind("check_in", _C.enrollment_id, _C.id, _instant(_C.submitted_at), is_one_of(_C.state, ("submitted",))),
    _behind(
        "reflection",
        Reflection.enrollment_id,
        Reflection.id,
        _instant(Reflection.submitted_at),
        is_one_of(Reflection.state, ("submitted",)),
    ),
    _behind(
        "waiver",
        Waiver.enrollment_id,
        Waiver.id,
        _instant(func.coalesce(Waiver.asked_again_at, Waiver.submitted_at)),
        is_one_of(Waiver.state, WAITS_FOR_A_PERSON),
    ),
    _behind(
        "dispute",
        LedgerEntry.enrollment_id,
        LedgerEntry.id,
        _BY_ID,
        LedgerEntry.kind == literal_column("'disputed'"),
    ),
    _behind("mail_lost", Notice.enrollment_id, Notice.id, _BY_ID, STILL_LOST),
    _behind("hold", Enrollment.id, Enrollment.id, _instant(Enrollment.paused_at), Enrollment.paused_at.is_not(None)),
)
_STATEMENT = Ready(select(union_all(*_BEHIND).subquery()))


def records_of(enrollments: Iterable[str], today: date) -> dict[tuple[str, str], Records]:
    """By enrollment id and kind. One statement."""
    rows = _STATEMENT.read(**ids(enrollments), today=today)
    return {(key, kind): Records(UUID(first[-ID_LENGTH:]), newest) for key, kind, first, newest in rows}
