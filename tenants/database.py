"""Engines, sessions and the one transaction helper.

`db` is Flask-SQLAlchemy: it owns the engines (one for each database role that the process needs: the default one, and
`dispatch` and `platform` where they are named) and one session for each scope. Only this module commits or rolls back.
"""

from __future__ import annotations

import logging
import select
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from flask.globals import app_ctx
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB, psycopg
from sqlalchemy.engine import Connection, CursorResult, Row
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, SessionTransaction

from tenants import scope as scopes
from tenants.scope import ScopeError

log = logging.getLogger(__name__)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

SET_COURT = "SELECT set_config('portal.court_id', %s, true)"
SET_REVIEWER = "SELECT set_config('portal.reviewer', %s, true)"
SET_REVIEWER_EMAIL = "SELECT set_config('portal.reviewer_email', %s, true)"


class Base(DeclarativeBase):
    """Base of every table. Text is TEXT, times carry their zone, dictionaries and lists are JSONB."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        str: sa.Text(),
        datetime: sa.DateTime(timezone=True),
        UUID: sa.Uuid(),
        dict[str, Any]: JSONB(),
        list[str]: JSONB(),
        list[dict[str, Any]]: JSONB(),
    }


def _session_key() -> object:
    """A session of its own for each scope; outside of any scope, for each application context."""
    scope = scopes.current_scope()
    if scope is not None:
        return scope
    return id(app_ctx._get_current_object())  # type: ignore[attr-defined]  # the proxy's own method


# Objects stay readable after a commit; a stale one can not be written (row_version), and locked reads load afresh.
db = SQLAlchemy(metadata=Base.metadata, session_options={"scopefunc": _session_key, "expire_on_commit": False})


def session() -> Session:
    """The session of the scope at hand."""
    return db.session()


def _tell_the_court(connection: Connection) -> None:
    scope = scopes.current_scope()
    if scope is not None and scope.court_id is not None:
        connection.exec_driver_sql(SET_COURT, (str(scope.court_id),))


@event.listens_for(db.session, "after_begin")
def _one_session_one_court(session: Session, _transaction: SessionTransaction, _connection: Connection) -> None:
    """The identity map would hand out another court's object if the court changed within a session."""
    scope = scopes.current_scope()
    court_id = scope.court_id if scope else None
    if session.info.setdefault("court_id", court_id) != court_id:
        raise ScopeError("this session began for another court")


@event.listens_for(db.session, "do_orm_execute")
def _locked_reads_load_afresh(state: ORMExecuteState) -> None:
    """A lock is taken to look at the row as it is now: never at the copy that the session read before it."""
    if state.is_select and getattr(state.statement, "_for_update_arg", None) is not None:
        state.update_execution_options(populate_existing=True)


def connect(app: Flask, urls: dict[str, str], *, pool_size: int = 5) -> None:
    """Give the app its engines. `urls` maps a role's key (`app`, `dispatch`, `platform`) to its database address.

    The process's own role comes first and is the default; the others are binds of their names.
    """
    options = {
        "pool_size": pool_size,
        "max_overflow": 2 * pool_size,
        "hide_parameters": True,  # an error's text goes to the log; the values in it are people's
    }
    default, *_ = urls
    app.config["SQLALCHEMY_DATABASE_URI"] = urls[default]
    app.config["SQLALCHEMY_BINDS"] = dict(urls)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    with app.app_context():
        for engine in db.engines.values():
            # Core connections bypass the session's events, so the court is told where every transaction begins.
            event.listen(engine, "begin", _tell_the_court)
            event.listen(engine, "checkout", _refuse_a_dead_connection)


def _refuse_a_dead_connection(connection: Any, _record: Any, _proxy: Any) -> None:
    """A pooled connection that PostgreSQL has ended is replaced by a new one. Asks the socket, not the server: nothing
    can have come on a connection at rest but the server's last words or the end."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        raise sa.exc.DisconnectionError("the server has ended this connection")


class HalfDone(RuntimeError):
    """A joined transaction failed and its exception was swallowed: nothing is committed."""


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction; a call inside another joins it. Commits at the end of the outermost, then runs `after_commit`.

    Any exception rolls everything back and is raised on. An exception that leaves a joined call and is caught before
    the outermost ends would leave half of the work to be committed: that raises HalfDone instead.
    """
    current = session()
    if current.info.get("in_transaction"):
        try:
            yield current
        except BaseException as error:
            current.info["half_done"] = error
            raise
        return
    current.info["in_transaction"] = True
    current.info["after_commit"] = []
    try:
        yield current
        if current.info.get("half_done") is not None:
            raise HalfDone from current.info["half_done"]
        current.commit()
    except BaseException:
        current.rollback()
        raise
    finally:
        current.info["in_transaction"] = False
        current.info.pop("half_done", None)
        callbacks = current.info.pop("after_commit")
    for callback in callbacks:
        try:
            callback()
        except Exception:
            # What was committed stays true; whatever a callback hastens also happens by itself later.
            log.exception("after-commit callback failed")


