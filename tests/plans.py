"""How PostgreSQL means to read: the steps of a plan that do not go by an index on the court."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

import app.models  # noqa: F401 - every table is known
from tenants.database import SET_COURT, Base

# Tables whose rows belong to a court; one that only names a court is not read by it.
OF_COURTS = {name for name, table in Base.metadata.tables.items() if "court_id" in table.primary_key.columns}


def faults(plan: dict[str, Any], table: str | None = None) -> list[str]:
    """The steps of a plan that read a court's table (the step above: `table`) other than by an index on its court."""
    kind, found = plan["Node Type"], []
    table = plan.get("Relation Name", table if kind.startswith("Bitmap") else None)
    if table in OF_COURTS and kind in ("Index Scan", "Index Only Scan", "Bitmap Index Scan"):
        if "court_id" not in plan.get("Index Cond", ""):
            found.append(f"{kind} {plan['Index Name']}: {plan.get('Index Cond')}")
    elif table in OF_COURTS and not kind.startswith("Bitmap"):
        found.append(f"{kind} of {table}")
    return found + [fault for below in plan.get("Plans", ()) for fault in faults(below, table)]


def beyond_the_court(address: str, court_id: UUID, sent: Sequence[tuple[str, Any]]) -> list[str]:
    """The faults of these statements (of `tests.caseloads.statements`) for one court, each with its statement.

    `address`: the database as the runtime role. Reading a whole table is made costly, so that a small one shows what a
    large one would.
    """
    found = []
    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(SET_COURT, (str(court_id),))
        for words, given in sent:
            if not words.lstrip().upper().startswith(("SELECT", "WITH")):
                continue
            cursor.execute(f"EXPLAIN (FORMAT JSON) {words}".encode(), given or None)  # of our own pages, as sent
            row = cursor.fetchone()
            assert row is not None
            found += [f"{fault} in {words[:200]}" for fault in faults(row[0][0]["Plan"])]
    return found
