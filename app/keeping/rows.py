"""Which rows and files are a case's: found by walking the keys of every table, so that no table can be forgotten.

A table whose rows point to a case's rows by a key is walked by itself. What names a row without a key stands in
NAMES_A_ROW; a test refuses an id that is neither a key nor listed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select, Table, Text, Uuid, and_, any_, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from tenants.database import db, session
from tenants.isolation import MAY_BE_GONE, WITHOUT_COURT

# Never part of a case, though their rows name one: what was decided about its record, and the audit's own rows.
BESIDE = frozenset(
    {
        "record_sealing",
        "record_opening",
        "surviving_document",
        "legal_hold",
        "audit_event",
        "audit_detail",
        "audit_seal",
    }
)
# Rows that stay, blank: the money that moved has to add up for ever, and they are what it hangs on.
STAYS_BLANK = frozenset(
    {
        *MAY_BE_GONE,
        "ledger_entry",
        "checkout",
        "refund",
        "counter_payment",
        "counter_refund",
        "review_resolution",
        "reconciliation_difference",
    }
)
# Papers about many people: who is on one takes it along when the case goes. It can be made again without them.
ABOUT_MANY = "list_report"
# Ids without a key that may name a row of a case, and the tables whose rows they may name (none: of any).
NAMES_A_ROW: dict[tuple[str, str], tuple[str, ...]] = {
    ("notice", "recipient_id"): ("learner_account",),
    ("message_wishes", "recipient_id"): ("learner_account",),
    ("stored_file", "created_by"): ("learner_account",),
    ("review_item", "subject_id"): (),
    ("occurrence", "subject_id"): (),
    ("outbox", "subject_id"): (),
}
# The other ids without a key: who did something, or a number that tells nothing of a person.
NAMES_NOBODY = frozenset(
    {
        "actor_id", "added_by", "asked_by", "acknowledged_by", "cause_id", "changed_by", "confirmed_by",
        "downloaded_by", "invited_by", "issued_by", "job_id", "made_by", "notice_id", "operator_id", "place",
        "published_by",
        "put_away_by", "requested_by", "result_id", "rules_id", "session_id", "hearing_id", "parcel_id", "other_court",
    }
)  # fmt: skip
# Rows that name a case's row of the same case by a key or hold nothing of a person: their ids need no look.
OF_THE_SAME_ROW = {("report", "subject_id"), ("review_flag", "subject_id")}
# What a job or a message was told may name a case although its columns do not.
TOLD = (("outbox", "payload"), ("notice", "context"), ("notice", "page"))
SHORTEST_WORD = 6  # characters: shorter ones stand in too many other texts


@dataclass
class Found:
    """Everything that is one case's: ids by table, files by content, and the words that name the person."""

    referral_id: UUID
    ids: dict[str, set[UUID]] = field(default_factory=dict)
    words: tuple[str, ...] = ()

    def all_ids(self) -> list[UUID]:
        return sorted(set().union(*self.ids.values()))

    def of(self, table: str) -> list[UUID]:
        return sorted(self.ids.get(table, ()))


def tables() -> dict[str, Table]:
    """Every table of a court's rows that may belong to a case."""
    return {
        table.name: table
        for table in db.metadata.sorted_tables
        if table.name not in WITHOUT_COURT and table.name not in BESIDE
    }


def find(referral_id: UUID) -> Found:
    """Everything of a referral's case, in the court at work. The person and the account only where no other case of
    theirs is left. Finds what has gone, too, under the role that sees it."""
    found = Found(referral_id, {"referral": {referral_id}})
    named = tables()
    case = named["referral"], named["enrollment"]
    found.ids |= _person_and_account(referral_id, *case)
    found.words = _words(referral_id, named, alone="person" in found.ids)
    _walk(found, named)
    _add(found, ABOUT_MANY, _lists(found, named))
    _walk(found, named)
    for (name, column), owners in NAMES_A_ROW.items():
        owned = set().union(*(found.ids.get(owner, set()) for owner in owners)) if owners else set(found.all_ids())
        _add(found, name, _naming(named[name], named[name].c[column], owned))
    _add_told(found, named)
    _walk(found, named)
    return found


def _person_and_account(referral_id: UUID, referral: Table, enrollment: Table) -> dict[str, set[UUID]]:
    own = session().execute(
        select(referral.c.person_id, enrollment.c.account_id)
        .join(enrollment, enrollment.c.referral_id == referral.c.id)
        .where(referral.c.id == referral_id)
    )
    found: dict[str, set[UUID]] = {}
    for person_id, account_id in own:
        others = select(referral.c.id).where(
            referral.c.person_id == person_id, referral.c.id != referral_id, referral.c.gone_at.is_(None)
        )
        if session().scalar(others.limit(1)) is None:
            found["person"] = {person_id}
        shared = select(enrollment.c.id).where(
            enrollment.c.account_id == account_id, enrollment.c.referral_id != referral_id
        )
        if account_id is not None and session().scalar(shared.limit(1)) is None:
            found["learner_account"] = {account_id}
    return found


