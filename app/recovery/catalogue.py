"""What a database is made of, in lines that can be compared: policies, grants, keys, indexes, triggers, columns."""

from __future__ import annotations

import hashlib
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

# The owner's own rights are left out: PostgreSQL writes them down only once somebody else was granted something.
SHAPE: LiteralString = """
SELECT format('table %s rls %s forced %s owner %s', c.relname, c.relrowsecurity, c.relforcerowsecurity,
              pg_get_userbyid(c.relowner)) AS line
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
UNION ALL
SELECT format('column %s.%s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT format('policy %s %s %s %s %s using %s check %s', tablename, policyname, permissive, roles, cmd, qual,
              with_check)
FROM pg_policies WHERE schemaname = 'public'
UNION ALL
SELECT format('grant %s on %s to %s', x.privilege_type, c.relname, x.grantee::regrole)
FROM pg_class c, aclexplode(c.relacl) x
WHERE c.relnamespace = 'public'::regnamespace AND x.grantee <> c.relowner
UNION ALL
SELECT format('grant %s on %s.%s to %s', x.privilege_type, c.relname, a.attname, x.grantee::regrole)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) x
WHERE c.relnamespace = 'public'::regnamespace AND x.grantee <> c.relowner
UNION ALL
SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'p', 'u', 'x')
UNION ALL
SELECT format('index %s', pg_get_indexdef(i.indexrelid)) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace
UNION ALL
SELECT format('trigger %s', pg_get_triggerdef(t.oid)) FROM pg_trigger t WHERE NOT t.tgisinternal
UNION ALL
SELECT format('function %s', pg_get_functiondef(p.oid)) FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
ORDER BY line
"""
TABLES: LiteralString = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
"""
Database = psycopg.Connection[tuple[Any, ...]]


def connect(url: str) -> Database:
    """A connection of our own, outside the app's engines. Raises psycopg.OperationalError."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address)


def shape(connection: Database) -> str:
    """SHA-256 over what the database is made of. The same from one server to another of the same major version."""
    lines = [str(row[0]) for row in connection.execute(SHAPE)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def counts(connection: Database) -> dict[str, int]:
    """The rows of every table. Needs a role that no policy binds."""
    found = {}
    for (table,) in connection.execute(TABLES).fetchall():
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", table))
        row = connection.execute(query).fetchone()
        found[str(table)] = int(row[0]) if row else 0
    return found


def server_major(connection: Database) -> int:
    return connection.info.server_version // 10000
