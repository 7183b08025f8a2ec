"""The court of a request: found and told in one statement, for that request and no longer."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from app.cases.models import Person
from config import Settings
from tenants import scope
from tenants.database import adopt_told_court, connect, db, discard_session, session
from tenants.resolve import open_court
from tenants.scope import ScopeError
from tests.factories import TestCourt, make_court, make_learner


@pytest.fixture(scope="module")
def two(app) -> tuple[TestCourt, TestCourt]:
    """Two courts, each with a learner."""
    courts = make_court(app), make_court(app)
    for court in courts:
        make_learner(court)
    return courts


def one_connection(settings: Settings) -> Flask:
    scratch = Flask(__name__)
    connect(scratch, {"app": settings.database_url}, pool_size=1)
    return scratch


@pytest.mark.proves("CO-3")
def test_a_request_sees_the_court_of_its_address_and_leaves_nothing_behind(settings, two):
    """The statement that finds the court also tells it: for that transaction and no longer, on one connection."""
    from_scratch = one_connection(settings)
    with from_scratch.app_context():
        for slug, seen in ((two[0].slug, {two[0].id}), ("no-such-court", set()), (two[1].slug, {two[1].id})):
            token = scope.enter(None)
            found = open_court(db.engine, slug)
            assert {found.id if found else None} - {None} == seen
            assert set(session().scalars(sa.select(Person.court_id))) == seen
            session().commit()  # the next transaction of the same scope is told at its beginning
            assert set(session().scalars(sa.select(Person.court_id))) == seen
            discard_session()
            scope.leave(token)
            with db.engine.connect() as connection:
                assert connection.scalars(sa.select(Person.court_id)).all() == []


@pytest.mark.proves("FA-3")
def test_a_connection_that_postgresql_ended_is_replaced_before_a_request_notices(settings, servers, two):
    """As after a restart of PostgreSQL: what the pool still holds is dead."""
    from_scratch = one_connection(settings)
    with from_scratch.app_context():
        for _restart in range(2):
            token = scope.enter(None)
            assert open_court(db.engine, two[0].slug) is not None
            number = session().scalar(sa.text("SELECT pg_backend_pid()"))
            discard_session()
            scope.leave(token)
            with psycopg.connect(servers.administrator, autocommit=True) as administrator:
                administrator.execute("SELECT pg_terminate_backend(%s, 5000)", (number,))


@pytest.mark.proves("CO-3")
def test_a_scope_takes_over_only_the_court_that_was_told(app, two):
    mine, theirs = two
    with app.app_context():
        token = scope.enter(None)
        try:
            with pytest.raises(ScopeError):
                adopt_told_court(mine.id, told=str(theirs.id))
            assert open_court(db.engine, mine.slug) is not None
            with pytest.raises(ScopeError):
                open_court(db.engine, theirs.slug)
            assert set(session().scalars(sa.select(Person.court_id))) == {mine.id}
        finally:
            discard_session()
            scope.leave(token)
