"""Courts are kept apart by the database: as the portal's own roles, whatever the code above forgets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from app.cases.models import Enrollment, Person, Referral
from app.core import clock, limits
from app.core.models import Occurrence
from app.core.runtime import runtime
from app.core.storage import Missing
from app.models import metadata
from tenants.database import SET_COURT, HalfDone, acting_as, adopt_court, apart, connect, session, transaction
from tenants.isolation import WITHOUT_COURT
from tenants.scope import ScopeError
from tests.factories import TestCourt, make_court, make_learner, make_referral

TENANT_TABLES = [t for t in metadata.sorted_tables if t.name not in WITHOUT_COURT]


@pytest.fixture(scope="module")
def two(app) -> tuple[TestCourt, TestCourt]:
    """Two courts, each with a learner."""
    courts = make_court(app), make_court(app)
    for court in courts:
        make_learner(court)
    return courts


@pytest.fixture(scope="module")
def engine(settings) -> Iterator[Engine]:
    """portal_app with one connection that everything shares, and nothing of ours between."""
    engine = sa.create_engine(settings.database_url, pool_size=1, max_overflow=0)
    yield engine
    engine.dispose()


def tell(connection: sa.Connection, court_id: UUID) -> None:
    connection.exec_driver_sql(SET_COURT, (str(court_id),))


def persons(connection: sa.Connection) -> set[UUID]:
    return set(connection.scalars(sa.select(Person.court_id)))


def somebody(court_id: UUID) -> dict[str, object]:
    return {
        "id": uuid4(),
        "court_id": court_id,
        "given_names": "No",
        "family_names": "Body",
        "birth_date": sa.func.make_date(1980, 1, 1),
        "email": "",
        "phone": "",
        "language": "en",
        "created_at": clock.now(),
        "row_version": 1,
    }


@pytest.mark.proves("CO-4")
@pytest.mark.parametrize("used_before", [False, True], ids=["fresh connection", "after first use"])
def test_without_a_court_nothing_is_read(engine: Engine, two, used_before: bool):
    with engine.connect() as connection:
        if used_before:  # from then on the setting is an empty text, not NULL
            tell(connection, two[0].id)
            assert persons(connection) == {two[0].id}
            connection.rollback()
            assert connection.scalar(sa.text("SELECT current_setting('portal.court_id', true)")) == ""
        read = {t.name: connection.scalar(sa.select(sa.func.count()).select_from(t)) for t in TENANT_TABLES}
    assert set(read.values()) == {0}, read


@pytest.mark.proves("CO-4")
@pytest.mark.parametrize("used_before", [False, True], ids=["fresh connection", "after first use"])
def test_without_a_court_nothing_is_written(settings, two, used_before: bool):
    engine = sa.create_engine(settings.database_url)
    with engine.connect() as connection:
        if used_before:
            tell(connection, two[0].id)
            connection.rollback()
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(sa.insert(Person).values(somebody(two[0].id)))
        connection.rollback()
        changed = connection.execute(sa.update(Enrollment).values(state="completed"))
        assert changed.rowcount == 0
    engine.dispose()


@pytest.mark.proves("CO-4")
def test_a_credential_can_not_be_made_without_a_court(engine: Engine):
    credential = metadata.tables["staff_credential"]
    values = {"id": uuid4(), "email": "x@x.example", "password_hash": "x", "totp_last_step": 0, "row_version": 1}
    with engine.connect() as connection, pytest.raises(ProgrammingError, match="row-level security"):
        connection.execute(sa.insert(credential).values(**values, created_at=clock.now()))


@pytest.mark.proves("CO-3")
def test_one_connection_serves_alternating_courts_and_carries_nothing_over(engine: Engine, two):
    for court in (*two, *two, *reversed(two)):
        with engine.begin() as connection:
            assert persons(connection) == set()
            tell(connection, court.id)
            assert persons(connection) == {court.id}
        with engine.connect() as connection:
            assert persons(connection) == set()
            tell(connection, court.id)
            connection.rollback()
            assert persons(connection) == set()


@pytest.mark.proves("CO-3")
def test_the_portals_own_sessions_on_one_connection(settings, two):
    """The same through the portal's session: scopes, transactions, a failure in between."""
    from_scratch = _app_with_one_connection(settings)
    with from_scratch.app_context():
        for court in (*two, *reversed(two), *two):
            with acting_as(court.id):
                assert set(session().scalars(sa.select(Person.court_id))) == {court.id}
                with pytest.raises(RuntimeError, match="midway"):
                    fail_midway(court.id)
                with transaction() as current:
                    assert set(current.scalars(sa.select(Person.court_id))) == {court.id}
            assert session().scalars(sa.select(Person.court_id)).all() == []
            session().close()


