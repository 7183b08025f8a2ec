"""Whether the release before can go on while the newest migration is already in force: a release restarts no portal."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef OR a.attidentity <> '',
       ARRAY(SELECT r || ' ' || p FROM unnest(ARRAY['portal_app', 'portal_dispatch', 'portal_platform']) r,
             unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) p WHERE has_column_privilege(r, c.oid, a.attnum, p)
             UNION ALL
             SELECT r || ' DELETE' FROM unnest(ARRAY['portal_app', 'portal_dispatch', 'portal_platform']) r
             WHERE has_table_privilege(r, c.oid, 'DELETE'))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
"""


@dataclass(frozen=True)
class Column:
    """What a running release knows of a column. `rights`: "role RIGHT", of the servers' roles."""

    type: str
    required: bool
    filled: bool  # by the database, when nobody says a value
    rights: frozenset[str] = frozenset()


Schema = dict[tuple[str, str], Column]


def schema_of(url: str) -> Schema:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        rows = connection.execute(COLUMNS).fetchall()
    return {(table, name): Column(kind, need, fill, frozenset(may)) for table, name, kind, need, fill, may in rows}


def breaks(before: Schema, after: Schema) -> list[str]:
    """What a release that was written for `before` would stumble over in `after`."""
    found = []
    known = {table for table, _name in before}
    for (table, name), old in before.items():
        new = after.get((table, name))
        if new is None:
            found.append(f"{table}.{name} is gone")
            continue
        if new.type != old.type:
            found.append(f"{table}.{name} was {old.type} and is {new.type}")
        if new.required and not old.required:
            found.append(f"{table}.{name} must have a value now")
        found += [f"{table}.{name}: {right} was taken away" for right in sorted(old.rights - new.rights)]
    for (table, name), new in after.items():
        if table in known and (table, name) not in before and new.required and not new.filled:
            found.append(f"{table}.{name} is new and must have a value, which the release before does not write")
    return found
