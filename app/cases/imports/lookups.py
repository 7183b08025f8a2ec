"""Imports for one person, their files, and what the court says where a file is silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.elements import ColumnElement

from app.accounts.models import Membership, StaffCredential
from app.cases.imports.columns import Column, Kind
from app.cases.imports.models import ReferralImport, ReferralImportRow
from app.cases.imports.reading import Sheet, read_sheet
from app.cases.imports.rules import Ground, Officer
from app.cases.lookups import supervising_roles
from app.cases.models import CaseNumber, Enrollment, Person, Referral
from app.cases.rules import FINAL_STATES
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.core.models import StoredFile
from app.core.runtime import runtime
from app.core.storage import Missing
from app.permissions.identity import Identity
from app.permissions.permissions import SEES_WHOLE_COURT
from tenants.database import session
from tenants.models import Court
from tenants.rules import rules_in_force
from tenants.scope import current_court_id
from tenants.term import course_deadline

IMPORT = "import"  # purpose of a stored file
PAGE_SIZE = 20


def _theirs(identity: Identity) -> ColumnElement[bool]:
    if identity.kind != ActorKind.STAFF or not identity.fully_signed_in:
        raise NotFound
    whole = identity.as_role in SEES_WHOLE_COURT
    return ReferralImport.id.is_not(None) if whole else ReferralImport.created_by == identity.id


def get_import_for(identity: Identity, import_id: UUID) -> ReferralImport:
    """One import: of the whole court for those who see it, else one's own. With `.file` loaded. Raises NotFound."""
    query = select(ReferralImport).options(joinedload(ReferralImport.file))
    found = session().scalar(query.where(ReferralImport.id == import_id, _theirs(identity)))
    if found is None:
        raise NotFound
    return found


def the_import(import_id: UUID, *, lock: bool = False) -> ReferralImport:
    """One import of the court at work for a service or job, with `.file` loaded. Raises NotFound."""
    query = select(ReferralImport).options(joinedload(ReferralImport.file)).where(ReferralImport.id == import_id)
    if lock:
        query = query.with_for_update(of=ReferralImport)
    found = session().scalar(query)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class ListedImport:
    """One line of the list. `counts`: rows by state."""

    row: ReferralImport
    counts: dict[str, int]


def imports_of(identity: Identity, *, older_than: UUID | None = None) -> tuple[list[ListedImport], UUID | None]:
    """A page of imports, the newest first, and the one to go on from (None: no more). Three statements."""
    query = (
        select(ReferralImport)
        .options(joinedload(ReferralImport.file))
        .where(_theirs(identity))
        .order_by(ReferralImport.created_at.desc(), ReferralImport.id.desc())
    )
    if older_than is not None:
        last = get_import_for(identity, older_than)
        query = query.where(tuple_(ReferralImport.created_at, ReferralImport.id) < (last.created_at, last.id))
    rows = session().scalars(query.limit(PAGE_SIZE + 1)).all()
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    counts = counts_of([row.id for row in rows])
    return [ListedImport(row, counts.get(row.id, {})) for row in rows], (rows[-1].id if more else None)


def counts_of(import_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Rows by state, for each import that has rows."""
    if not import_ids:
        return {}
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    for import_id, state, number in session().execute(
        select(ReferralImportRow.import_id, ReferralImportRow.state, func.count())
        .where(ReferralImportRow.import_id.in_(import_ids))
        .group_by(ReferralImportRow.import_id, ReferralImportRow.state)
    ):
        found[import_id][state] = number
    return dict(found)


def rows_of(
    import_id: UUID, *, states: Collection[str] = (), after: int = 0, most: int | None = None
) -> Sequence[ReferralImportRow]:
    """The rows of an import in the file's order, from the number behind `after` on."""
    query = select(ReferralImportRow).where(ReferralImportRow.import_id == import_id, ReferralImportRow.number > after)
    if states:
        query = query.where(ReferralImportRow.state.in_(states))
    return session().scalars(query.order_by(ReferralImportRow.number).limit(most)).all()


def sheet_of(row: ReferralImport) -> Sheet:
    """The rows of an import's file. Raises Refused when the file is no longer kept."""
    try:
        return read_sheet(runtime().storage.get(current_court_id(), row.file.sha256))
    except Missing:
        raise Refused(_("The file is no longer kept. Send it again.")) from None


def remembered_mapping(kind: Kind) -> dict[Column, str]:
    """What this court chose for its last file of the kind: our field -> heading."""
    found = session().scalar(
        select(ReferralImport.mapping)
        .where(ReferralImport.kind == kind, ReferralImport.mapped)
        .order_by(ReferralImport.created_at.desc(), ReferralImport.id.desc())
        .limit(1)
    )
    return mapping_of(found or {})


def mapping_of(stored: dict[str, str]) -> dict[Column, str]:
    """A stored mapping; fields that this release does not know are left out."""
    return {Column(column): heading for column, heading in stored.items() if column in list(Column)}


def earlier_import(sha256: str, kind: Kind) -> ReferralImport | None:
    """The newest confirmed import of the very same file."""
    return session().scalar(
        select(ReferralImport)
        .join(StoredFile, StoredFile.id == ReferralImport.file_id)
        .where(
            StoredFile.sha256 == sha256,
            ReferralImport.kind == kind,
            ReferralImport.state.in_(("running", "done")),
        )
        .order_by(ReferralImport.created_at.desc())
        .limit(1)
    )


def ground(mapping: Mapping[Column, str]) -> Ground:
    """What the court says today where a file is silent; its officers only when a column of the file names some."""
    court = session().scalars(select(Court).where(Court.id == current_court_id())).one()
    today = clock.today(court.time_zone)
    _rules, document = rules_in_force()
    officers: list[Officer] = []
    if Column.OFFICER in mapping:
        rows = session().execute(
            select(Membership.id, Membership.display_name, StaffCredential.email)
            .join(StaffCredential, StaffCredential.id == Membership.credential_id)
            .where(Membership.role.in_(supervising_roles(document)), Membership.state == "active")
        )
        officers = [Officer(*row) for row in rows]
    return Ground(
        today=today,
        deadline=course_deadline(document, today, court.region),
        languages=tuple(court.languages),
        officers=tuple(officers),
    )


def referring_actor(row: ReferralImport) -> Actor:
    """Who confirmed an import, in the role of today: the people in it are referred by them."""
    role = session().scalar(select(Membership.role).where(Membership.id == row.confirmed_by))
    return Actor(ActorKind.STAFF, row.confirmed_by, role=role or "")


@dataclass(frozen=True)
class PendingReferral:
    """A referral that waits for its case number."""

    referral_id: UUID
    person: Person
    referral: Referral


def pending_referrals(identity: Identity, most: int) -> list[PendingReferral]:
    """Referrals that wait for a case number and are not over, the oldest first; own ones unless one sees the court."""
    query = (
        select(Referral, Person)
        .join(Person, Person.id == Referral.person_id)
        .join(Enrollment, Enrollment.referral_id == Referral.id)
        .where(
            Enrollment.state.not_in(FINAL_STATES),
            select(CaseNumber.id).where(CaseNumber.referral_id == Referral.id, CaseNumber.number.is_(None)).exists(),
        )
        .order_by(Referral.referred_at, Referral.id)
        .limit(most)
    )
    if identity.as_role not in SEES_WHOLE_COURT:
        query = query.where(Referral.referred_by == identity.id)
    return [PendingReferral(referral.id, person, referral) for referral, person in session().execute(query)]
