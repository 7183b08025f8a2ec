"""Requesting reports: the facts are frozen in the transaction that asks."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.cases.lookups import the_enrollment
from app.cases.models import Enrollment
from app.cases.services import complete
from app.core import clock, outbox
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.reports.facts import collect, collect_traced, the_court
from app.reports.formats import other_language
from app.reports.frozen import Frozen
from app.reports.lookups import ISSUED, OPEN, RENDER, RENDER_LATER, token_digest
from app.reports.models import Report, ReportCounter
from app.reports.snapshot import FEE_PAPERS, Replaced, ReportKind, Snapshot
from app.reports.wording import instant_words
from tenants.database import transaction
from tenants.models import Court
from tenants.report_formats import WITHOUT_COPY
from tenants.rules import rules_in_force, rules_of

# A non-compliance report is no kind among others: a person writes it (court_kinds/services.py).
REQUESTED_KINDS = (
    ReportKind.PROOF_OF_ENROLLMENT,
    ReportKind.BENCH_CARD,
    ReportKind.PROGRESS,
    ReportKind.FINAL,
    ReportKind.CERTIFICATE,
)
ONLY_IN: dict[ReportKind, tuple[str, ...]] = {
    ReportKind.FINAL: ("report_due", "completed"),
    ReportKind.CERTIFICATE: ("completed",),
}


def kinds_for(enrollment: Enrollment) -> list[ReportKind]:
    """The kinds that can be requested of an enrollment as it stands."""
    if enrollment.rules_id is None:
        return []
    return [kind for kind in REQUESTED_KINDS if enrollment.state in ONLY_IN.get(kind, (enrollment.state,))]


def request_report(
    enrollment_id: UUID, kind: ReportKind | str, *, actor: Actor, language: str | None = None, later: bool = False
) -> Report:
    """Freeze the facts of an enrollment into a numbered report and have it made in the background.

    `language` is one of the court's; without it that of the court's format, else the court's first. `later`: one of
    many, behind what a person waits for. Raises NotFound, or Refused (field `kind` or `language`) when the enrollment's
    state does not allow the kind.
    """
    with transaction():
        enrollment = the_enrollment(enrollment_id, lock=True)
        wanted = allowed(kind, enrollment)
        court = the_court()
        usual = rules_in_force()[1].reports.formats.of(wanted).language
        said_in = language or (usual if usual in court.languages else None)
        return freeze(enrollment, wanted, court, language=spoken(said_in, court), actor=actor, later=later)


def freeze(
    enrollment: Enrollment,
    kind: ReportKind,
    court: Court,
    *,
    language: str,
    actor: Actor,
    about: tuple[UUID, UUID] | None = None,
    content: Mapping[str, Frozen] | None = None,
    sources: Mapping[str, list[str]] | None = None,
    replaced: Report | None = None,
    correction: str = "",
    later: bool = False,
) -> Report:
    """Number a paper, freeze its facts and queue its making, in the transaction at hand; the enrollment is locked.

    `about`: the ids of what it is about and of what it was made for; `content`: what only this kind of paper carries,
    by field of Snapshot; `sources`: what tells the records behind that content (tracing.py); `replaced` and
    `correction`: the issued report that this one corrects, and what was wrong.
    """
    with transaction() as session:
        token = secrets.token_urlsafe(32)
        facts, found = collect_traced(enrollment, kind, court, language=language)
        numbered = {
            "number": next_number(court),
            "verify_url": f"{runtime().settings.public_url}/{court.slug}/verify/{token}",
            "replaces": None if replaced is None else Replaced(number=replaced.number, reason=correction),
        }
        courtesy = _courtesy_copy(enrollment, kind, court, facts, numbered)
        snapshot = Snapshot(**numbered, **facts, **(content or {}), courtesy=courtesy)
        number = snapshot.number
        subject_id, cause_id = about or (None, None)
        report = Report(
            enrollment_id=enrollment.id,
            kind=kind,
            subject_id=subject_id,
            cause_id=cause_id,
            number=number,
            language=language,
            snapshot=snapshot.model_dump(mode="json"),
            sources={**found, **(sources or {})},
            verify_digest=token_digest(token),
            requested_at=snapshot.generated_at,
            requested_by_kind=actor.kind,
            requested_by=actor.id,
            replaces_id=None if replaced is None else replaced.id,
            correction=correction or None,
        )
        session.add(report)
        session.flush()
        report.job_id = outbox.enqueue(RENDER_LATER if later else RENDER, report.id, once="1")
        session.flush()
        audit(
            "reports.request",
            actor=actor,
            subject=("report", report.id),
            case_id=enrollment.referral_id,
            new={"kind": kind, "number": number, "language": language}
            | ({} if replaced is None else {"replaces": replaced.number, "reason": correction}),
        )
        return report


def _courtesy_copy(
    enrollment: Enrollment, kind: ReportKind, court: Court, facts: Mapping[str, Any], numbered: Mapping[str, Any]
) -> Snapshot | None:
    """The same facts in the court's other language, where its format of this kind asks for it."""
    other = other_language(court.languages, facts["language"])
    if facts["format"].courtesy == "none" or other is None or kind in WITHOUT_COPY:
        return None
    said = collect(enrollment, kind, court, language=other)
    at = facts["generated_at"]
    same = {
        "court": said["court"].model_copy(update={"emblem_png": None}),  # it is kept once, with the report
        "generated_at": at,
        "generated_on": instant_words(at, court.time_zone, other),
    }
    return Snapshot(**numbered, **{**said, **same})


