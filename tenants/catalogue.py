"""Asks PostgreSQL's catalogue whether courts are really kept apart. Empty answer: they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tenants.isolation import (
    ACROSS_COURTS,
    CLAUSES_OF_THE_APP,
    COURT,
    GONE_POLICY,
    MAY_BE_GONE,
    RECORDS_POLICY,
    SERVER_ROLES,
    WITHOUT_COURT,
)
from tenants.roles import RECORDS_ROLE

TABLES = """
SELECT c.relname AS name, c.relkind AS kind, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
       pg_get_userbyid(c.relowner) AS owner, c.reloptions AS options,
       EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'court_id' AND NOT a.attisdropped)
         AS has_court
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm')
ORDER BY c.relname
"""
POLICIES = """
SELECT tablename, policyname, permissive, roles, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public'
"""
KEYS = """
SELECT con.conrelid::regclass::text AS "table", con.conname AS name, con.contype AS kind,
       con.confrelid::regclass::text AS target,
       ARRAY(SELECT a.attname::text FROM unnest(con.conkey) k JOIN pg_attribute a
             ON a.attrelid = con.conrelid AND a.attnum = k) AS columns
FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND con.contype IN ('p', 'u', 'f') AND c.relkind = 'r'
"""
UNIQUE_INDEXES = """
SELECT i.indrelid::regclass::text AS "table", i.indexrelid::regclass::text AS name,
       ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) k JOIN pg_attribute a
             ON a.attrelid = i.indrelid AND a.attnum = k) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND i.indisunique
"""
ROLES = """
SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
       has_schema_privilege(rolname, 'public', 'CREATE') AS creates
FROM pg_roles WHERE rolname = ANY(:roles)
"""
RIGHTS = """
SELECT c.relname AS "table", r.rolname AS role, p.right
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_roles r,
     unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p("right")
WHERE n.nspname = 'public' AND c.relkind = 'r' AND r.rolname = ANY(:roles)
  AND has_table_privilege(r.rolname, c.oid, p.right)
"""
MEMBERSHIPS = """
SELECT pg_get_userbyid(member) AS member, pg_get_userbyid(roleid) AS role,
       pg_has_role(member, roleid, 'USAGE') AS inherits
