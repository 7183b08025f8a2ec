"""What must have been done with a restored installation before it opens.

THE place for it. A step is named after what it does, runs in an application context of the command line (no court at
work yet), may run twice, and returns a line for the person who restores. A step that raises keeps the portal closed.
The replay of tombstones (what was sealed or destroyed since the backup was made) belongs here, first.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from app.core import sealer
from app.keeping import tombstones
from tenants.catalogue import problems
from tenants.database import acting_as, db
from tenants.models import Court

Step = Callable[[], str]


def replay_tombstones() -> str:
    """What storage says was sealed or destroyed goes again; the command line can name a newer list."""
    number = tombstones.replay(tombstones.read(tombstones.folder())) if tombstones.folder().is_dir() else 0
    return f"{number} records were sealed or destroyed again"


BEFORE_OPENING: dict[str, Step] = {"tombstones": replay_tombstones}


def audit_problems() -> list[str]:
    """What is wrong with any court's chain."""
    courts = [(court.slug, court.id) for court in db.session.scalars(select(Court).order_by(Court.slug))]
    found = []
    for slug, court_id in courts:
        with acting_as(court_id):
            found += [f"audit of {slug}: {problem}" for problem in sealer.verify().problems]
    return found


def isolation_problems() -> list[str]:
    """Ways in which the restored database fails to keep courts apart."""
    with db.engine.connect() as connection:
        return problems(connection)