def fail_midway(court_id: UUID) -> None:
    with transaction() as current:
        current.add(Person(**somebody(court_id)))
        current.flush()
        raise RuntimeError("midway")


def _app_with_one_connection(settings) -> Flask:
    scratch = Flask(__name__)
    connect(scratch, {"app": settings.database_url}, pool_size=1)
    return scratch


@pytest.mark.proves("CO-1", "CO-4")
def test_every_table_hides_the_other_courts_rows(engine: Engine, two):
    """The rows that exist are seen by their own court and by no other, table by table."""
    seen_by = {}
    for court in two:
        with engine.begin() as connection:
            tell(connection, court.id)
            seen_by[court.id] = {t.name: set(connection.scalars(sa.select(t.c.court_id))) for t in TENANT_TABLES}
    filled = {name for name, courts in seen_by[two[0].id].items() if courts}
    assert {"person", "referral", "enrollment", "audit_event", "membership", "enrollment_code"} <= filled
    for court_id, tables in seen_by.items():
        assert all(courts <= {court_id} for courts in tables.values()), tables


@pytest.mark.proves("CO-1")
def test_another_courts_row_can_not_be_changed_or_made_by_core(engine: Engine, two):
    mine, theirs = two
    with engine.begin() as connection:
        tell(connection, theirs.id)
        their_person = connection.scalar(sa.select(Person.id))
    with engine.connect() as connection:
        tell(connection, mine.id)
        changed = connection.execute(sa.update(Person).where(Person.id == their_person).values(email="changed"))
        assert changed.rowcount == 0
        both = connection.execute(sa.update(Person).where(Person.court_id == theirs.id).values(email="changed"))
        assert both.rowcount == 0
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(sa.insert(Person).values(somebody(theirs.id)))
        connection.rollback()
        tell(connection, mine.id)
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(sa.update(Person).values(court_id=theirs.id))


@pytest.mark.proves("CO-1")
def test_another_courts_row_can_not_be_reached_by_the_orm(app, two):
    mine, theirs = two
    with app.app_context():
        with acting_as(theirs.id):
            their_person = session().scalars(sa.select(Person)).first()
        assert their_person is not None
        with acting_as(mine.id):
            assert session().get(Person, (theirs.id, their_person.id)) is None
            assert session().scalar(sa.select(Person).where(Person.id == their_person.id)) is None
            with pytest.raises(DBAPIError), transaction() as current:
                current.add(Person(**{**somebody(theirs.id), "birth_date": clock.today("UTC")}))


@pytest.mark.proves("CO-5")
def test_a_row_can_not_point_to_another_courts_row(app, two):
    """Foreign keys hold at the commit: they are deferred, never skipped."""
    mine, theirs = two
    with app.app_context():
        with acting_as(theirs.id):
            their_person = session().scalars(sa.select(Person.id)).first()
            their_referral = session().scalars(sa.select(Referral.id)).first()
        with acting_as(mine.id):
            with pytest.raises(IntegrityError, match="foreign key"), transaction() as current:
                current.execute(sa.update(Referral).values(person_id=their_person))
            with pytest.raises(IntegrityError, match="foreign key"), transaction() as current:
                current.execute(sa.update(Enrollment).values(referral_id=their_referral))


@pytest.mark.proves("CO-5")
def test_uniques_tell_nothing_of_other_courts(app, two):
    """The same occasion of the same subject in two courts is two rows, not an error that betrays the other."""
    subject = uuid4()
    with app.app_context():
        for court in two:
            with acting_as(court.id), transaction() as current:
                current.add(Occurrence(kind="probe", subject_id=subject, occasion="1", at=clock.now()))
        with acting_as(two[0].id), pytest.raises(IntegrityError), transaction() as current:
            current.add(Occurrence(kind="probe", subject_id=subject, occasion="1", at=clock.now()))


@pytest.mark.proves("CO-5")
def test_a_learners_address_in_two_courts_is_two_accounts(app, two):
    addresses = []
    for court in two:
        with app.app_context(), court.acting(), transaction() as current:
            row = metadata.tables["learner_account"]
            values = {"kind": "email", "display_name": "R", "password_hash": "x", "language": "en", "row_version": 1}
            current.execute(
                sa.insert(row).values(
                    id=uuid4(), court_id=court.id, sign_in_name="same@mail.example", created_at=clock.now(), **values
                )
            )
            found = (
                current.execute(sa.select(row.c.id).where(row.c.sign_in_name == "same@mail.example")).scalars().all()
            )
            addresses += found
    assert len(set(addresses)) == 2


