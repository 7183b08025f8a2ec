"""Correcting an issued report by a new one, and taking one back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.cases.lookups import the_enrollment
from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.reports import services
from app.reports.correcting.telling import tell_of_revocation
from app.reports.delivering.services import stop
from app.reports.facts import the_court
from app.reports.lookups import ISSUED
from app.reports.models import Report
from app.reports.rules import before
from app.reports.snapshot import FEE_PAPERS, ReportKind
from tenants.database import session, transaction

LONGEST_REASON = 1000  # characters; it stands on the paper


def correct_report(report_id: UUID, *, reason: str, actor: Actor) -> Report:
    """Have a new report of the same kind and language made of the facts as they are now, in place of an issued one.

    The new one names the old one's number and the reason, and takes its place when it is issued: until then the old one
    stands. Raises NotFound; Refused (field `reason`) without a reason; Refused for a report that is not in force, whose
    correction is being made, that is corrected elsewhere, or whose case does not allow the kind any more.
    """
    said = reason_given(reason, _("Write down what is wrong with the report."))
    with transaction():
        enrollment = the_enrollment(_enrollment_of(report_id), lock=True)
        old = services.locked(report_id)
        if old.kind in FEE_PAPERS:
            raise Refused(_("Papers of the fee are put right where the fee is: under Money and Waivers."))
        if old.kind == ReportKind.NON_COMPLIANCE:
            raise Refused(_("Take this report back with a reason, and write a new one."))
        if old.state not in ISSUED:
            raise Refused(_("Only a report that is in force can be corrected."))
        if correction_of(report_id) is not None:
            raise Refused(_("A correction of this report is being made already."))
        kind = services.allowed(old.kind, enrollment)
        return services.freeze(
            enrollment, kind, the_court(), language=old.language, actor=actor, replaced=old, correction=said
        )


def revoke_report(report_id: UUID, *, reason: str, actor: Actor) -> None:
    """Take an issued report back: whoever verifies it is told, and so is everybody who has it.

    Does nothing when it is taken back already. Raises NotFound; Refused (field `reason`) without a reason; Refused
    before issue, and for papers of the fee.
    """
    said = reason_given(reason, _("Write down why the document is taken back."))
    with transaction() as current:
        enrollment = the_enrollment(_enrollment_of(report_id), lock=True)
        report = services.locked(report_id)
        if report.state == "revoked":
            return
        if report.kind in FEE_PAPERS:
            raise Refused(_("Papers of the fee are put right where the fee is: under Money and Waivers."))
        if report.file_id is None or report.state not in before("revoked"):
            raise Refused(_("This document is not issued yet, so there is nothing to take back."))
        tell_of_revocation(report, enrollment)
        old, report.state = report.state, "revoked"
        report.ended_at, report.ended_reason = clock.now(), said
        current.flush()
        stop([report_id])
        audit(
            "reports.revoke",
            actor=actor,
            subject=("report", report_id),
            case_id=enrollment.referral_id,
            old={"state": old},
            new={"state": "revoked", "reason": said},
        )


def correction_of(report_id: UUID) -> Report | None:
    """The report that was asked for in place of this one, made or not; one that was taken back is none."""
    return session().scalar(select(Report).where(Report.replaces_id == report_id, Report.state != "revoked"))


def _enrollment_of(report_id: UUID) -> UUID:
    found = session().scalar(select(Report.enrollment_id).where(Report.id == report_id))
    if found is None:
        raise NotFound
    return found


def reason_given(typed: str, missing: str) -> str:
    """A reason in one line; `missing` is said where there is none. Raises Refused (field `reason`)."""
    said = " ".join(typed.split())
    if not said:
        raise Refused(missing, "reason")
    if len(said) > LONGEST_REASON:
        raise Refused(_("Write at most %(most)s characters.", most=LONGEST_REASON), "reason")
    return said
