"""The database's roles, made once by an administrator: the embedded server's in demo and tests, else the county's.

`portal_owner` owns the database and its tables; the others get only what migrations grant them.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

ROLES = {
    "portal_owner": "NOBYPASSRLS",
    "portal_app": "NOBYPASSRLS",
    "portal_dispatch": "NOBYPASSRLS",
    "portal_platform": "NOBYPASSRLS",
    "portal_backup": "BYPASSRLS",
}
# Nobody signs in as this one. portal_app takes it on for single transactions: those that seal or destroy a case.
RECORDS_ROLE = "portal_records"


def create_roles(administrator_url: str, passwords: Mapping[str, str]) -> None:
    """Create the roles that are missing and set every password. Safe to run again."""
    with psycopg.connect(administrator_url, autocommit=True) as connection:
        existing = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role, bypass in ROLES.items():
            if role not in existing:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION {}").format(
                        sql.Identifier(role), sql.SQL(bypass)
                    )
                )
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(passwords[role]))
            )
        _create_records_role(connection, missing=RECORDS_ROLE not in existing)


def _create_records_role(connection: psycopg.Connection, *, missing: bool) -> None:
    """NOINHERIT: what the role may do, portal_app may do only after SET ROLE, never by the way."""
    role, app = sql.Identifier(RECORDS_ROLE), sql.Identifier("portal_app")
    if missing:
        connection.execute(
            sql.SQL("CREATE ROLE {} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS").format(role)
        )
    connection.execute(sql.SQL("ALTER ROLE {} NOINHERIT").format(app))
    connection.execute(sql.SQL("GRANT {} TO {}").format(role, app))


def create_database(administrator_url: str, name: str, *, template: str | None = None) -> bool:
    """Create the portal's database, owned by portal_owner and closed to everyone else. False when it exists."""
    with psycopg.connect(administrator_url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if found:
            return False
        database = sql.Identifier(name)
        copy = sql.SQL("TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER portal_owner {}").format(database, copy))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        for role in ROLES:
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(role)))
        return True


def drop_database(administrator_url: str, name: str) -> None:
    with psycopg.connect(administrator_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
