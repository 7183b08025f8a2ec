"""Views that people keep: the own ones, and those that a supervisor shares with everybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Text, Uuid, and_, bindparam, cast, delete, func, or_, select

from app.caseload.everyone.wanted import Wanted
from app.caseload.models import SavedView
from app.core import clock
from app.core.audit import audit
from app.core.errors import NotFound, Refused
from app.core.i18n import gettext as _
from app.permissions.identity import Identity
from app.permissions.permissions import Permission, may
from tenants.database import Ready, session, transaction

OWN_AT_MOST = 30
CAN_BE_PUT_BACK = timedelta(days=1)

_SHOWN = Ready(
    select(cast(SavedView.id, Text), SavedView.name, SavedView.asked, SavedView.shared)
    .where(
        or_(SavedView.owner_id == bindparam("viewer", type_=Uuid()), SavedView.shared), SavedView.removed_at.is_(None)
    )
    .order_by(SavedView.shared, func.lower(SavedView.name), SavedView.id)
)


def views_for(identity: Identity) -> list[tuple[str, dict[str, str]]]:
    """The views that `identity` may open, as name and what they ask for: the own ones first, then the shared ones."""
    return [(row[1], row[2]) for row in _SHOWN.read(viewer=identity.id)]


def views_to_manage(identity: Identity) -> Sequence[SavedView]:
    """Those that `identity` may change, by name; those that were removed and can be put back too."""
    whose = SavedView.owner_id == identity.id
    if may(identity, Permission.CASELOAD_SHARE):
        whose = or_(whose, SavedView.shared)
    lately = or_(SavedView.removed_at.is_(None), SavedView.removed_at > clock.now() - CAN_BE_PUT_BACK)
    query = select(SavedView).where(and_(whose, lately))
    return session().scalars(query.order_by(func.lower(SavedView.name), SavedView.id)).all()


def get_view_for(identity: Identity, view_id: UUID) -> SavedView:
    """One view that `identity` may change. Raises NotFound."""
    found = next((one for one in views_to_manage(identity) if one.id == view_id), None)
    if found is None:
        raise NotFound
    return found


def save_view(wanted: Wanted, name: str, *, shared: bool, actor: Identity) -> SavedView:
    """Keep a list under a name. Raises Refused (field `name`) for a name that is taken, or too many."""
    assert actor.id is not None
    with transaction() as current:
        now = clock.now()
        current.execute(
            delete(SavedView).where(SavedView.owner_id == actor.id, SavedView.removed_at <= now - CAN_BE_PUT_BACK)
        )
        own = [one for one in views_to_manage(actor) if one.owner_id == actor.id and one.removed_at is None]
        if len(own) >= OWN_AT_MOST:
            raise Refused(_("You have saved as many views as there is room for. Remove one first."), "name")
        view = SavedView(
            owner_id=actor.id, name="", asked=wanted.values(), shared=_may_share(shared, actor), made_at=now
        )
        view.name = _free_name(name, None, own)
        current.add(view)
        current.flush()
        new = {"name": view.name, "shared_with_staff": view.shared, "asked": view.asked}
        audit("caseload.save_view", actor=actor, subject=("saved_view", view.id), new=new)
    return view


def change_view(view: SavedView, name: str, *, shared: bool, actor: Identity) -> None:
    """Give a view that was loaded for `actor` another name, or share it. Raises Refused (field `name`)."""
    with transaction() as current:
        others = [one for one in views_to_manage(actor) if one.owner_id == view.owner_id and one.removed_at is None]
        old = {"name": view.name, "shared_with_staff": view.shared}
        view.name, view.shared = _free_name(name, view, others), _may_share(shared, actor)
        new = {"name": view.name, "shared_with_staff": view.shared}
        if new != old:
            current.flush()
            audit("caseload.change_view", actor=actor, subject=("saved_view", view.id), old=old, new=new)


def remove_view(view: SavedView, *, actor: Identity) -> None:
    """Take a view out of the lists. For a day it can be put back."""
    _set_removed(view, removed=True, actor=actor)


def restore_view(view: SavedView, *, actor: Identity) -> None:
    """Put a removed view back."""
    _set_removed(view, removed=False, actor=actor)


def _set_removed(view: SavedView, *, removed: bool, actor: Identity) -> None:
    if (view.removed_at is not None) == removed:
        return
    with transaction() as current:
        view.removed_at = clock.now() if removed else None
        current.flush()
        action = "caseload.remove_view" if removed else "caseload.restore_view"
        audit(action, actor=actor, subject=("saved_view", view.id), new={"name": view.name})


def _may_share(shared: bool, actor: Identity) -> bool:
    return shared and may(actor, Permission.CASELOAD_SHARE)


def _free_name(name: str, view: SavedView | None, others: Sequence[SavedView]) -> str:
    plain = " ".join(name.split())
    if not plain:
        raise Refused(_("Give the view a name."), "name")
    if any(one is not view and one.name.casefold() == plain.casefold() for one in others):
        raise Refused(_("You have a view with this name already."), "name")
    return plain
