"""What an export holds and what it leaves out. A table is exported unless it stands here with its reason."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select, Table, select

from tenants.database import db
from tenants.isolation import WITHOUT_COURT

# Tables of the court that are left out, and why.
LEFT_OUT = {
    "attempt": "keyed hashes of guesses, counted for a quarter of an hour; nobody can read them",
    "review_item": "what waits for a reviewer; it follows from the reflections and check-ins themselves",
    "waiver_draft": "requests that are not sent yet; until then they are nobody's business but the person's",
    "submission": "numbers of forms that were sent, so that none counts twice; they mean nothing elsewhere",
}
# Tables without a court of which the court's own rows are exported; see `rows`.
OWN_ROWS = ("court", "court_former_slug", "curriculum_version", "staff_credential", "stripe_event", "stripe_object")
NOT_THE_COURTS = {
    "alembic_version": "the state of the portal's database; the manifest names it",
    "curriculum_module": "JaneSchool's curriculum; the versions that this court's people were given are exported",
    "curriculum_approver": "JaneSchool's own people",
    "curriculum_recording": "JaneSchool's videos, the same for every court",
    "curriculum_sign_off": "JaneSchool's own people, and what they said about the curriculum",
    "operator": "JaneSchool's own people",
    "operator_session": "sign-ins of JaneSchool's own people",
    "platform_audit": "JaneSchool's own log; what operators did in this court stands in the court's audit",
    "poverty_guideline": "federal figures, the same for every court; each request keeps those that it was seen by",
    "court_terms": "follows from the program rules, which are exported",
    "transfer_parcel": "sealed, on its way between two courts; each court's own part of a transfer is exported",
    "review_grant": "follows from the facilitators' places on the staff, which are exported",
    "review_session": "sign-ins of facilitators, who work for several courts",
    "review_try": "keyed hashes of guesses; nobody can read them",
    "process_heartbeat": "when the portal's own processes last ran",
}

# Whatever is named like a secret stays, unless it stands in HARMLESS: a new column is left out until someone decides.
SECRET = re.compile(r"password|secret|token|totp|recovery|_digest$|_hash$|_key$")
HARMLESS = {
    "audit_event.detail_digest": "proves the detail of an event",
    "curriculum_version.content_hash": "names the content that was taught",
    "checkout.idempotency_key": "names the request at Stripe",
}
OF_NO_USE = "secret of a sign-in, a link or a code, of no use outside of the portal"
COLUMNS_LEFT_OUT = {
    "outbox.payload": "what a job was told; may hold a link that signs somebody in",
    "curriculum_version.content": "JaneSchool's work; its version and hash are exported",
}


def exported_tables() -> list[Table]:
    """Every table of which an export holds rows, by name."""
    courts = [t for t in db.metadata.sorted_tables if t.name not in WITHOUT_COURT and t.name not in LEFT_OUT]
    shared = [t for t in db.metadata.sorted_tables if t.name in OWN_ROWS]
    return sorted([*courts, *shared], key=lambda table: table.name)


def column_left_out(table: str, column: str) -> str:
    """Why a column is not exported; empty when it is."""
    name = f"{table}.{column}"
    if name in COLUMNS_LEFT_OUT:
        return COLUMNS_LEFT_OUT[name]
    return OF_NO_USE if SECRET.search(column) and name not in HARMLESS else ""


def columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if not column_left_out(table.name, column.name)]


def rows(table: Table, court_id: UUID) -> Select[Any]:
    """The court's rows of a table, in the order of their keys. Row security guards what a court's own table gives."""
    query: Select[Any] = select(*columns(table)).order_by(*table.primary_key.columns)
    named = db.metadata.tables
    if table.name == "court":
        return query.where(table.c.id == court_id)
    if table.name == "staff_credential":
        return query.where(table.c.id.in_(select(named["membership"].c.credential_id)))
    if table.name == "curriculum_version":
        return query.where(table.c.id.in_(select(named["module_progress"].c.version_id)))
    return query.where(table.c.court_id == court_id)


def left_out() -> dict[str, str]:
    """Everything that an export leaves out, table or `table.column`, with the reason."""
    found = {**LEFT_OUT, **NOT_THE_COURTS}
    for table in exported_tables():
        for column in table.columns:
            if why := column_left_out(table.name, column.name):
                found[f"{table.name}.{column.name}"] = why
    return dict(sorted(found.items()))
