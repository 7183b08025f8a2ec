"""The bench's own PostgreSQL and Valkey, as the suite's, but with a database that waits for the disk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.local.postgres import LocalPostgres
from app.local.valkey import LocalValkey
from tenants.roles import ROLES, create_database, create_roles
from tests.servers import Servers, migrate


@contextmanager
def own_servers() -> Iterator[Servers]:
    """Both servers with a migrated `template_portal`; they and their folder end with the block."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    postgres, valkey = LocalPostgres(folder / "postgres"), LocalValkey(folder / "valkey")
    try:
        postgres.start()
        valkey.start()
        passwords = {role: f"{role}-password" for role in ROLES}
        administrator = postgres.superuser_url().replace("+psycopg", "")
        create_roles(administrator, passwords)
        create_database(administrator, "template_portal")
        servers = Servers(str(folder), administrator, postgres.port, valkey.url, passwords)
        migrate(servers.url("portal_owner", "template_portal"))
        yield servers
    finally:
        valkey.stop()
        postgres.discard()
        shutil.rmtree(folder, ignore_errors=True)