@pytest.mark.proves("CO-3")
def test_one_session_serves_one_court(app, two):
    mine, theirs = two
    with app.app_context(), acting_as(mine.id):
        with transaction(), pytest.raises(ScopeError), acting_as(theirs.id):
            pass
        with acting_as(mine.id):  # the same court joins
            assert session().scalars(sa.select(Person.court_id)).first() == mine.id
        with acting_as(theirs.id):  # outside of a transaction it is a session of its own
            assert session().scalars(sa.select(Person.court_id)).first() == theirs.id
        with pytest.raises(ScopeError):
            adopt_court(theirs.id)


@pytest.mark.proves("CO-4")
def test_objects_can_not_be_made_without_a_court(app):
    with app.app_context(), pytest.raises((ScopeError, sa.exc.StatementError)), transaction() as current:
        current.add(Occurrence(kind="probe", subject_id=uuid4(), occasion="1", at=clock.now()))


def write_apart_and_fail(court_id: UUID) -> None:
    with apart(), transaction() as current:
        current.add(Occurrence(kind="apart", subject_id=court_id, occasion="1", at=clock.now()))
    fail_midway(court_id)


@pytest.mark.proves("CO-3")
def test_what_is_written_apart_stays_in_its_court(app, two):
    with app.app_context(), acting_as(two[0].id):
        with pytest.raises(RuntimeError, match="midway"), transaction():
            write_apart_and_fail(two[0].id)
        assert session().scalars(sa.select(Occurrence.court_id).where(Occurrence.kind == "apart")).all() == [two[0].id]


@pytest.mark.proves("CO-6")
def test_files_are_kept_by_court(app, two):
    with app.app_context():
        storage = runtime().storage
        sha256 = storage.put(two[0].id, b"of the first court")
        assert storage.get(two[0].id, sha256) == b"of the first court"
        with pytest.raises(Missing):
            storage.get(two[1].id, sha256)


@pytest.mark.proves("CO-6")
def test_limits_are_counted_by_court(app, two):
    """Somebody who guesses at one court is not locked out of the other, and nobody can close a court's door."""
    limit = limits.Limit("probe", tries=2, window=limits.timedelta(minutes=5))
    with app.app_context():
        with acting_as(two[0].id):
            for _ in range(2):
                limits.count(limit, "10.0.0.1")
            with pytest.raises(limits.TooMany):
                limits.check(limit, "10.0.0.1")
            limits.check(limit, "10.0.0.2")
        with acting_as(two[1].id):
            limits.check(limit, "10.0.0.1")


@pytest.mark.proves("CO-6")
def test_a_session_of_one_court_opens_nothing_in_the_other(app, two):
    mine, theirs = two
    browser = mine.staff_client()
    cookie = browser.http.get_cookie(f"portal-{mine.slug}", path=f"/{mine.slug}")
    assert cookie is not None
    thief = type(browser)(app)
    thief.http.set_cookie(f"portal-{theirs.slug}", cookie.value, path=f"/{theirs.slug}", domain="localhost")
    assert "Test Clerk" in browser.get(mine.url("nowhere")).text
    assert "Test Clerk" not in thief.get(theirs.url("nowhere")).text


@pytest.mark.proves("CO-2")
def test_the_dispatcher_reads_no_payload_and_no_person(settings, two):
    engine = sa.create_engine(settings.database_dispatch_url)
    with engine.connect() as connection:
        for refused in (
            "SELECT payload FROM outbox",
            "SELECT * FROM person",
            "SELECT name FROM court",
            "SELECT error FROM outbox",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"):
                connection.execute(sa.text(refused))
            connection.rollback()
        assert connection.scalar(sa.text("SELECT count(*) FROM outbox")) is not None
    engine.dispose()


@pytest.mark.proves("CO-3")
def test_a_locked_read_sees_what_another_session_changed(app, two):
    """The session's older copy must not be handed out for a row that was locked to be looked at."""
    enrollment_id = make_referral(two[0])
    with app.app_context(), acting_as(two[0].id):
        query = sa.select(Enrollment).where(Enrollment.id == enrollment_id)
        held = session().scalars(query).one()
        with apart(), transaction() as other:
            other.execute(sa.update(Enrollment).where(Enrollment.id == enrollment_id).values(state="withdrawn"))
        session().close()
        with transaction() as current:
            kept = current.scalars(query).one()
            assert current.scalars(query.with_for_update()).one().state == "withdrawn"
            assert kept.id == held.id


def swallow_half_way() -> None:
    with transaction() as current:
        current.add(Occurrence(kind="before", subject_id=uuid4(), occasion="1", at=clock.now()))
        with suppress(LookupError), transaction():
            raise LookupError


def test_a_failure_that_is_swallowed_half_way_commits_nothing(app):
    court = make_court(app)
    with app.app_context(), court.acting():
        with pytest.raises(HalfDone):
            swallow_half_way()
        with transaction() as current:
            assert current.scalar(sa.select(sa.func.count()).select_from(Occurrence)) == 0
