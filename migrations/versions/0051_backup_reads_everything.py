"""The role for backups may read every table, those of later releases too.

Compatibility: the release before asks nothing of this role.
"""

from __future__ import annotations

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO portal_backup")
    op.execute("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO portal_backup")
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO portal_backup")
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO portal_backup")


def downgrade() -> None:
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON SEQUENCES FROM portal_backup")
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM portal_backup")
    op.execute("REVOKE SELECT ON ALL SEQUENCES IN SCHEMA public FROM portal_backup")
    op.execute("REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM portal_backup")
