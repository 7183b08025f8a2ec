"""Looking at what would happen, starting it, and doing it one by one: one failure stops no other."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from app.accountability.changing.services import Order, extend_deadline, give_back
from app.accountability.lookups import court_place
from app.accountability.services import excuse
from app.accounts.models import Membership
from app.caseload.acting.lookups import counts_of, items_of, subjects
from app.caseload.acting.models import CaseAction, CaseActionItem
from app.caseload.acting.reminding import remind
from app.caseload.acting.rules import (
    ASKS,
    AT_ONCE,
    HEARD_AT_MOST,
    HERE_AT_MOST,
    MOST,
    SKIP,
    WITHOUT_DETAILS,
    Details,
    Own,
    Subject,
    What,
    Why,
    depends_on,
    following,
    held,
    message_to,
    why_not,
)
from app.cases.assigning import lock_cases, reassign
from app.cases.hearings.rules import refuse
from app.cases.hearings.services import record_hearing
from app.cases.lookups import the_enrollment
from app.cases.messages.services import send_message
from app.core import clock
from app.core.actor import SYSTEM, ActorKind
from app.core.audit import audit
from app.core.bulk import insert_many
from app.core.errors import IllegalMove, NotFound, Refused, StaleForm
from app.core.i18n import gettext as _
from app.core.i18n import in_language
from app.core.outbox import enqueue
from app.permissions.identity import Identity, Role
from app.permissions.permissions import may
from app.reports.services import request_report
from app.reports.snapshot import ReportKind
from tenants.database import session, transaction
from tenants.scope import current_court_id

log = logging.getLogger(__name__)

STEP = "caseload.act"
LOOKED_AT_FOR = timedelta(days=1)  # a draft that nobody started goes then
PICKED_UP = timedelta(minutes=1)  # when the worker goes on with what a page began to do and did not end
TURN = 20.0  # seconds of one turn of the worker


def prepare(what: What, enrollment_ids: Sequence[UUID], *, actor: Identity) -> CaseAction:
    """Write down what somebody wants to do for whom, to be looked at; nothing happens yet.

    Cases that `actor` may not see are not in it. Raises NotFound without the right to do it, Refused for nobody and
    for more than MOST (of hearings: HEARD_AT_MOST).
    """
    if not may(actor, ASKS[what]):
        raise NotFound
    if len(enrollment_ids) > (HEARD_AT_MOST if what is What.HEARING else MOST):
        raise Refused(_("That is too many at once. Narrow the list down first."))
    assert actor.id is not None
    with transaction() as current:
        _forget_drafts(actor)
        today = _today()
        found = subjects(actor, enrollment_ids, today)
        wanted = [found[key] for key in dict.fromkeys(enrollment_ids) if key in found]
        if not wanted:
            raise Refused(_("Choose at least one person."))
        action = CaseAction(what=what, asked_by=actor.id, asked_at=clock.now())
        current.add(action)
        current.flush()
        insert_many(
            CaseActionItem,
            [
                {
                    "action_id": action.id,
                    "enrollment_id": case.enrollment_id,
                    "position": position,
                    "seen": depends_on(what, case),
                    "state": "left_out" if (why := why_not(what, case, Details(), today)) else "waiting",
                    "why": why or "",
                }
                for position, case in enumerate(wanted)
            ],
        )
    return action


def _forget_drafts(actor: Identity) -> None:
    old = select(CaseAction.id).where(
        CaseAction.asked_by == actor.id,
        CaseAction.state == "draft",
        CaseAction.asked_at < clock.now() - LOOKED_AT_FOR,
    )
    for model, column in ((CaseActionItem, CaseActionItem.action_id), (CaseAction, CaseAction.id)):
        session().execute(delete(model).where(column.in_(old)).execution_options(synchronize_session=False))


def set_details(
    action: CaseAction, details: Details, *, own: Mapping[UUID, Own] | None = None, actor: Identity
) -> None:
    """Say why, until when, to whom; who can not be part of it with these is left out. Looked at anew, as of now.

    `own`: by enrollment what is one person's alone. Raises StaleForm for what has begun, Refused (with the field) for
    a record of a hearing that can not be.
    """
    with transaction() as current:
        if _locked(action.id).state != "draft":
            raise StaleForm
        what, today = What(action.what), _today()
        items = items_of(action.id, most=MOST)
        found = subjects(actor, [item.enrollment_id for item in items], today, details.on_date)
        action.details = details.to_json()
        for item in items:
            case, theirs = found.get(item.enrollment_id), (own or {}).get(item.enrollment_id, Own())
            why = why_not(what, case, details, today) if case is not None else Why.NOT_SEEN
            if what is What.HEARING and why is None and case is not None:
                why = _no_record(case, details, theirs, today)
            item.own = theirs.to_json()
            item.state, item.why = ("left_out", str(why)) if why else ("waiting", "")
            item.seen = depends_on(what, case) if case is not None else ""
        current.flush()


def _no_record(case: Subject, details: Details, own: Own, today: date) -> Why | None:
    """Raises Refused for a record that can not be."""
    if own.outcome == SKIP:
        return Why.SKIPPED
    record = held(case, details, own)
    refuse(record, following(record, details), today)
    return None


def start(action: CaseAction, *, actor: Identity) -> bool:
    """Begin; True when there are so few that the caller does it at once (`go_on`), else the worker does.

    The worker looks after the few too, a moment later, should the caller be stopped in the middle.
    """
    with transaction() as current:
        row = _locked(action.id)
        if row.state != "draft":
            return False
        if row.details is None and row.what not in WITHOUT_DETAILS:
            raise StaleForm
        counts = counts_of(action.id)
        if not counts.waiting:
            raise Refused(_("There is nobody for whom this can be done."))
        row.state = "running"
        current.flush()
        new = {"what": row.what, "people": counts.waiting, "left_out": counts.left_out}
        audit("caseload.start_action", actor=actor, subject=("case_action", row.id), new=new)
        few = counts.waiting <= HERE_AT_MOST or What(row.what) in AT_ONCE
        enqueue(STEP, row.id, due_at=clock.now() + PICKED_UP if few else None)
        return few


def _locked(action_id: UUID) -> CaseAction:
    query = select(CaseAction).where(CaseAction.id == action_id).with_for_update()
    found = session().scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def go_on(action_id: UUID, *, actor: Identity | None = None) -> None:
    """Do what is left of a running action, for TURN seconds at most. Several may be at it: each part is done once.

    Without `actor` it is done as whoever asked, with the rights that this person has by now.
    """
    began = time.monotonic()
    who = actor or _who_asked(action_id)
    with in_language(who.language if who and who.language else "en"):  # refusals are kept in words
        if not _do_at_once(action_id, who):
            while time.monotonic() - began < TURN and _do_next(action_id, who):
                pass
    end_if_over(action_id)


def end_if_over(action_id: UUID) -> bool:
    """Note the end of an action of which nothing is left; False while something is."""
    with transaction() as current:
        row = _locked(action_id)
        if row.state != "running":
            return True
        counts = counts_of(action_id)
        if counts.waiting:
            return False
        row.state, row.finished_at = "done", clock.now()
        current.flush()
        new = {"done": counts.done, "not_done": counts.not_done}
        audit("caseload.end_action", actor=SYSTEM, subject=("case_action", action_id), new=new)
        return True


def _who_asked(action_id: UUID) -> Identity | None:
    """The member of the staff as they are now; None for one who was deactivated."""
    query = select(Membership).join(CaseAction, CaseAction.asked_by == Membership.id)
    member = session().scalar(query.where(CaseAction.id == action_id, Membership.state == "active"))
    if member is None:
        return None
    return Identity(
        ActorKind.STAFF,
        member.id,
        role=Role(member.role),
        court_id=current_court_id(),
        display_name=member.display_name,
        language=member.language,
        fully_signed_in=True,
    )


def _do_next(action_id: UUID, actor: Identity | None) -> bool:
    """Do the next part, in a transaction of its own. False when none is left."""
    item_id: UUID | None = None
    try:
        with transaction() as current:
            item = current.scalar(
                select(CaseActionItem)
                .join(CaseAction, CaseAction.id == CaseActionItem.action_id)
                .where(
                    CaseActionItem.action_id == action_id,
                    CaseActionItem.state == "waiting",
                    CaseAction.state == "running",
                )
                .order_by(CaseActionItem.position)
                .limit(1)
                .with_for_update(of=CaseActionItem, skip_locked=True)
                .execution_options(populate_existing=True)
            )
            if item is None:
                return False
            item_id = item.id
            why = _do(item, actor)
            item.state, item.why = ("not_done", str(why)) if why else ("done", "")
            current.flush()
    except Refused as refused:
        _note(item_id, said=refused.message)
    except (NotFound, IllegalMove, StaleForm):
        _note(item_id, why=Why.CHANGED)
    except Exception:
        log.exception("part %s of action %s failed", item_id, action_id)
        if item_id is None:
            raise
        _note(item_id, why=Why.FAULT)
    return True


def _do_at_once(action_id: UUID, actor: Identity | None) -> bool:
    """All of an action that is done in one transaction; False for one that is done one by one."""
    try:
        with transaction():
            action = _locked(action_id)
            if What(action.what) not in AT_ONCE:
                return False
            waiting = items_of(action_id, "waiting", most=MOST) if action.state == "running" else ()
            if waiting:
                _give_away(waiting, action, actor)
            return True
    except Refused as refused:
        _put([item.id for item in items_of(action_id, "waiting", most=MOST)], "not_done", said=refused.message)
    except Exception:
        log.exception("action %s failed", action_id)
        _put([item.id for item in items_of(action_id, "waiting", most=MOST)], "not_done", Why.FAULT)
    return True


def _give_away(items: Sequence[CaseActionItem], action: CaseAction, actor: Identity | None) -> None:
    details, cases = Details.from_json(action.details or {}), {item.enrollment_id: item for item in items}
    if actor is None or not may(actor, ASKS[What.REASSIGN]):
        _put([item.id for item in items], "not_done", Why.NOT_ALLOWED)
        return
    lock_cases(cases)
    today = _today()
    found = subjects(actor, cases, today)
    outcomes: dict[Why | None, list[UUID]] = defaultdict(list)
    for key, item in cases.items():
        case = found.get(key)
        if case is None:
            outcomes[Why.NOT_SEEN].append(key)
        elif depends_on(What.REASSIGN, case) != item.seen:
            outcomes[Why.CHANGED].append(key)
        else:
            outcomes[why_not(What.REASSIGN, case, details, today)].append(key)
    if going := outcomes[None]:
        reassign(going, details.officer_id, reason=details.reason, actor=actor)
    for why, keys in outcomes.items():
        _put([cases[key].id for key in keys], "not_done" if why else "done", why or "")


def _put(item_ids: Sequence[UUID], state: str, why: str = "", said: str = "") -> None:
    with transaction() as current:
        current.execute(
            update(CaseActionItem)
            .where(CaseActionItem.id.in_(item_ids), CaseActionItem.state == "waiting")
            .values(state=state, why=why, said=said, row_version=CaseActionItem.row_version + 1)
            .execution_options(synchronize_session=False)
        )


def _note(item_id: UUID | None, *, why: str = "", said: str = "") -> None:
    _put([item_id] if item_id is not None else [], "not_done", why, said)


def _do(item: CaseActionItem, actor: Identity | None) -> Why | None:
    """Do it for one person, under the case's lock; why not, when it can not be done now."""
    action = session().scalars(select(CaseAction).where(CaseAction.id == item.action_id)).one()
    what, details = What(action.what), Details.from_json(action.details or {})
    if actor is None or not may(actor, ASKS[what]):
        return Why.NOT_ALLOWED
    enrollment = the_enrollment(item.enrollment_id, lock=True)
    today = _today()
    case = subjects(actor, [item.enrollment_id], today, details.on_date).get(item.enrollment_id)
    if case is None:
        return Why.NOT_SEEN
    if depends_on(what, case) != item.seen:
        return Why.CHANGED
    if why := why_not(what, case, details, today):
        return why
    match what:
        case What.REPORT:
            item.result_id = request_report(case.enrollment_id, ReportKind.PROGRESS, actor=actor, later=True).id
        case What.REMIND:
            return None if remind(enrollment, case, actor=actor, today=today) else Why.REMINDED
        case What.MESSAGE:
            send_message(case.enrollment_id, message_to(case, details, actor.display_name), actor=actor, answers=False)
        case What.HEARING:
            record = held(case, details, Own.from_json(item.own))
            then = following(record, details)
            record_hearing(case.enrollment_id, record, following=then, hearing_id=case.hearing_id, actor=actor)
        case _:
            _change(what, case, details, actor)
    return None


def _change(what: What, case: Subject, details: Details, actor: Identity) -> None:
    match what:
        case What.EXCUSE:
            assert case.missed_id is not None
            excuse(case.missed_id, details.reason, actor=actor)
        case What.EXTEND:
            assert details.until is not None
            order = Order(details.ordered_on, details.ordered_by) if details.ordered_on else None
            extend_deadline(case.enrollment_id, details.until, reason=details.reason, order=order, actor=actor)
        case What.RETURN:
            give_back(case.enrollment_id, reason=details.reason, actor=actor)


def _today() -> date:
    zone, _region = court_place()
    return clock.today(zone)
