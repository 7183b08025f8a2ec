"""The worker's part: one stretch of rows after the other becomes referrals, or case numbers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.cases.amending import amend, facts_of, locked_case
from app.cases.guarding import lock_referring
from app.cases.imports.columns import Kind
from app.cases.imports.lookups import ground, mapping_of, referring_actor, sheet_of, the_import
from app.cases.imports.matching import Outcome, outcomes
from app.cases.imports.models import ReferralImport, ReferralImportRow
from app.cases.imports.rules import Ground, Problem
from app.cases.imports.services import BATCH_JOB, handled
from app.cases.referring import refer_many
from app.cases.rules import case_number_key
from app.core.actor import Actor
from app.core.bulk import insert_many
from app.core.errors import NotFound, PortalError, Refused
from app.core.i18n import gettext as _
from app.core.jobs import Job, JobHandler
from tenants.database import session, transaction

log = logging.getLogger(__name__)


def run_batch(job: Job) -> None:
    """Bring in one stretch of rows; runs twice with one effect, since what became of a row is written once.

    The stretch is one transaction. Should that ever fail, the next attempt goes row by row, so that one row which can
    not be saved holds up no other.
    """
    work = _Work.of(job)
    if work.kind is Kind.REFERRALS and job.attempt <= 1:
        with transaction():
            work.bring_in(work.numbers)
            work.done(job)
        return
    for number in work.numbers:
        work.alone(number)
    with transaction():
        work.done(job)


def gave_up(job: Job, _error: str) -> None:
    """After the last attempt: rows without an end are told as not saved, and the import comes to its own."""
    assert job.subject_id is not None
    first, last = job.payload["rows"]
    row = the_import(job.subject_id, lock=True)
    try:
        numbers = [record.number for record in sheet_of(row).records if first <= record.number <= last]
    except Refused:  # the file itself is gone, and with it how its rows are numbered
        numbers = list(range(first, last + 1))
    if row.state == "running":
        _note(row, {number: _failed("not_saved") for number in _left(row.id, numbers)})
    handled(row, len(numbers))


def _left(import_id: UUID, numbers: Sequence[int]) -> list[int]:
    """Those of the rows that have not come to an end."""
    there = session().scalars(
        select(ReferralImportRow.number).where(
            ReferralImportRow.import_id == import_id, ReferralImportRow.number.between(numbers[0], numbers[-1])
        )
    )
    known = set(there)
    return [number for number in numbers if number not in known]


class _Work:
    """One stretch of rows of one import, and what they are looked at with."""

    def __init__(self, row: ReferralImport, first: int, last: int) -> None:
        self.import_id, self.kind, self.mapping = row.id, Kind(row.kind), mapping_of(row.mapping)
        self.sheet, self.ground, self.actor = sheet_of(row), ground(self.mapping), referring_actor(row)
        self.numbers = [record.number for record in self.sheet.records if first <= record.number <= last]

    @classmethod
    def of(cls, job: Job) -> _Work:
        assert job.subject_id is not None
        return cls(the_import(job.subject_id), *job.payload["rows"])

    def done(self, job: Job) -> None:
        """The job's end and the rows' end are one."""
        row = the_import(self.import_id, lock=True)
        job.done()
        handled(row, len(self.numbers))

    def alone(self, number: int) -> None:
        """One row in a transaction of its own; one that can not be saved says so."""
        try:
            with transaction():
                self.bring_in([number])
        except PortalError as refused:
            log.info("row %d of import %s was refused: %s", number, self.import_id, type(refused).__name__)
            self._give_up(number, "rules")
        except Exception:
            log.exception("row %d of import %s could not be saved", number, self.import_id)
            self._give_up(number, "not_saved")

    def _give_up(self, number: int, code: str) -> None:
        with transaction():
            row = the_import(self.import_id, lock=True)
            if _left(row.id, [number]):
                _note(row, {number: _failed(code)})

    def bring_in(self, numbers: Sequence[int]) -> None:
        """The rows that are left, under the locks of the import and of the court."""
        row = the_import(self.import_id, lock=True)
        lock_referring()
        if row.state != "running" or not (left := _left(row.id, numbers)):
            return
        found = outcomes(self.kind, self.sheet, self.mapping, self.ground, actor=self.actor, only=set(left))
        wanted = [one for one in found if one.state == "waiting" or (one.only_like and row.with_look_alikes)]
        made = _refer(wanted, self.actor) if self.kind is Kind.REFERRALS else _fill(wanted, self.actor, self.ground)
        _note(row, {one.number: made.get(one.number) or _as_found(one) for one in found})


Result = tuple[str, UUID | None, list[dict[str, Any]]]  # state, referral, problems


def _failed(code: str) -> Result:
    return "failed", None, [Problem("", code).to_json()]


def _as_found(one: Outcome) -> Result:
    return one.state, one.referral_id, [problem.to_json() for problem in one.problems]


def _refer(wanted: Sequence[Outcome], actor: Actor) -> dict[int, Result]:
    news = [(one.number, one.new) for one in wanted if one.new is not None]
    try:
        made = refer_many([new for _number, new in news], actor=actor)
    except Refused:
        if len(news) == 1:
            return {news[0][0]: _failed("rules")}
        # Refused before anything was written: find out which.
        return {number: result for one in wanted for number, result in _refer([one], actor).items()}
    return {number: ("made", one.referral_id, []) for (number, _new), one in zip(news, made, strict=True)}


def _fill(wanted: Sequence[Outcome], actor: Actor, known: Ground) -> dict[int, Result]:
    results: dict[int, Result] = {}
    for one in sorted(wanted, key=lambda one: str(one.referral_id)):  # cases are locked in one order
        if one.referral_id is None:
            raise NotFound
        before = facts_of(locked_case(one.referral_id), known.today)
        there = {case_number_key(number) for number in before.case_numbers}  # typed by somebody since we looked
        further = [number for number in one.case_numbers if case_number_key(number) not in there]
        wanted_facts = replace(before, case_numbers=(*before.case_numbers, *further))
        reason = _("Case number from a file")
        filled = amend(one.referral_id, wanted_facts, reason=reason, actor=actor, today=known.today)
        results[one.number] = ("filled" if filled else "nothing", one.referral_id, [])
    return results


def _note(row: ReferralImport, results: dict[int, Result]) -> None:
    """Write what became of rows, once."""
    insert_many(
        ReferralImportRow,
        [
            {"import_id": row.id, "number": number, "state": state, "referral_id": referral_id, "problems": problems}
            for number, (state, referral_id, problems) in results.items()
        ],
    )


JOBS: dict[str, JobHandler] = {
    BATCH_JOB: JobHandler(
        run_batch, queue="bulk", time_limit=timedelta(seconds=120), lease=timedelta(seconds=150), attempts=5,
        gave_up=gave_up,
    )
}  # fmt: skip
