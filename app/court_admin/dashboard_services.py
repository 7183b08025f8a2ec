"""Putting the list of first steps away, and taking it out again."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock
from app.core.actor import Actor
from app.core.audit import audit
from app.court_admin.dashboard_models import StartGuide
from tenants.database import transaction
from tenants.keys import uuid7
from tenants.scope import current_court_id


def put_away(away: bool, *, actor: Actor) -> None:
    """Put the court's list of first steps away (or bring it back); nothing happens when it is so already."""
    with transaction() as session:
        made = insert(StartGuide).values(id=uuid7(), court_id=current_court_id(), row_version=1)
        session.execute(made.on_conflict_do_nothing(index_elements=["court_id"]))
        row = session.scalars(select(StartGuide).with_for_update()).one()
        before = row.put_away_at is not None
        if before == away:
            return
        row.put_away_at, row.put_away_by = (clock.now(), actor.id) if away else (None, None)
        action = "court_admin.put_away_start_guide" if away else "court_admin.bring_back_start_guide"
        audit(action, actor=actor, subject=("start_guide", row.id), old={"put_away": before}, new={"put_away": away})
