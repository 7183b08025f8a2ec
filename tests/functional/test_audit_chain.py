"""The audit trail: no deed without its row, and whatever was done to the rows afterwards is found and named."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Connection

from app.cases.models import Referral
from app.cases.services import move_enrollment
from app.core import clock, sealer
from app.core.actor import SYSTEM
from app.core.audit import Deed, audit, audit_many, audit_refused
from app.core.models import AuditDetail, AuditEvent, AuditSeal
from app.scheduler import seal_all
from tenants.database import acting_as, apart, session, transaction
from tests.factories import TestCourt, make_court, make_referral


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


@pytest.fixture
def administrator(servers, settings) -> Iterator[Callable[..., None]]:
    """Does to the tables what only somebody with all rights can do."""
    database = settings.database_url.rpartition("/")[2]
    base = servers.administrator.replace("postgresql://", "postgresql+psycopg://").rpartition("/")[0]
    engine = sa.create_engine(f"{base}/{database}")

    def tamper(sql: str, **values: object) -> int:
        with engine.begin() as connection:
            connection.execute(sa.text("SET session_replication_role = replica"))  # keys and triggers look away
            return _run(connection, sql, values)

    yield tamper
    engine.dispose()


def _run(connection: Connection, sql: str, values: dict[str, object]) -> int:
    return connection.execute(sa.text(sql), values).rowcount


@pytest.fixture
def written(app: Flask, court: TestCourt) -> Iterator[list[UUID]]:
    """Seven events, sealed, by position; the test runs as the court."""
    with app.app_context(), court.acting():
        for number in range(7):
            audit("test.deed", actor=SYSTEM, subject=("deed", uuid4()), new={"number": number})
        assert sealer.seal() == 7
        yield list(session().scalars(sa.select(AuditSeal.id).order_by(AuditSeal.position)))


def head_file(app: Flask, court: TestCourt) -> Path:
    folder = Path(urlsplit(app.extensions["portal"].settings.storage_url).path)
    return folder / "audit-heads" / f"{court.id}.json"


@pytest.mark.proves("AD-2")
def test_a_whole_chain_is_whole_and_the_open_tail_is_stated(written):
    assert sealer.verify().problems == ()
    audit("test.deed", actor=SYSTEM, subject=("deed", None))
    verdict = sealer.verify()
    assert (verdict.sealed, verdict.unsealed, verdict.problems) == (7, 1, ())
    assert sealer.seal() == 1
    verdict = sealer.verify()
    assert (verdict.sealed, verdict.unsealed, verdict.problems) == (8, 0, ())
    assert sealer.seal() == 0


CHANGES = {
    "action": "UPDATE audit_event SET action = 'test.other' WHERE id = :id",
    "actor": "UPDATE audit_event SET actor_id = gen_random_uuid() WHERE id = :id",
    "time": "UPDATE audit_event SET at = at + interval '1 hour' WHERE id = :id",
    "outcome": "UPDATE audit_event SET outcome = 'refused' WHERE id = :id",
    "case": "UPDATE audit_event SET case_id = gen_random_uuid() WHERE id = :id",
    "subject": "UPDATE audit_event SET subject_id = gen_random_uuid() WHERE id = :id",
    "digest": "UPDATE audit_event SET detail_digest = '\\x00' WHERE id = :id",
    "detail": "UPDATE audit_detail SET new = '{\"number\": 99}' WHERE id = :id",
    "address": "UPDATE audit_detail SET address = '10.9.9.9' WHERE id = :id",
}


@pytest.mark.proves("AD-2")
@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_row_is_named(written, administrator, what: str):
    assert administrator(CHANGES[what], id=written[3]) == 1
    problems = sealer.verify().problems
    assert problems
    assert all(str(written[3]) in words and "changed" in words for words in problems)


@pytest.mark.proves("AD-2")
def test_a_removed_event_is_named(written, administrator):
    administrator("DELETE FROM audit_event WHERE id = :id", id=written[2])
    assert any(str(written[2]) in words and "removed" in words for words in sealer.verify().problems)


@pytest.mark.proves("AD-2")
def test_links_taken_out_of_the_middle_are_named(written, administrator):
    administrator("DELETE FROM audit_event WHERE id = :id", id=written[3])
    administrator("DELETE FROM audit_seal WHERE id = :id", id=written[3])
    assert any("links 4 to 4 are missing" in words for words in sealer.verify().problems)


@pytest.mark.proves("AD-2")
def test_exchanged_links_are_named(written, administrator):
    administrator("UPDATE audit_seal SET position = -position WHERE id IN (:a, :b)", a=written[2], b=written[4])
    administrator("UPDATE audit_seal SET position = 5 WHERE id = :id", id=written[2])
    administrator("UPDATE audit_seal SET position = 3 WHERE id = :id", id=written[4])
    problems = " ".join(sealer.verify().problems)
    assert str(written[2]) in problems
    assert str(written[4]) in problems


def cut_off(administrator: Callable[..., int], ids: list[UUID]) -> None:
    for gone in ids:
        administrator("DELETE FROM audit_detail WHERE id = :id", id=gone)
        administrator("DELETE FROM audit_seal WHERE id = :id", id=gone)
        administrator("DELETE FROM audit_event WHERE id = :id", id=gone)


@pytest.mark.proves("AD-2")
def test_a_cut_off_end_is_named(written, administrator):
    cut_off(administrator, written[5:])
    assert sealer.verify().problems == ("links 6 to 7 were cut off the end",)


@pytest.mark.proves("AD-2")
def test_sealing_on_after_a_cut_does_not_cover_it(app, court, written, administrator):
    """New events must not bring the chain back to its old length as if nothing had happened."""
    cut_off(administrator, written[5:])
    session().close()
    for _ in range(3):
        audit("test.deed", actor=SYSTEM, subject=("deed", None))
    with pytest.raises(sealer.ChainBroken):
        sealer.seal()
    assert "links 6 to 7 were cut off the end" in sealer.verify().problems


@pytest.mark.proves("AD-2")
def test_one_courts_broken_chain_stops_no_other(app, court, written, administrator):
    cut_off(administrator, written[5:])
    other = make_court(app)
    with acting_as(other.id):
        audit("test.deed", actor=SYSTEM, subject=("deed", None))
    with app.app_context():
        seal_all()
    with acting_as(other.id):
        assert sealer.verify().unsealed == 0


@pytest.mark.proves("AD-2")
def test_a_rewritten_chain_does_not_fit_its_signed_head(written, administrator):
    """Somebody who can write every table can make a chain that fits itself, not the head outside the database."""
    administrator("UPDATE audit_event SET action = 'test.other' WHERE id = :id", id=written[6])
    events = session().scalars(sa.select(AuditEvent).order_by(AuditEvent.at, AuditEvent.id)).all()
    by_id = {event.id: event for event in events}
    digest = sealer.GENESIS
    for event_id in written:
        digest = sealer.link(digest, by_id[event_id])
        administrator("UPDATE audit_seal SET digest = :digest WHERE id = :id", digest=digest, id=event_id)
    session().close()
    assert sealer.verify().problems == ("the signed head does not match",)


@pytest.mark.proves("AD-2")
def test_a_missing_head_is_named(app, court, written):
    head_file(app, court).unlink()
    assert sealer.verify().problems == ("the signed head is missing from storage",)
    with pytest.raises(sealer.ChainBroken):
        sealer.seal()


@pytest.mark.proves("AD-2")
def test_a_head_of_somebody_elses_making_is_named(app, court, written):
    head_file(app, court).write_text(json.dumps({"position": 7, "mac": "0" * 64}))
    assert sealer.verify().problems == ("the signed head does not match",)


def test_an_erased_detail_is_lawful(written, administrator):
    administrator("DELETE FROM audit_detail WHERE id = :id", id=written[1])
    assert sealer.verify().problems == ()


@pytest.mark.proves("AD-2")
def test_a_sealer_that_dies_before_it_keeps_the_head_raises_no_false_alarm(app, court, written):
    """Its links are committed, its head is the last one's: the chain is whole, and the next sealer keeps the head."""
    kept = head_file(app, court).read_text()
    audit("test.deed", actor=SYSTEM, subject=("deed", None))
    assert sealer.seal() == 1
    after = head_file(app, court).read_text()
    head_file(app, court).write_text(kept)
    assert sealer.verify().problems == ()
    assert sealer.seal() == 0
    assert head_file(app, court).read_text() == after


