"""A list of the caseload as a file for a spreadsheet, sent as it is read: it is never held as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.caseload.everyone.lookups import listed, officers_of, pages_of
from app.caseload.everyone.wanted import Wanted
from app.caseload.lookups import Case, facts_in
from app.caseload.rows import Aside, RowMaker, next_due_on
from app.core.actor import Actor
from app.core.audit import audit
from app.core.i18n import gettext as _
from app.permissions.identity import Identity
from tenants.database import acting_as, transaction


def note_export(wanted: Wanted, *, actor: Actor) -> None:
    """Put on the trail who takes which list along; before the first line is sent."""
    with transaction():
        audit("caseload.export", actor=actor, subject=("caseload", None), new={"list": wanted.values()})


def lines(identity: Identity, court_id: UUID, wanted: Wanted, maker: RowMaker) -> Iterator[Sequence[object]]:
    """A heading, then everybody on the list in its order. Days are written as 2027-03-31, in the court's time.

    The fee only for those who may see it, the officer for all: the file outlives the page that it comes from.
    """
    yield _heading(money=maker.money)
    for cases, aside in _parts(identity, court_id, wanted, maker):
        with acting_as(court_id):
            officers = officers_of([case[0] for case in cases])
        for case, row in zip(cases, maker.rows(cases, aside), strict=True):
            told, facts = row.told, facts_in(case[-1])
            yield [
                row.name,
                row.numbers,
                officers.get(row.id, ""),
                told.stage,
                told.percent,
                "; ".join(told.reasons),
                _day(facts["last_activity_on"]),
                told.next_due,
                _day(next_due_on(facts)),
                _day(facts["deadline"]),
                _day(facts["hearing_on"]),
                *((told.fee,) if maker.money else ()),
            ]


def _parts(identity: Identity, court_id: UUID, wanted: Wanted, maker: RowMaker) -> Iterator[tuple[list[Case], Aside]]:
    if wanted.tab != "attention":
        yield from pages_of(identity, court_id, maker.day, wanted)
        return
    with acting_as(court_id):
        found = listed(identity, maker.day, wanted)
    yield maker.urgent(found.attention, found.aside), found.aside


def _heading(*, money: bool) -> list[Any]:
    return [
        _("Name"),
        _("Case number"),
        _("Officer"),
        _("Stage"),
        _("Percent done"),
        _("Needs attention"),
        _("Last activity"),
        _("Next due"),
        _("Next due on"),
        _("Deadline for the lessons"),
        _("Next hearing"),
        *((_("Fee"),) if money else ()),
    ]


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""