FROM pg_auth_members
WHERE pg_get_userbyid(member) = ANY(:roles)
"""
# A grant to everybody (grantee 0) passes by the list of roles.
EVERYBODY = """
SELECT c.relname AS "table", acl.privilege_type AS "right"
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) acl
WHERE n.nspname = 'public' AND acl.grantee = 0
"""
DEFINERS = """
SELECT p.proname AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'public' AND p.prosecdef
"""


def problems(connection: Connection) -> list[str]:
    """Every way in which the database at hand fails to keep courts apart, in words. Needs no more than a login."""
    return [*_table_problems(connection), *_key_problems(connection), *_role_problems(connection)]


def _rows(connection: Connection, sql: str, **values: Any) -> Iterator[Any]:
    return iter(connection.execute(sa.text(sql), values).mappings().all())


def _table_problems(connection: Connection) -> Iterator[str]:
    policies: dict[str, list[Any]] = {}
    for row in _rows(connection, POLICIES):
        policies.setdefault(row["tablename"], []).append(row)
    for table in _rows(connection, TABLES):
        name = table["name"]
        if table["kind"] == "v":
            if "security_invoker=true" not in (table["options"] or []):
                yield f"view {name} is not security_invoker"
            continue
        if table["kind"] == "m":
            yield f"{name} is a materialized view: row-level security does not reach it"
            continue
        if table["owner"] in SERVER_ROLES:
            yield f"{name} is owned by {table['owner']}"
        exempt = WITHOUT_COURT.get(name)
        if exempt is not None and not exempt.row_security:
            continue
        if exempt is None and not table["has_court"]:
            yield f"{name} has no court_id and is not on the list of tables without a court"
            continue
        if not (table["enabled"] and table["forced"]):
            yield f"{name}: row-level security is not both enabled and forced"
        yield from _policy_problems(name, policies.get(name, []), isolated=exempt is None)


def _policy_problems(table: str, policies: list[Any], *, isolated: bool) -> Iterator[str]:
    if not any("portal_app" in p["roles"] and p["permissive"] == "PERMISSIVE" for p in policies):
        yield f"{table} has no policy"
    if isolated:
        names = {policy["policyname"] for policy in policies}
        if RECORDS_POLICY not in names:
            yield f"{table}: what belongs to a case there can be neither sealed nor destroyed"
        if table in MAY_BE_GONE and GONE_POLICY not in names:
            yield f"{table}: rows of a case that has gone are not hidden"
    wanted = _shape(COURT)
    for policy in policies if isolated else []:
        if policy["permissive"] == "RESTRICTIVE" or _known_across_courts(table, policy):
            continue  # a restrictive policy can only take away
        for clause in (policy["qual"], policy["with_check"]):
            if clause is None or _shape(clause) != f"court_id={wanted}":
                yield f"{table}: policy {policy['policyname']} does not compare court_id: {clause}"


def _known_across_courts(table: str, policy: Any) -> bool:
    known = ACROSS_COURTS.get(table, {})
    only_reads = policy["cmd"] == "SELECT" or policy["roles"] == ["portal_dispatch"]
    if not (only_reads and len(policy["roles"]) == 1 and policy["roles"][0] in known):
        return False
    if policy["roles"] != ["portal_app"]:
        return True
    return _shape(policy["qual"]) == _shape(CLAUSES_OF_THE_APP[table])


def _shape(expression: str) -> str:
    """An expression without the casts, spaces and parentheses that PostgreSQL adds when it prints one."""
    return re.sub(r"::\w+|[\s()]", "", expression).lower()


def _key_problems(connection: Connection) -> Iterator[str]:
    for key in _rows(connection, KEYS):
        if key["table"] in WITHOUT_COURT or "court_id" in key["columns"]:
            continue
        if key["kind"] == "f" and key["target"] in WITHOUT_COURT:
            continue
        yield f"{key['table']}: {key['name']} does not include court_id"
    for index in _rows(connection, UNIQUE_INDEXES):
        if index["table"] not in WITHOUT_COURT and "court_id" not in index["columns"]:
            yield f"{index['table']}: unique index {index['name']} does not include court_id"


def _role_problems(connection: Connection) -> Iterator[str]:
    roles = [*SERVER_ROLES, RECORDS_ROLE, "portal_owner", "portal_backup"]
    found = {row["rolname"]: row for row in _rows(connection, ROLES, roles=roles)}
    for missing in set(roles) - set(found):
        yield f"role {missing} does not exist"
    for name, row in found.items():
        may_bypass = name == "portal_backup"
        if row["rolsuper"] or row["rolcreaterole"] or row["rolcreatedb"]:
            yield f"{name} has administrator's rights"
        if row["rolbypassrls"] and not may_bypass:
            yield f"{name} bypasses row-level security"
        if row["creates"] and name in SERVER_ROLES:
            yield f"{name} may create tables"
    for row in _rows(connection, RIGHTS, roles=list(SERVER_ROLES)):
        yield f"{row['role']} has {row['right']} on {row['table']}"
    for row in _rows(connection, MEMBERSHIPS, roles=list(SERVER_ROLES)):
        if (row["member"], row["role"]) == ("portal_app", RECORDS_ROLE) and not row["inherits"]:
            continue  # taken on for a transaction, by name; see app/keeping/erasing.py
        yield f"{row['member']} is a member of {row['role']}"
    for row in _rows(connection, EVERYBODY):
        yield f"everybody has {row['right']} on {row['table']}"
    for row in _rows(connection, DEFINERS):
        yield f"function {row['name']} runs as its owner"