@pytest.mark.proves("AD-2")
def test_the_first_sealer_that_dies_raises_none_either(app, court, administrator):
    """Before the very first link is committed there is a head to compare with."""
    with app.app_context(), court.acting():
        audit("test.deed", actor=SYSTEM, subject=("deed", None))
        administrator("REVOKE INSERT ON audit_seal FROM portal_app")
        try:
            with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                sealer.seal()
        finally:
            administrator("GRANT INSERT ON audit_seal TO portal_app")
        first = head_file(app, court).read_text()
        assert sealer.verify().problems == ()
        assert sealer.seal() == 1
        head_file(app, court).write_text(first)  # as if it had died after its commit
        assert sealer.verify().problems == ()


@pytest.mark.proves("AD-2")
def test_sealers_at_once_chain_each_event_once(app, court):
    """Several schedulers, with people writing meanwhile, and somebody verifying all the time."""
    alarms: list[str] = []
    stop = threading.Event()

    def work(deed: Callable[[], object]) -> None:
        with app.app_context():
            while not stop.is_set():
                with acting_as(court.id):
                    deed()

    def write() -> None:
        audit("test.deed", actor=SYSTEM, subject=("deed", None))

    def verify() -> None:
        alarms.extend(sealer.verify().problems)

    with app.app_context(), court.acting():
        for _ in range(30):
            write()
    threads = [threading.Thread(target=work, args=(deed,)) for deed in (sealer.seal, sealer.seal, write, verify)]
    for thread in threads:
        thread.start()
    stop.wait(3)
    stop.set()
    for thread in threads:
        thread.join()
    with app.app_context(), court.acting():
        while sealer.seal():
            pass
        verdict = sealer.verify()
        events = session().scalar(sa.select(sa.func.count()).select_from(AuditEvent))
        positions = list(session().scalars(sa.select(AuditSeal.position).order_by(AuditSeal.position)))
    assert alarms == []
    assert (verdict.problems, verdict.unsealed, verdict.sealed) == ((), 0, events)
    assert positions == list(range(1, events + 1))
    assert json.loads(head_file(app, court).read_text())["position"] == events


