"""Keeping what somebody types, and forgetting it once it was sent. Two devices never overwrite each other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from app.accounts.drafts.models import KeptText
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.permissions.identity import Identity
from tenants.database import session, transaction

PLACE = re.compile(r"[a-z-]+(/[a-z0-9-]+){1,3}")
MOST_FIELDS = 60
LONGEST = 20_000  # characters of one form
MOST_ROWS = 40  # forms of one person that are kept at once
KEPT_FOR = timedelta(days=30)


def _device_of(actor: Identity) -> str:
    """One sign-in is one device: what two of them type never overwrites each other."""
    return hashlib.sha256(str(actor.session_id).encode()).hexdigest()[:16]


def keep(place: str, fields: Mapping[str, str], continues: str, *, actor: Identity) -> KeptText:
    """Keep what stands in a form now, in place of what this sign-in had there.

    `continues` names the text that the form was filled with (`mark_of_text`): unless somebody went on with it
    elsewhere, this takes its place. Raises Refused for more than a form can hold.
    """
    if not PLACE.fullmatch(place) or len(place) > 120 or len(fields) > MOST_FIELDS:
        raise Refused(_("This can not be kept."))
    if sum(map(len, fields.values())) > LONGEST or any(len(name) > 100 for name in fields):
        raise Refused(_("This is too long to be kept."))
    assert actor.id is not None
    now, device = clock.now(), _device_of(actor)
    with transaction() as current:
        mine = select(KeptText).where(KeptText.account_id == actor.id).with_for_update()
        rows = current.scalars(mine.order_by(KeptText.saved_at)).all()
        for old in rows[: max(0, len(rows) - MOST_ROWS)]:
            current.delete(old)
        row = next((one for one in rows if (one.place, one.device) == (place, device)), None)
        for one in rows:
            if one is not row and one.place == place and mark_of_text(one) == continues:
                current.delete(one)
        if row is None:
            row = KeptText(account_id=actor.id, place=place, device=device, fields=dict(fields), saved_at=now)
            current.add(row)
        elif row.fields != dict(fields):
            row.fields, row.saved_at = dict(fields), now
        current.flush()
    return row


def forget(place: str, continues: str, *, actor: Identity) -> None:
    """The form was sent: what this sign-in kept of it goes, and what it had continued. Other devices' text stays."""
    with transaction() as current:
        rows = current.scalars(
            select(KeptText).where(KeptText.account_id == actor.id, KeptText.place == place).with_for_update()
        ).all()
        for row in rows:
            if row.device == _device_of(actor) or mark_of_text(row) == continues:
                current.delete(row)
        current.flush()


def forget_everywhere(place: str, *, actor: Identity) -> None:
    """What was typed there is thrown away, on whatever device it was typed."""
    with transaction() as current:
        current.execute(delete(KeptText).where(KeptText.account_id == actor.id, KeptText.place == place))


def forget_old() -> None:
    """A schedule: what was kept for a month and never sent goes."""
    with transaction() as current:
        current.execute(delete(KeptText).where(KeptText.saved_at < clock.now() - KEPT_FOR))


def kept_at(place: str, account_id: UUID | None) -> list[KeptText]:
    """What one person has kept of a form, the newest first."""
    found = select(KeptText).where(KeptText.account_id == account_id, KeptText.place == place)
    return list(session().scalars(found.order_by(KeptText.saved_at.desc(), KeptText.id)))


def mark_of_text(row: KeptText) -> str:
    """Names a text as it is now: another one as soon as anything was added to it."""
    return f"{row.id}.{row.row_version}"
