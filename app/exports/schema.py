"""What the tables of an export mean, for whoever loads it somewhere else."""

from __future__ import annotations

import inspect
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from app.exports import contents
from tenants.database import Base

README = """The data of a court, exported from the court portal

tables/     every table, twice: as JSON (exact) and as CSV (for a spreadsheet; text that a spreadsheet would take for a
            formula begins with an apostrophe there, and an empty cell may stand for nothing or for an empty text)
reports/    every report that was issued, by its number
files/      every other file, by its purpose and the SHA-256 of its content (see tables/stored_file)
schema.json the columns, their types, keys and meaning
manifest.json   size and SHA-256 of each file, rows of each table, what is left out and why
manifest.sig    the portal's signature over manifest.json (SHA-256; ECDSA in DER or RSA PKCS#1 v1.5)
signing-certificate.pem    the certificate to check it with

Times are in UTC. Amounts end in _cents. Binary values are in base64.
To check this file:  flask --app wsgi portal export verify FILE
Without the portal:  openssl x509 -in signing-certificate.pem -pubkey -noout > key.pem
                     openssl dgst -sha256 -verify key.pem -signature manifest.sig manifest.json
"""


def schema() -> dict[str, Any]:
    """Each exported table: its meaning, keys, and columns with their types."""
    tables = [(mapper.local_table, mapper.class_) for mapper in Base.registry.mappers]
    meanings = {table.name: model for table, model in tables if isinstance(table, Table)}
    return {table.name: _table(table, meanings.get(table.name)) for table in contents.exported_tables()}


def _table(table: Table, model: type | None) -> dict[str, Any]:
    exported = contents.columns(table)
    return {
        "meaning": inspect.getdoc(model) or "" if model else "",
        "primary_key": [column.name for column in table.primary_key.columns],
        "references": [
            {"columns": list(key.column_keys), "table": key.referred_table.name}
            for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name))
        ],
        "columns": {
            column.name: {
                "type": str(column.type.compile(dialect=postgresql.dialect())),  # type: ignore[no-untyped-call]  # SQLAlchemy's dialects are untyped
                "empty": bool(column.nullable),
                "when_erased": str(column.info["erase"]) if column.info.get("erase") else "",
            }
            for column in exported
        },
    }
