"""The worker's part: one stretch of rows after the other becomes referrals, or case numbers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.cases.amending import amend, facts_of
from app.cases.imports.columns import Kind
from app.cases.imports.lookups import ground, mapping_of, referring_actor, sheet_of, the_import
from app.cases.imports.matching import Outcome, outcomes
from app.cases.imports.models import ReferralImport, ReferralImportRow
from app.cases.imports.reading import Sheet
from app.cases.imports.rules import Ground, Problem
from app.cases.imports.services import BATCH_JOB, finish, lock_the_court
from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.referring import refer_many
from app.core.actor import Actor
from app.core.errors import NotFound, PortalError, Refused
from app.core.i18n import gettext as _
from app.core.jobs import Job, JobHandler
from tenants.database import session, transaction

log = logging.getLogger(__name__)


def run_batch(job: Job) -> None:
    """Bring in the waiting rows of one stretch; runs twice with one effect, since no row waits any more.

    The stretch is one transaction. Should that ever fail, the next attempt goes row by row, so that one row which can
    not be saved holds up no other.
    """
    work = _Work.of(job)
    if work.kind is Kind.REFERRALS and job.attempt <= 1:
        with transaction():
            work.bring_in(work.first, work.last)
            finish(the_import(work.import_id, lock=True))
            job.done()
        return
    for number in work.waiting():
        work.alone(number)
    with transaction():
        finish(the_import(work.import_id, lock=True))
        job.done()


def gave_up(job: Job, _error: str) -> None:
    """After the last attempt: rows that still wait are told as not saved, and the import comes to its end."""
    work = _Work.of(job)
    row = the_import(work.import_id, lock=True)
    _settle(work.rows_waiting(work.first, work.last), lambda _row: _failed("not_saved"))
    session().flush()
    finish(row)


class _Work:
    """One stretch of rows of one import."""

    def __init__(self, import_id: UUID, kind: Kind, first: int, last: int) -> None:
        self.import_id, self.kind, self.first, self.last = import_id, kind, first, last
        self._read: tuple[Sheet, Ground, Actor, dict[Any, str]] | None = None

    @classmethod
    def of(cls, job: Job) -> _Work:
        assert job.subject_id is not None
        first, last = job.payload["rows"]
        return cls(job.subject_id, Kind(the_import(job.subject_id).kind), first, last)

    def rows_waiting(self, first: int, last: int) -> list[ReferralImportRow]:
        return list(
            session().scalars(
                select(ReferralImportRow)
                .where(
                    ReferralImportRow.import_id == self.import_id,
                    ReferralImportRow.state == "waiting",
                    ReferralImportRow.number.between(first, last),
                )
                .order_by(ReferralImportRow.number)
                .execution_options(populate_existing=True)
            )
        )

    def waiting(self) -> list[int]:
        return [row.number for row in self.rows_waiting(self.first, self.last)]

    def alone(self, number: int) -> None:
        """One row in a transaction of its own; one that can not be saved says so."""
        try:
            with transaction():
                self.bring_in(number, number)
        except PortalError as refused:
            log.info("row %d of import %s was refused: %s", number, self.import_id, type(refused).__name__)
            self._give_up(number, "rules")
        except Exception:
            log.exception("row %d of import %s could not be saved", number, self.import_id)
            self._give_up(number, "not_saved")

    def _give_up(self, number: int, code: str) -> None:
        with transaction():
            the_import(self.import_id, lock=True)
            _settle(self.rows_waiting(number, number), lambda _row: _failed(code))

    def bring_in(self, first: int, last: int) -> None:
        """The waiting rows from `first` to `last`, under the locks of the import and of the court."""
        row = the_import(self.import_id, lock=True)
        lock_the_court()
        rows = self.rows_waiting(first, last)
        if row.state != "running" or not rows:
            return
        sheet, known, actor, mapping = self._facts(row)
        numbers = {one.number for one in rows}
        now = {one.number: one for one in outcomes(self.kind, sheet, mapping, known, actor=actor, only=numbers)}
        wanted = [one for one in now.values() if one.state == "waiting" or (one.only_like and row.with_look_alikes)]
        made = _refer(wanted, actor) if self.kind is Kind.REFERRALS else _fill(wanted, actor, known)
        _settle(rows, lambda one: made.get(one.number) or _as_found(now.get(one.number)))

    def _facts(self, row: ReferralImport) -> tuple[Sheet, Ground, Actor, dict[Any, str]]:
        if self._read is None:
            mapping = mapping_of(row.mapping)
            self._read = sheet_of(row), ground(mapping), referring_actor(row), mapping
        return self._read


Result = tuple[str, UUID | None, list[dict[str, Any]]]  # state, referral, problems


def _failed(code: str) -> Result:
    return "failed", None, [Problem("", code).to_json()]


def _as_found(one: Outcome | None) -> Result:
    """A row that is not what it was when it was confirmed: say why it was left out."""
    if one is None:
        return _failed("not_saved")
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
    for one in wanted:
        enrollment_id = session().scalar(select(Enrollment.id).where(Enrollment.referral_id == one.referral_id))
        if enrollment_id is None or one.referral_id is None:
            raise NotFound
        before = facts_of(the_enrollment(enrollment_id), known.today)
        wanted_facts = replace(before, case_numbers=(*before.case_numbers, *one.case_numbers))
        amend(one.referral_id, wanted_facts, reason=_("Case number from a file"), actor=actor, today=known.today)
        results[one.number] = ("filled", one.referral_id, [])
    return results


def _settle(rows: Sequence[ReferralImportRow], result: Callable[[ReferralImportRow], Result]) -> None:
    """Write what became of rows that waited."""
    if not rows:
        return
    values = []
    for row in rows:
        state, referral_id, problems = result(row)
        values.append(
            {
                "court_id": row.court_id,
                "id": row.id,
                "state": state,
                "referral_id": referral_id,
                "problems": problems,
            }
        )
    session().execute(update(ReferralImportRow), values)


JOBS: dict[str, JobHandler] = {
    BATCH_JOB: JobHandler(
        run_batch, queue="bulk", time_limit=timedelta(seconds=120), lease=timedelta(seconds=150), attempts=5,
        gave_up=gave_up,
    )
}  # fmt: skip