def request_proof_of_enrollment(enrollment_id: UUID) -> None:
    """Proof of enrollment, at once when somebody enrolls; once for each enrollment."""
    _request_once(enrollment_id, ReportKind.PROOF_OF_ENROLLMENT)


def request_final(enrollment_id: UUID) -> None:
    """The final report, on the day on which the last requirement is met; once. With it the program is completed."""
    _request_once(enrollment_id, ReportKind.FINAL)


def go_on_to_the_end(enrollment_id: UUID) -> None:
    """A case goes on with nothing left but its final report: completed if that was issued during the pause, else the
    report is asked for, as if there had been none."""
    with transaction() as session:
        if the_enrollment(enrollment_id, lock=True).state != "report_due":
            return
        issued = select(Report.id).where(
            Report.enrollment_id == enrollment_id, Report.kind == ReportKind.FINAL, Report.state.in_(ISSUED)
        )
        if session.scalar(issued.limit(1)) is not None:
            complete(enrollment_id)
        else:
            request_final(enrollment_id)


def request_certificate(enrollment_id: UUID) -> None:
    """The certificate, when somebody has completed the program and the court's rules want one; once."""
    rules_id = the_enrollment(enrollment_id).rules_id
    if rules_id is not None and rules_of(rules_id).reports.certificate_on_completion:
        _request_once(enrollment_id, ReportKind.CERTIFICATE)


def retry_report(report_id: UUID, *, actor: Actor) -> None:
    """Have a failed report made after all, from the facts frozen then. Does nothing in any other state."""
    with transaction() as session:
        job_id = session.scalar(select(Report.job_id).where(Report.id == report_id))
        if job_id is None:
            raise NotFound
        outbox.retry(job_id)  # the job's row before the report's, everywhere
        report = locked(report_id)
        if report.state != "failed":
            return
        report.state, report.error = "requested", ""
        session.flush()
        audit(
            "reports.retry",
            actor=actor,
            subject=("report", report_id),
            case_id=the_enrollment(report.enrollment_id).referral_id,
            old={"state": "failed"},
            new={"state": "requested"},
        )


def stop_open_reports(enrollment_id: UUID) -> None:
    """The case is withdrawn: reports that are still being made are taken back, and never issued.

    Papers of the fee go on: money was taken and answers were given, whatever becomes of the case.
    """
    with transaction() as session:
        enrollment = the_enrollment(enrollment_id, lock=True)
        stopped = session.scalars(
            update(Report)
            .where(Report.enrollment_id == enrollment_id, Report.state.in_(OPEN), Report.kind.not_in(FEE_PAPERS))
            .values(state="revoked", ended_at=clock.now(), row_version=Report.row_version + 1)
            .returning(Report.id)
            .execution_options(synchronize_session=False)
        ).all()
        for report_id in stopped:
            audit(
                "reports.stop",
                actor=SYSTEM,
                subject=("report", report_id),
                case_id=enrollment.referral_id,
                new={"state": "revoked"},
            )


def locked(report_id: UUID) -> Report:
    """One report, to be changed in the transaction at hand. Raises NotFound."""
    with transaction() as session:
        report = session.scalar(select(Report).where(Report.id == report_id).with_for_update())
        if report is None:
            raise NotFound
        return report


def allowed(kind: ReportKind | str, enrollment: Enrollment) -> ReportKind:
    """The kind, where the case is far enough for it. Raises Refused (field `kind`)."""
    if kind not in REQUESTED_KINDS:
        raise Refused(_("Choose a kind of report from the list."), "kind")
    wanted = ReportKind(kind)
    if enrollment.rules_id is None:
        raise Refused(_("There is nothing to report yet: this person has not enrolled."), "kind")
    if wanted in kinds_for(enrollment):
        return wanted
    if wanted is ReportKind.FINAL:
        raise Refused(_("The final report can be made when every check-in is settled."), "kind")
    raise Refused(_("The certificate can be made when the program is completed."), "kind")


def spoken(language: str | None, court: Court) -> str:
    """One of the court's languages, by default its first. Raises Refused (field `language`)."""
    if language is None:
        return court.languages[0]
    if language not in court.languages:
        raise Refused(_("Choose a language from the list."), "language")
    return language


def next_number(court: Court) -> str:
    """The next number of the court-local year, without gaps: the counter's row stays locked until the commit."""
    year = clock.today(court.time_zone).year
    with transaction() as session:
        session.execute(insert(ReportCounter).values(year=year).on_conflict_do_nothing())
        last = session.scalars(
            update(ReportCounter)
            .where(ReportCounter.year == year)
            .values(last=ReportCounter.last + 1, row_version=ReportCounter.row_version + 1)
            .returning(ReportCounter.last)
            .execution_options(synchronize_session=False)
        ).one()
    return f"{court.code_prefix}-{year}-{last:06d}"


def _request_once(enrollment_id: UUID, kind: ReportKind) -> None:
    with transaction() as session:
        the_enrollment(enrollment_id, lock=True)
        there = select(Report.id).where(Report.enrollment_id == enrollment_id, Report.kind == kind).limit(1)
        if session.scalar(there) is None:
            request_report(enrollment_id, kind, actor=SYSTEM)
