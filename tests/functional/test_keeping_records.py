"""Sealing and destroying records: afterwards the person is nowhere, and the audit is still whole."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from app.cases.models import Referral
from app.core import clock, sealer
from app.core.actor import ActorKind
from app.core.errors import NotFound, Refused
from app.core.models import AuditEvent
from app.keeping import boxes, holds, services, tombstones
from app.keeping.carrying_out import destroy_key
from app.keeping.erasing import as_records
from app.keeping.lookups import the_sealing, waiting_for
from app.keeping.models import RecordOpening, SurvivingDocument
from app.keeping.opening import read_opened
from app.keeping.rules import Ground, Waits
from app.keeping.tombstones import Tombstone
from app.payments.models import LedgerEntry
from app.permissions.identity import Role
from app.reports.models import Report
from tenants import rules
from tenants.database import session, transaction
from tenants.program import ProgramDocument
from tests.client import PageClient
from tests.factories import TestCourt, make_court, make_learner, make_referral
from tests.functional.keeping_steps import (
    backstage,
    end_record,
    files_with,
    finish_program,
    redis_with,
    rows_with,
    run_keeping_jobs,
)
from tests.functional.lived_in import LivedIn, lived_in
from tests.functional.transfer_steps import agree, ask_for, turn

__all__ = ["backstage"]

WORD = "Zephyrinwort"
# What holds the word because it is the court's own: its name, its people, what they named, a list that is no case yet.
OF_THE_COURT = (
    "court: ", "membership: ", "invitation: ", "message_template: ", "saved_view: ", "court_export: ",
)  # fmt: skip
OF_NO_CASE = (f"{WORD}.csv", f"{WORD}.png", f"For {WORD}", f"Text {WORD}", f"View of Officer {WORD}")
TOKEN = "t" * 43


def of_the_person(connection: sa.Connection, court: TestCourt) -> list[str]:
    """What is left of the person in any table."""
    rows = (row for row in rows_with(connection, WORD) if not row.startswith(OF_THE_COURT))
    return [row for row in rows if str(court.id) in row and not any(words in row for words in OF_NO_CASE)]


def money_of(court: TestCourt) -> int:
    return session().scalars(sa.select(sa.func.sum(LedgerEntry.amount_cents))).one()


def give_token(connection: sa.Connection, court: TestCourt) -> None:
    """The report that is out can be checked by TOKEN."""
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    out = sa.update(Report).where(Report.state == "ready", Report.court_id == court.id)
    connection.execute(out.values(verify_digest=digest))


def no_survivor() -> None:
    """The court in which everything happened keeps a document of the person; here none survives."""
    with as_records() as current:
        current.execute(sa.delete(SurvivingDocument))


def pages_of(lived: LivedIn, role: Role, ids: dict[str, object]) -> list[str]:
    """Every page of the court for one role, with the ids that were good before: faults and words of the person."""
    wrong = []
    client = lived.court.client(lived.people[role])
    for page in lived.app.url_map.iter_rules():
        if "court_slug" not in page.arguments or "GET" not in (page.methods or ()):
            continue
        answer = client.http.get(lived.path(page, **ids))
        text = answer.data.decode(errors="replace")
        if answer.status_code >= 500 or f"Family{WORD}" in text or f"26-{WORD}" in text:
            wrong.append(f"{page.endpoint} {answer.status_code}")
    return wrong


@pytest.mark.proves("CD-5")
def test_a_destroyed_record_is_nowhere(app: Flask, backstage: sa.Connection, caplog: pytest.LogCaptureFixture):
    lived = lived_in(app, WORD)
    court, ids = lived.court, dict(lived.ids)
    give_token(backstage, court)
    stranger = PageClient(app).http
    known = stranger.get(court.url(f"verify/{TOKEN}")).get_data(as_text=True)
    with app.app_context(), court.acting():
        sealer.seal()
        money = money_of(court)
    assert len(of_the_person(backstage, court)) > 40, "the words are not there to begin with"
    caplog.set_level(logging.DEBUG)
    with app.test_request_context(), court.acting():
        no_survivor()
        row = end_record(court, Ground.ORDER_TO_EXPUNGE)
        assert (row.state, row.what, row.reference) == ("done", "destroy", "")
        assert sum(row.removed.values()) > 60
    assert of_the_person(backstage, court) == []
    assert [str(path) for path in files_with(app, WORD) if str(court.id) in str(path)] == [
        str(path) for path in files_with(app, f"{WORD},Listed")
    ], "only the list that nobody has confirmed"
    assert redis_with(app, WORD) == []
    assert WORD not in caplog.text
    with app.test_request_context(), court.acting():
        assert sealer.seal() > 0
        assert sealer.verify().findings == (), "the chain is whole without the values"
        assert money_of(court) == money, "the books still add up"
        with pytest.raises(NotFound):
            services.cancel(row.id, actor=court.member(Role.CLERK))
    assert pages_of(lived, Role.ADMINISTRATOR, ids) == []
    assert pages_of(lived, Role.OFFICER, ids) == []
    assert court.client(lived.people[Role.ADMINISTRATOR]).http.get(court.url(f"records/{row.id}")).status_code == 200
    gone = stranger.get(court.url(f"verify/{TOKEN}"))
    unknown = stranger.get(court.url(f"verify/{'u' * 43}"))
    assert gone.status_code == unknown.status_code
    assert gone.get_data(as_text=True).replace(TOKEN, "") != known
    assert "GENUINE" not in gone.get_data(as_text=True).upper()
    assert len(gone.data) == len(unknown.data), "whoever asks can not tell a record that was destroyed"


@pytest.mark.proves("CD-5")
def test_what_was_offered_to_another_court_goes_with_the_record(app: Flask):
    here, there = make_court(app), make_court(app, preset="municipal")
    turn(here, there)
    learner, enrollment_id = make_learner(here, family_names=f"Family{WORD}")
    parcel_id = agree(here, learner, ask_for(here, enrollment_id, there))
    clerk, address = there.staff_client(Role.CLERK), there.url(f"transfers/arriving/{parcel_id}")
    assert WORD in clerk.get(address).text
    with app.test_request_context(), here.acting():
        assert end_record(here, Ground.ORDER_TO_EXPUNGE).state == "done"
    assert WORD not in clerk.get(address).text
    turn(here, there)
    assert WORD not in clerk.get(address).text


@pytest.mark.slow
@pytest.mark.proves("CD-5")
def test_a_sealed_record_opens_only_under_an_order(app: Flask, backstage: sa.Connection):
    lived = lived_in(app, WORD)
    court, admin = lived.court, lived.people[Role.ADMINISTRATOR]
    with app.test_request_context(), court.acting():
        no_survivor()
        row = end_record(court, Ground.ORDER_TO_SEAL)
        assert (row.state, row.what) == ("done", "seal")
    assert of_the_person(backstage, court) == []
    assert [path for path in files_with(app, f"Family{WORD}") if str(court.id) in str(path)] == []

    for role in (Role.CLERK, Role.OFFICER):
        assert court.client(lived.people[role]).http.get(court.url("records/sealed")).status_code in (403, 404)
    judge = court.client(lived.people[Role.JUDGE])
    page = judge.get(court.url("records/sealed"))
    wrong = page.submit(None, number="26-OTHER-1", court_order="of May 4", reason="an appeal")
    assert "No sealed record" in wrong.text
    opened = wrong.submit(None, number=f"26 {WORD.lower()} 1", court_order="of May 4", reason="an appeal", follow=True)
    for words in (f"Family{WORD}", f"said {WORD}", f"wrote {WORD}", f"26-{WORD}-1"):
        assert words in opened.text
    with app.test_request_context(), court.acting():
        opening = session().scalars(sa.select(RecordOpening).order_by(RecordOpening.id.desc()).limit(1)).one()
        assert (opening.by, opening.reason) == (lived.people[Role.JUDGE].id, "an appeal")
        event = session().scalars(sa.select(AuditEvent).where(AuditEvent.action == "keeping.open")).one()
        assert event.case_id == row.referral_id
        with pytest.raises(NotFound):  # somebody else's opening
            read_opened(opening.id, actor=admin)
        with clock.moved_to(clock.now() + timedelta(hours=2)), pytest.raises(NotFound):
            read_opened(opening.id, actor=lived.people[Role.JUDGE])

        with transaction():
            destroy_key(the_sealing(row.id, lock=True))
        run_keeping_jobs()
        row = the_sealing(row.id)
        with pytest.raises(boxes.KeyDestroyed):
            boxes.take(row.id, row.box_sha256, row.box_key)
        sealer.seal()
        assert sealer.verify().findings == ()
    again = judge.get(court.url("records/sealed"))
    assert "No sealed record" in again.submit(None, number=f"26-{WORD}-1", court_order="x", reason="an appeal").text


@pytest.fixture
def ended(app: Flask) -> tuple[TestCourt, UUID]:
    """A court with one person whose program is over; the referral."""
    court = make_court(app)
    make_learner(court)
    with app.test_request_context(), court.acting():
        finish_program()
        return court, session().scalars(sa.select(Referral.id)).one()


def order(court: TestCourt, referral_id: UUID, *, ground: Ground = Ground.ORDER_TO_EXPUNGE, days_ago: int = 0):
    dated_on = clock.today("America/Los_Angeles") - timedelta(days=days_ago)
    clerk = court.member(Role.CLERK)
    return services.plan(referral_id, ground=ground, dated_on=dated_on, reference="entry 3", actor=clerk)


@pytest.mark.proves("CD-5", "CD-6")
def test_a_hold_or_a_missing_second_person_stops_it(app: Flask, ended: tuple[TestCourt, UUID]):
    court, referral_id = ended
    clerk, admin = court.member(Role.CLERK), court.member(Role.ADMINISTRATOR)
    with app.test_request_context(), court.acting():
        row = order(court, referral_id)
        run_keeping_jobs()
        assert the_sealing(row.id).state == "planned", "nobody else has confirmed it"
        with pytest.raises(Refused, match="Somebody else"):
            services.confirm(row.id, row_version="1", actor=clerk)
        hold = holds.place(referral_id, reason="a lawsuit", actor=admin)
        with pytest.raises(Refused, match="already"):
            holds.place(referral_id, reason="again", actor=admin)
        services.confirm(row.id, row_version="1", actor=admin)
        run_keeping_jobs()
        assert waiting_for(the_sealing(row.id)) is Waits.ON_HOLD
    shown = court.staff_client(Role.CLERK).get(court.url(f"referrals/{referral_id}"))
    assert "On legal hold" in shown.text
    assert "a lawsuit" in shown.text
    with app.test_request_context(), court.acting():
        court_wide = holds.place(None, reason="an audit", actor=admin)
        holds.lift(hold.id, reason="settled", row_version="1", actor=admin)
        services.start_due()
        run_keeping_jobs()
        assert the_sealing(row.id).state == "confirmed", "the court's own hold counts for every case"
        holds.lift(court_wide.id, reason="over", row_version="1", actor=admin)
        with clock.moved_to(clock.now() + timedelta(days=1)):
            services.start_due()
            run_keeping_jobs()
        assert the_sealing(row.id).state == "done", "the scheduler comes back to it"


@pytest.mark.proves("CD-5")
def test_the_rules_say_what_follows_and_when(app: Flask, ended: tuple[TestCourt, UUID]):
    court, referral_id = ended
    with app.test_request_context(), court.acting():
        with pytest.raises(Refused, match="keep the record"):
            order(court, referral_id, ground=Ground.DISMISSED)
        values = rules.rules_in_force()[1].to_json()
        values["sealing"] |= {"dismissed": "seal", "dismissed_days": 30, "second_person": False}
        rules.publish(ProgramDocument.model_validate(values), by=None, reason="for a test", at=clock.now())
        row = order(court, referral_id, ground=Ground.DISMISSED, days_ago=3)
        assert (row.what, (row.due_on - row.dated_on).days) == ("seal", 30)
        with pytest.raises(Refused, match="already"):
            order(court, referral_id)
        services.start_due()
        run_keeping_jobs()
        assert the_sealing(row.id).state == "planned"
        with clock.moved_to(clock.now() + timedelta(days=28)):
            services.start_due()
            run_keeping_jobs()
        assert the_sealing(row.id).state == "done", "on its day, without a second person where the rules ask for none"


@pytest.mark.proves("CD-5")
def test_what_a_backup_brings_back_goes_again(app: Flask, ended: tuple[TestCourt, UUID], tmp_path: Path):
    """The restored rows know nothing of the order; the list that was kept apart does."""
    court, referral_id = ended
    today = clock.today("America/Los_Angeles").isoformat()
    stone = Tombstone(
        court=str(court.id), record=str(uuid4()), case=str(referral_id), what="destroy", ground="order_to_expunge",
        dated_on=today, due_on=today, done_at=clock.now().isoformat(), survives=(),
    )  # fmt: skip
    of_nobody = replace(stone, case=str(uuid4()), record=str(uuid4()))
    file = tmp_path / "stones.json"
    tombstones.write(file, [stone, of_nobody, replace(stone, court=str(uuid4()))])
    with app.test_request_context():
        assert tombstones.replay(tombstones.read(file)) == 1
        assert tombstones.replay(tombstones.read(file)) == 0
        with court.acting():
            assert session().scalar(sa.select(Referral.id)) is None
            run_keeping_jobs()
            assert [kept.record for kept in tombstones.read(tombstones.folder() / f"{court.id}.json")] == [stone.record]


@pytest.mark.proves("CD-5")
def test_another_case_of_the_person_stays(app: Flask):
    court = make_court(app)
    first = make_learner(court, make_referral(court, given_names="Sam", family_names="Twocases"))[0]
    with app.test_request_context(), court.acting():
        finish_program()
    make_referral(court, given_names="Other", family_names="Person", birth_date=date(1990, 1, 1))
    with app.test_request_context(), court.acting():
        gone, stays = session().scalars(sa.select(Referral.id).order_by(Referral.id)).all()
        with transaction() as current:
            same = sa.select(Referral.person_id).where(Referral.id == gone).scalar_subquery()
            current.execute(sa.update(Referral).where(Referral.id == stays).values(person_id=same))
        end_record(court, Ground.ORDER_TO_EXPUNGE)
        left = session().scalars(sa.select(Referral.id)).all()
        assert left == [stays]
    page = court.staff_client(Role.CLERK).get(court.url(f"referrals/{stays}"))
    assert "Sam Twocases" in page.text
    assert first.kind is ActorKind.LEARNER
    assert court.staff_client(Role.CLERK).http.get(court.url(f"referrals/{gone}")).status_code == 404
    assert court.staff_client(Role.CLERK).http.get(court.url(f"records/cases/{uuid4()}")).status_code == 404
