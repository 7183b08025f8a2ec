"""Putting right a report about many people: a new one in its place, or taking it back. Nothing is overwritten."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.batches.caseloads import request_caseload
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.reports.correcting.services import reason_given
from app.reports.correcting.telling import tell_of_revoked_list
from app.reports.delivering.services import stop
from app.reports.lists.lookups import ISSUED, correction_of_list
from app.reports.lists.models import ListReport
from app.reports.lists.services import Correcting
from app.reports.packets.services import request_packet
from app.reports.rules import before
from tenants.database import session, transaction


def correct_list(list_id: UUID, *, reason: str, actor: Actor) -> ListReport:
    """Have a new list of the same people and day made of the facts as they are now, in place of an issued one.

    The new one names the old one's number and the reason, and takes its place when it is issued: until then the old one
    stands. Raises NotFound; Refused (field `reason`) without a reason; Refused for a list that is not in force, or
    whose correction is being made.
    """
    said = reason_given(reason, _("Write down what is wrong with the report."))
    with transaction():
        old = _locked(list_id)
        if old.state not in ISSUED:
            raise Refused(_("Only a report that is in force can be corrected."))
        if correction_of_list(list_id) is not None:
            raise Refused(_("A correction of this report is being made already."))
        correcting = Correcting(old, said)
        if old.for_day is not None:
            return request_packet(
                old.for_day, old.officer_id, actor=actor, language=old.language, correcting=correcting
            )
        return request_caseload(old.officer_id, actor=actor, language=old.language, correcting=correcting)


def revoke_list(list_id: UUID, *, reason: str, actor: Actor) -> None:
    """Take an issued list back: whoever verifies it is told, and so is everybody of the court who has it.

    Does nothing when it is taken back already. Raises NotFound; Refused (field `reason`) without a reason; Refused
    before issue.
    """
    said = reason_given(reason, _("Write down why the document is taken back."))
    with transaction() as current:
        row = _locked(list_id)
        if row.state == "revoked":
            return
        if row.file_id is None or row.state not in before("revoked"):
            raise Refused(_("This document is not issued yet, so there is nothing to take back."))
        tell_of_revoked_list(row)
        old, row.state = row.state, "revoked"
        row.ended_at, row.ended_reason = clock.now(), said
        current.flush()
        stop([list_id])
        audit(
            "reports.revoke_list",
            actor=actor,
            subject=("list_report", list_id),
            old={"state": old},
            new={"state": "revoked", "reason": said},
        )


def _locked(list_id: UUID) -> ListReport:
    found = session().scalar(select(ListReport).where(ListReport.id == list_id).with_for_update())
    if found is None:
        raise NotFound
    return found
