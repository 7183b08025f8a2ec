"""Runs migrations as the owner, one at a time, giving up rather than holding the portal's tables locked for long."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from app.models import metadata
from config import Settings

LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "15min"
ONE_AT_A_TIME = 7_206_115  # advisory lock: two releases at once wait for each other


def _url() -> str:
    return context.config.get_main_option("sqlalchemy.url") or Settings.of("release").database_owner_url


def run() -> None:
    engine = sa.create_engine(_url(), poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": ONE_AT_A_TIME})
        connection.execute(sa.text("SELECT set_config('lock_timeout', :t, false)"), {"t": LOCK_TIMEOUT})
        connection.execute(sa.text("SELECT set_config('statement_timeout', :t, false)"), {"t": STATEMENT_TIMEOUT})
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            transaction_per_migration=True,
            compare_type=True,
            include_name=lambda name, kind, _parents: not (kind == "table" and name == "alembic_version"),
        )
        with context.begin_transaction():
            context.run_migrations()


run()