def after_commit(callback: Callable[[], None]) -> None:
    """Run `callback` once the transaction at hand has committed; never when it fails."""
    session().info["after_commit"].append(callback)


@contextmanager
def acting_as(court_id: UUID) -> Iterator[None]:
    """Work for one court: its rows are visible and writable inside, nobody else's.

    Joins when the court is already at work. Raises ScopeError inside an open transaction of another scope.
    """
    current = scopes.current_scope()
    if current is not None and current.court_id == court_id:
        yield
        return
    if db.session.registry.has() and session().info.get("in_transaction"):
        raise ScopeError("a transaction for another court is open")
    with _fresh_scope(court_id):
        yield


@contextmanager
def apart() -> Iterator[None]:
    """The same court in a session of its own, for what must stay even when the work at hand is rolled back."""
    scope = scopes.current_scope()
    with _fresh_scope(scope.court_id if scope else None):
        yield


@contextmanager
def _fresh_scope(court_id: UUID | None) -> Iterator[None]:
    token = scopes.enter(court_id)
    try:
        yield
    finally:
        db.session.remove()
        scopes.leave(token)


def discard_session() -> None:
    """Drop the session of the scope at hand with whatever it began; the next use starts afresh."""
    db.session.remove()


def adopt_court(court_id: UUID) -> None:
    """Turn a transaction that began without a court into this court's, for the rest of its scope.

    Only for a webhook, which learns its court from the first row that it reads. Raises ScopeError once a court is set.
    """
    _adopt(court_id)
    session().connection().exec_driver_sql(SET_COURT, (str(court_id),))


def telling(court_id: sa.ColumnElement[UUID]) -> sa.ColumnElement[str]:
    """A column that tells PostgreSQL the court of its row: as SET_COURT, within the statement that finds the court.

    The statement must have at most one row. What comes back is for `adopt_told_court`.
    """
    return sa.func.set_config("portal.court_id", sa.cast(court_id, sa.Text()), sa.true())


def adopt_told_court(court_id: UUID, told: str) -> None:
    """As `adopt_court`, in the transaction whose statement has told PostgreSQL already (`told`, see `telling`)."""
    if told != str(court_id):
        raise ScopeError("another court was told")
    _adopt(court_id)


def _adopt(court_id: UUID) -> None:
    current = session()
    if current.info.get("court_id") is not None or scopes.current_scope() is None:
        raise ScopeError("the session already has a court")
    scopes.adopt(court_id)
    current.info["court_id"] = court_id


@contextmanager
def as_reviewer(token_digest: bytes) -> Iterator[Session]:
    """One transaction without a court, for the holder of a facilitator's sign-in: shows what its grants allow.

    Raises ScopeError where a court is at work: there a reviewer is a member of that court's staff.
    """
    with _without_court(SET_REVIEWER, token_digest.hex()) as current:
        yield current


@contextmanager
def naming_reviewer(email: str) -> Iterator[Session]:
    """One transaction without a court in which the credential of this very address shows (at the reviewers' door)."""
    with _without_court(SET_REVIEWER_EMAIL, email) as current:
        yield current


@contextmanager
def _without_court(setting: str, value: str) -> Iterator[Session]:
    scope = scopes.current_scope()
    if scope is not None and scope.court_id is not None:
        raise ScopeError("a court is at work")
    if session().info.get("in_transaction"):
        raise ScopeError("a transaction is open: the setting would outlive its block")
    with transaction() as current:
        current.connection().exec_driver_sql(setting, (value,))
        yield current


@contextmanager
def role_transaction(role: str) -> Iterator[Session]:
    """A transaction as another database role of this process (`platform`, `dispatch`), in a session of its own.

    The role's own policies decide what it sees; the court of the scope, if any, is told as always.
    """
    with Session(db.engines[role]) as current:
        try:
            yield current
            current.commit()
        except BaseException:
            current.rollback()
            raise


class Ready:
    """A constant SELECT, put into SQL once, for what is read at every turn.

    SQLAlchemy finds a compiled statement again by walking its whole tree: for a large one that costs more than the
    reading. Rows come as PostgreSQL's driver gives them; values travel as parameters, all by name.
    """

    def __init__(self, select: sa.Select[*tuple[Any, ...]]) -> None:
        compiled = select.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}

    def on(self, connection: Connection, **parameters: Any) -> CursorResult[Any]:
        return connection.exec_driver_sql(self.sql, self._constants | parameters)

    def read(self, **parameters: Any) -> Sequence[Row[*tuple[Any, ...]]]:
        """The rows, in the session of the scope at hand."""
        return self.on(session().connection(), **parameters).all()


_DIALECT = psycopg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


def statement(sql: str) -> sa.TextClause:
    """A constant SQL text. Values always travel as parameters."""
    return sa.text(sql)
