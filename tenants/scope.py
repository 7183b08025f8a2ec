"""Which court the code at hand works for. Without one, a court's tables show nothing and take nothing.

The scope lives in a context variable. `tenants.database` gives every scope a session of its own and tells PostgreSQL
the court at the start of each transaction, so that row-level security sees it.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ForeignKey, Uuid
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from tenants.keys import uuid7


class ScopeError(RuntimeError):
    """Work on a court's data without a court, or with another court than the session began with."""


@dataclass(eq=False)
class Scope:
    """One stretch of work for one court (None: for no court). Equal only to itself: it also keys the session."""

    court_id: UUID | None


_scope: ContextVar[Scope | None] = ContextVar("court_scope", default=None)


def current_scope() -> Scope | None:
    return _scope.get()


def current_court_id() -> UUID:
    """The court at work. Raises ScopeError when there is none: never a guess."""
    scope = _scope.get()
    if scope is None or scope.court_id is None:
        raise ScopeError("no court: use acting_as(court_id)")
    return scope.court_id


def enter(court_id: UUID | None) -> Token[Scope | None]:
    """Begin a scope by hand (the WSGI middleware). Everything else uses `tenants.database.acting_as`."""
    return _scope.set(Scope(court_id))


def adopt(court_id: UUID) -> None:
    """Set the court of a scope that has none yet (see `tenants.database.adopt_court`)."""
    scope = _scope.get()
    if scope is None or scope.court_id is not None:
        raise ScopeError("only a scope without a court can adopt one")
    scope.court_id = court_id


def leave(token: Token[Scope | None]) -> None:
    _scope.reset(token)


class CourtScoped:
    """A court's own row: primary key (court_id, id), protected by row-level security (see tenants/isolation.py)."""

    @declared_attr
    def court_id(cls) -> Mapped[UUID]:
        return mapped_column(Uuid, ForeignKey("court.id"), primary_key=True, default=current_court_id, sort_order=-2)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid7, sort_order=-1)


class Versioned:
    """A row that may change: `row_version` goes up with each change, and a change over a stale copy is refused."""

    row_version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, object]:
        return {"version_id_col": cls.row_version}