def _words(referral_id: UUID, named: dict[str, Table], *, alone: bool) -> tuple[str, ...]:
    """What names the case in running text: its numbers and, where it is the person's only one, name and addresses."""
    person, referral, number = named["person"], named["referral"], named["case_number"]
    rows = session().execute(
        select(person.c.given_names, person.c.family_names, person.c.email, person.c.phone)
        .join(referral, referral.c.person_id == person.c.id)
        .where(referral.c.id == referral_id)
    )
    words = [word for row in rows for word in (f"{row.given_names} {row.family_names}", row.email, row.phone) if alone]
    words += session().scalars(select(number.c.number).where(number.c.referral_id == referral_id)).all()
    return tuple(word for word in words if word and len(word) >= SHORTEST_WORD)


def keys_of(table: Table) -> Iterator[tuple[Column[Any], str]]:
    """The columns of a table that point to a row of the same court, and to which table."""
    for key in table.foreign_key_constraints:
        own = [column for column in key.columns if column.name != "court_id"]
        if len(own) == 1 and own[0].name != "id":
            yield own[0], key.referred_table.name


def _walk(found: Found, named: dict[str, Table]) -> None:
    """Rows that point to what was found belong to it; until nothing new comes."""
    edges = [(table, column, target) for table in named.values() for column, target in keys_of(table)]
    fresh = {name: set(ids) for name, ids in found.ids.items()}
    while fresh:
        came: dict[str, set[UUID]] = {}
        for table, column, target in edges:
            if ids := fresh.get(target):
                new = _naming(table, column, ids) - found.ids.get(table.name, set())
                if new:
                    came.setdefault(table.name, set()).update(new)
                    found.ids.setdefault(table.name, set()).update(new)
        fresh = came


def _naming(table: Table, column: Column[Any], ids: Iterable[UUID]) -> set[UUID]:
    """Rows of `table` whose `column` is one of `ids`. A person's other cases are not this one's."""
    given = sorted(ids)
    if not given or (table.name, column.name) in {("referral", "person_id"), ("enrollment", "account_id")}:
        return set()
    return set(session().scalars(select(table.c.id).where(column == any_(uuids(given)))))


def uuids(ids: Sequence[UUID]) -> Any:
    """As one array, however many there are."""
    return literal(list(ids), ARRAY(Uuid()))


def _lists(found: Found, named: dict[str, Table]) -> set[UUID]:
    people = named["list_report_person"]
    rows = select(people.c.list_id).where(people.c.enrollment_id == any_(uuids(found.of("enrollment"))))
    return set(session().scalars(rows))


def _add(found: Found, table: str, ids: set[UUID]) -> None:
    if ids:
        found.ids.setdefault(table, set()).update(ids)


def _add_told(found: Found, named: dict[str, Table]) -> None:
    core = [str(id_) for name in ("referral", "enrollment", "learner_account", "person") for id_ in found.of(name)]
    for name, column in TOLD:
        table = named[name]
        said = cast(table.c[column], Text)
        which = [said.contains(word, autoescape=True) for word in core]
        if "enrollment_id" in table.columns:  # of no case: a name is all that tells whose it is
            which += [table.c.enrollment_id.is_(None) & said.contains(word, autoescape=True) for word in found.words]
        _add(found, name, set(session().scalars(select(table.c.id).where(or_(*which)))))


def events_of(found: Found) -> Select[Any]:
    """The ids of audit events whose old and new values are of this case: about it, about a row of it, or done by the
    account that ends with it; and those of no case whose values name the person."""
    event, detail = db.metadata.tables["audit_event"], db.metadata.tables["audit_detail"]
    ours = or_(
        event.c.case_id == found.referral_id,
        event.c.subject_id == any_(uuids(found.all_ids())),
        event.c.actor_id == any_(uuids(found.of("learner_account"))),
    )
    said = func.concat(detail.c.old, detail.c.new)
    names = [said.contains(word, autoescape=True) for word in (*found.words, *map(str, found.of("enrollment")))]
    return (
        select(detail.c.id)
        .join(event, and_(event.c.court_id == detail.c.court_id, event.c.id == detail.c.id))
        .where(or_(ours, and_(event.c.case_id.is_(None), or_(*names))))
    )


def files_of(found: Found) -> list[Any]:
    """The stored files that rows of the case name: id, sha256, name, content_type, purpose."""
    file = db.metadata.tables["stored_file"]
    named: set[UUID] = set(found.of("stored_file"))
    for table in tables().values():
        for column, target in keys_of(table):
            if target == "stored_file" and (ids := found.of(table.name)):
                rows = select(column).where(table.c.id == any_(uuids(ids)), column.is_not(None))
                named |= set(session().scalars(rows))
    query = select(file.c.id, file.c.sha256, file.c.name, file.c.content_type, file.c.purpose)
    return list(session().execute(query.where(file.c.id == any_(uuids(sorted(named)))).order_by(file.c.id)))
