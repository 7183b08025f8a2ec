"""Batches: starting one, and pausing, going on, canceling and trying again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.batches.caseloads import request_caseload
from app.batches.lookups import Subject, progress_of
from app.batches.models import BatchState, ItemState, ReportBatch, ReportBatchItem
from app.batches.rules import KINDS, What, room
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind
from app.core.audit import audit
from app.core.bulk import insert_many
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.outbox import enqueue
from app.reports.facts import the_court
from app.reports.lists.models import ListReport
from app.reports.lists.services import retry_list
from app.reports.models import Report
from app.reports.services import request_report, retry_report, spoken
from tenants.database import session, transaction

log = logging.getLogger(__name__)

STEP = "batches.step"
LOOKS_AGAIN = timedelta(seconds=1)
MOST = 20_000  # items of a batch


def start(
    what: What,
    about: Sequence[Subject],
    *,
    actor: Actor,
    language: str | None = None,
    schedule: str = "",
    for_day: date | None = None,
) -> ReportBatch:
    """Have a report made about each of `about`, in their order, behind what people wait for.

    `language` is one of the court's, without it the court's first. `schedule`, `for_day`: which schedule asks, and for
    which court-local day. Raises Refused for nobody, or for more than MOST.
    """
    if not about:
        raise Refused(_("There is nobody to make this report of."), "what")
    if len(about) > MOST:
        raise Refused(_("That is too many at once. Choose an officer or a shorter period."), "what")
    with transaction() as current:
        batch = ReportBatch(
            what=what,
            language=spoken(language, the_court()),
            schedule=schedule,
            for_day=for_day,
            total=len(about),
            asked_at=clock.now(),
            asked_by_kind=actor.kind,
            asked_by=actor.id,
        )
        current.add(batch)
        current.flush()
        items = [
            {
                "batch_id": batch.id,
                "position": position,
                "enrollment_id": one.enrollment_id,
                "officer_id": one.officer_id,
            }
            for position, one in enumerate(about)
        ]
        insert_many(ReportBatchItem, items)
        new = {"what": what, "items": len(items), "schedule": schedule}
        audit("batches.start", actor=actor, subject=("report_batch", batch.id), new=new)
        _go_on(batch)
    return batch


def _go_on(batch: ReportBatch, *, soon: bool = True) -> None:
    due_at = None if soon else clock.now() + LOOKS_AGAIN
    enqueue(STEP, batch.id, payload={"turn": batch.turn}, due_at=due_at)


def the_batch(batch_id: UUID, *, lock: bool = False) -> ReportBatch:
    """Raises NotFound."""
    query = select(ReportBatch).where(ReportBatch.id == batch_id).execution_options(populate_existing=True)
    found = session().scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def pause(batch_id: UUID, *, actor: Actor) -> None:
    """Ask for nothing more of a running batch for now; what was asked for is still made."""
    _move(batch_id, (BatchState.RUNNING,), BatchState.PAUSED, actor=actor)


def go_on(batch_id: UUID, *, actor: Actor) -> None:
    """Go on with a paused batch."""
    with transaction():
        if _move(batch_id, (BatchState.PAUSED,), BatchState.RUNNING, actor=actor):
            batch = the_batch(batch_id, lock=True)
            batch.turn += 1
            session().flush()
            _go_on(batch)


def cancel(batch_id: UUID, *, actor: Actor) -> None:
    """Make nothing more of a batch. What was asked for is still made, and stays."""
    with transaction() as current:
        if _move(batch_id, (BatchState.RUNNING, BatchState.PAUSED), BatchState.CANCELED, actor=actor):
            current.execute(
                update(ReportBatchItem)
                .where(ReportBatchItem.batch_id == batch_id, ReportBatchItem.state == ItemState.WAITING)
                .values(state=ItemState.CANCELED, row_version=ReportBatchItem.row_version + 1)
                .execution_options(synchronize_session=False)
            )
            the_batch(batch_id, lock=True).finished_at = clock.now()


def _move(batch_id: UUID, before: tuple[BatchState, ...], after: BatchState, *, actor: Actor) -> bool:
    """Whether the batch was in one of these states, and is in the other now."""
    with transaction() as current:
        batch = the_batch(batch_id, lock=True)
        if batch.state not in before:
            return False
        old, batch.state = batch.state, after
        current.flush()
        audit(
            "batches.move",
            actor=actor,
            subject=("report_batch", batch.id),
            old={"state": old},
            new={"state": after},
        )
    return True


def retry(batch_id: UUID, *, actor: Actor) -> int:
    """Try everything of a batch again that failed or was refused; returns how much that is."""
    with transaction() as current:
        batch = the_batch(batch_id, lock=True)
        if batch.state == BatchState.CANCELED:
            return 0
        refused = current.scalars(
            update(ReportBatchItem)
            .where(ReportBatchItem.batch_id == batch_id, ReportBatchItem.state == ItemState.REFUSED)
            .values(state=ItemState.WAITING, problem="", row_version=ReportBatchItem.row_version + 1)
            .returning(ReportBatchItem.id)
            .execution_options(synchronize_session=False)
        ).all()
        reports = _failed(batch_id, Report, ReportBatchItem.report_id)
        lists = _failed(batch_id, ListReport, ReportBatchItem.list_id)
        for report_id in reports:
            retry_report(report_id, actor=actor)
        for list_id in lists:
            retry_list(list_id, actor=actor)
        count = len(refused) + len(reports) + len(lists)
        if count and batch.state == BatchState.DONE:
            batch.state, batch.finished_at, batch.turn = BatchState.RUNNING, None, batch.turn + 1
            current.flush()
            _go_on(batch)
        if count:
            audit("batches.retry", actor=actor, subject=("report_batch", batch_id), new={"items": count})
    return count


def _failed(batch_id: UUID, model: type[Report] | type[ListReport], column: object) -> Sequence[UUID]:
    query = select(model.id).join(ReportBatchItem, column == model.id)
    return session().scalars(query.where(ReportBatchItem.batch_id == batch_id, model.state == "failed")).all()


# --- the worker's part ----------------------------------------------------------------------------------------------


def step(batch_id: UUID) -> None:
    """Ask for as many reports as there is room for. Each is a transaction of its own: one fault stops no other."""
    for _number in range(room(progress_of([batch_id])[batch_id])):
        if not _ask_for_one(batch_id):
            return


def _ask_for_one(batch_id: UUID) -> bool:
    """Ask for the report of the next waiting item. False when there is none, or the batch does not run."""
    item_id: UUID | None = None
    try:
        with transaction() as current:
            item = current.scalar(
                select(ReportBatchItem)
                .join(ReportBatch, ReportBatch.id == ReportBatchItem.batch_id)
                .where(
                    ReportBatchItem.batch_id == batch_id,
                    ReportBatchItem.state == ItemState.WAITING,
                    ReportBatch.state == BatchState.RUNNING,
                )
                .order_by(ReportBatchItem.position)
                .limit(1)
                .with_for_update(of=ReportBatchItem, skip_locked=True)
                .execution_options(populate_existing=True)
            )
            if item is None:
                return False
            item_id = item.id
            _ask(item, the_batch(batch_id))
    except Refused:
        _note(item_id, "not_due")
    except NotFound:
        _note(item_id, "gone")
    except Exception:
        log.exception("item %s of batch %s could not be asked for", item_id, batch_id)
        if item_id is None:
            raise
        _note(item_id, "fault")
    return True


def _ask(item: ReportBatchItem, batch: ReportBatch) -> None:
    actor = SYSTEM if batch.asked_by is None else Actor(ActorKind(batch.asked_by_kind), batch.asked_by)
    if item.enrollment_id is None:
        made_list = request_caseload(item.officer_id, actor=actor, language=batch.language, later=True)
        item.list_id = made_list.id
    else:
        kind = KINDS[What(batch.what)]
        made = request_report(item.enrollment_id, kind, actor=actor, language=batch.language, later=True)
        item.report_id = made.id
    item.state = ItemState.ASKED
    session().flush()


def _note(item_id: UUID | None, problem: str) -> None:
    with transaction() as current:
        current.execute(
            update(ReportBatchItem)
            .where(ReportBatchItem.id == item_id, ReportBatchItem.state == ItemState.WAITING)
            .values(state=ItemState.REFUSED, problem=problem, row_version=ReportBatchItem.row_version + 1)
            .execution_options(synchronize_session=False)
        )


def end_or_go_on(batch_id: UUID, turn: int) -> None:
    """After a step, in the transaction that ends its job: the batch is finished, or looked at again in a moment."""
    batch = the_batch(batch_id, lock=True)
    if batch.turn != turn or batch.state != BatchState.RUNNING:
        return
    progress = progress_of([batch_id])[batch_id]
    if progress.waiting or progress.making:
        _go_on(batch, soon=bool(room(progress)))
    else:
        batch.state, batch.finished_at = BatchState.DONE, clock.now()
        session().flush()
        new = {"made": progress.made, "failed": progress.failed, "refused": progress.refused}
        audit("batches.end", actor=SYSTEM, subject=("report_batch", batch_id), new=new)