@pytest.mark.proves("AD-3")
def test_a_deed_that_fails_after_its_audit_leaves_neither(app, court):
    enrollment_id = make_referral(court)
    with app.app_context(), court.acting():
        events = count(AuditEvent)
        with pytest.raises(ZeroDivisionError), transaction():
            move_and_fail(enrollment_id)
        session().close()
        assert count(AuditEvent) == events
        assert count(AuditDetail) == events
        state = (
            session().execute(sa.text("SELECT state FROM enrollment WHERE id = :id"), {"id": enrollment_id}).scalar()
        )
        assert state == "referred"


def move_and_fail(enrollment_id: UUID) -> None:
    move_enrollment(enrollment_id, "withdrawn", actor=SYSTEM)
    raise ZeroDivisionError


@pytest.mark.proves("AD-3")
def test_an_audit_that_can_not_be_written_stops_the_deed(app, court, administrator):
    """Take away the right to write audit rows: nothing can be done any more, rather than done unseen."""
    with app.app_context(), court.acting():
        referrals = count(Referral)
    administrator("REVOKE INSERT ON audit_event FROM portal_app")
    try:
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            make_referral(court)
    finally:
        administrator("GRANT INSERT ON audit_event TO portal_app")
    with app.app_context(), court.acting():
        assert count(Referral) == referrals


@pytest.mark.proves("AD-1")
def test_a_refused_try_stays_when_the_work_around_it_is_undone(app, court):
    with app.app_context(), court.acting():
        with pytest.raises(ZeroDivisionError), transaction():
            try_and_fail()
        found = session().scalars(sa.select(AuditEvent).where(AuditEvent.action == "test.tried")).one()
        assert found.outcome == "refused"


def try_and_fail() -> None:
    audit_refused("test.tried", actor=SYSTEM, subject=("deed", None), new={"why": "no"})
    raise ZeroDivisionError


@pytest.mark.proves("AD-2")
@pytest.mark.parametrize(
    "new",
    [{"a": {1: "x", 10: "y", 9: "z"}}, {"t": (1, 2)}, {"s": "ü \u2028 \U0001f642"}, {"f": 1.5, "n": None, "b": True}],
)
def test_what_was_stored_fits_its_digest(app, court, new):
    with app.app_context(), court.acting():
        audit("test.deed", actor=SYSTEM, subject=("deed", None), new=new)
        sealer.seal()
        assert sealer.verify().problems == ()


def count(model: type) -> int:
    return session().scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_time_is_the_portals(app, court):
    with app.app_context(), court.acting(), clock.moved_to(clock.now().replace(year=2031)):
        with apart():
            audit("test.deed", actor=SYSTEM, subject=("deed", None))
        assert session().scalars(sa.select(AuditEvent.at)).one().year == 2031


def test_a_backlog_is_sealed_in_one_go(app, court):
    """A file of thousands of people leaves no tail that waits for turn after turn."""
    deeds = [Deed("test.deed", ("deed", uuid4())) for _ in range(sealer.BATCH + 1)]
    with app.app_context():
        with court.acting():
            audit_many(deeds, actor=SYSTEM)
        assert seal_all() >= len(deeds)
        with court.acting():
            assert sealer.verify().unsealed == 0
