"""Loading reports: for one person, for one case, by what stands on the paper. Missing and forbidden look the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import and_, func, or_, select, tuple_

from app.cases.lookups import visible_enrollments
from app.cases.models import Enrollment
from app.core.actor import ActorKind
from app.core.errors import NotFound
from app.core.models import Outbox, StoredFile
from app.core.runtime import runtime
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from app.reports.lists.lookups import issued_list
from app.reports.lists.models import ListReport
from app.reports.models import Report
from app.reports.snapshot import FEE_PAPERS, ReportKind
from tenants.database import session
from tenants.scope import current_court_id

RENDER = "reports.render"  # the kind of job
RENDER_LATER = "reports.render_later"  # the same for one of many: behind what a person waits for
OPEN = ("requested", "rendering", "failed")  # no file yet
OF_REQUESTS = frozenset({ReportKind.WAIVER_LETTER, ReportKind.WAIVER_COPY})
ISSUED = ("ready", "delivered", "acknowledged")
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
NUMBER = re.compile(r"[A-Z]{2,6}-[0-9]{4}-[0-9]{6,}")


def token_digest(token: str) -> str:
    """What a row keeps of the token on the paper. The token has 256 random bits, so a plain SHA-256 hides it."""
    return hashlib.sha256(token.encode()).hexdigest()


def kinds_readable_by(identity: Identity) -> frozenset[ReportKind]:
    """The kinds of documents that somebody may read of the cases that they see; a learner reads all of the own.

    What a request about the fee tells is for those who may read requests; other papers of the fee, for those who may
    see amounts. Nobody reads one without the right to read reports.
    """
    if identity.kind == ActorKind.LEARNER:
        return frozenset(ReportKind)
    allowed = frozenset(ReportKind) - FEE_PAPERS
    if may(identity, Permission.CASE_MONEY_READ):
        allowed |= FEE_PAPERS - OF_REQUESTS
    return allowed | OF_REQUESTS if may(identity, Permission.WAIVER_READ) else allowed


def get_report_for(identity: Identity, report_id: UUID) -> tuple[Report, Enrollment]:
    """One report and its enrollment, with `.referral.person` loaded. Raises NotFound."""
    query = visible_enrollments(identity).join(Report, Report.enrollment_id == Enrollment.id).add_columns(Report)
    found = session().execute(query.where(Report.id == report_id)).first()
    if found is None or found[1].kind not in kinds_readable_by(identity):
        raise NotFound
    return found[1], found[0]


def reports_of(enrollment_id: UUID, kinds: Collection[ReportKind] = frozenset(ReportKind)) -> Sequence[Report]:
    """Every report of an enrollment of these kinds, the newest first."""
    return (
        session()
        .scalars(
            select(Report)
            .where(Report.enrollment_id == enrollment_id, Report.kind.in_(sorted(kinds)))
            .order_by(Report.requested_at.desc(), Report.id.desc())
        )
        .all()
    )


def file_of(report: Report) -> StoredFile:
    """The signed file of a report. Raises NotFound while there is none."""
    found = session().scalar(select(StoredFile).where(StoredFile.id == report.file_id))
    if found is None:
        raise NotFound
    return found


def kept_copy(report: Report) -> bytes | None:
    """The sealed courtesy copy, where one was kept. Raises Missing."""
    if report.courtesy_sha256 is None:
        return None
    return runtime().storage.get(current_court_id(), report.courtesy_sha256)


def ahead_in_queue(report: Report) -> int:
    """How many of this court's reports are due to be made before this one."""
    if report.job_id is None:
        return 0
    place = select(Outbox.kind, Outbox.due_at, Outbox.id).where(Outbox.id == report.job_id).subquery()
    earlier = tuple_(Outbox.due_at, Outbox.id) < tuple_(place.c.due_at, place.c.id)
    # One of many also waits for every single one, whenever that was asked for.
    single_first = and_(place.c.kind == RENDER_LATER, Outbox.kind == RENDER)
    waiting = (
        select(func.count())
        .select_from(Outbox)
        .join(place, or_(single_first, and_(Outbox.kind == place.c.kind, earlier)))
        .where(Outbox.done_at.is_(None), Outbox.failed_at.is_(None))
    )
    return int(session().scalar(waiting) or 0)


def later_one(report: Report) -> Report | None:
    """The issued report that took the place of a superseded one: its correction, else the newest of its kind."""
    if report.state != "superseded":
        return None
    alike = (
        Report.enrollment_id == report.enrollment_id,
        Report.kind == report.kind,
        Report.subject_id.is_not_distinct_from(report.subject_id),
        Report.id != report.id,
        Report.state.in_(ISSUED),
    )
    newest = select(Report).where(*alike).order_by(Report.requested_at.desc(), Report.id.desc()).limit(1)
    return session().scalar(newest)


def was_corrected(report: Report) -> bool:
    """Whether an issued correction took the place of this report, rather than only a newer one of its kind."""
    issued = Report.state.not_in(OPEN)
    query = select(Report.id).where(Report.replaces_id == report.id, issued, Report.file_id.is_not(None))
    return report.state == "superseded" and session().scalar(query.limit(1)) is not None


def find_by_token(token: str) -> Report | ListReport | None:
    """The issued document that carries this token."""
    if not TOKEN.fullmatch(token):
        return None
    digest = token_digest(token)
    found = session().scalar(select(Report).where(Report.verify_digest == digest))
    return _issued(found) or issued_list(digest=digest)


def find_by_number(number: str) -> Report | ListReport | None:
    """The issued document of this number, such as RIV-2026-000123."""
    found = session().scalar(select(Report).where(Report.number == number))
    return _issued(found) or issued_list(number=number)


def find_by_file(sha256: str) -> Report | ListReport | None:
    """The issued document whose signed file, or courtesy copy, has this SHA-256 (hexadecimal)."""
    is_it = or_(Report.signed_sha256 == sha256, Report.courtesy_sha256 == sha256)
    found = session().scalar(select(Report).where(is_it, Report.file_id.is_not(None)))
    return _issued(found) or issued_list(sha256=sha256)


def _issued(report: Report | None) -> Report | None:
    """A report that nobody has on paper is nobody's to verify: one that is being made, or was stopped before."""
    return None if report is None or report.state in OPEN or report.file_id is None else report
