"""Services outside that are slow or down: asked ever more seldom, then left alone; nothing is lost, people see it."""

from __future__ import annotations

import dataclasses
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import circuits, clock
from app.core.circuits import FAILURES, ServiceResting, circuit
from app.core.models import Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.notices import sender, services
from app.payments.gateway import GatewayResting, GatewayUnavailable, StripeGateway
from app.permissions.identity import Role
from tenants.database import session, transaction
from tests import operators
from tests.factories import TestCourt, make_court
from tests.operators import Browser

console, browser = operators.console, operators.browser


class Deaf:
    """A server that takes connections and says nothing; counts them."""

    def __init__(self) -> None:
        self.asked = 0
        self._open: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                self._open.append(self._socket.accept()[0])
            except OSError:
                return
            self.asked += 1

    def close(self) -> None:
        for one in (self._socket, *self._open):
            one.close()


@pytest.fixture
def deaf() -> Iterator[Deaf]:
    server = Deaf()
    yield server
    server.close()


@contextmanager
def with_settings(app: Flask, **changed: str) -> Iterator[None]:
    kept = app.extensions["portal"]
    app.extensions["portal"] = dataclasses.replace(kept, settings=dataclasses.replace(kept.settings, **changed))
    try:
        yield
    finally:
        app.extensions["portal"] = kept


def mails(court: TestCourt, number: int) -> list[UUID]:
    """Mails that wait, as jobs that the relay has sent for the first time."""
    with court.app.test_request_context(), court.acting(), transaction() as current:
        for _mail in range(number):
            services.send(
                template="staff_invitation",
                to_address="kim@mail.example",
                recipient=("invitation", uuid4()),
                language="en",
                context={"display_name": "Kim Sample", "role": "clerk", "days": 7},
                secret={"link": "http://localhost/x/staff/invitation/a-secret"},
            )
        jobs = list(current.scalars(select(Outbox).where(Outbox.kind == "notices.send").order_by(Outbox.id)))
        for job in jobs:
            job.attempt = 1
        return [job.id for job in jobs]


def run(court: TestCourt, job_id: UUID) -> str:
    with court.app.app_context(), court.acting():
        return run_job(job_id, runtime().registry.jobs)


def job(court: TestCourt, job_id: UUID) -> Outbox:
    with court.app.app_context(), court.acting():
        return session().scalars(select(Outbox).where(Outbox.id == job_id)).one()


@pytest.mark.proves("FA-5")
def test_a_mail_server_that_says_nothing_holds_no_worker_and_everybody_can_see_it(
    app: Flask, deaf: Deaf, browser: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(sender, "TIMEOUT", 0.1)  # for each answer; in production twenty seconds
    court, begun = make_court(app), clock.now()
    waiting = mails(court, FAILURES + 3)
    dead = f"smtp://127.0.0.1:{deaf.port}"
    with with_settings(app, mail_url=dead):
        ends = [run(court, job_id) for job_id in waiting]
        assert ends == ["retry"] * FAILURES + ["resting"] * 3
        assert deaf.asked == FAILURES, "the others were not even tried"
        turned_away = job(court, waiting[-1])
        assert turned_away.attempt == 0, "being turned away is no attempt"
        assert turned_away.due_at >= begun + circuits.FIRST_REST
        assert turned_away.failed_at is None

        shown = browser.get("/operator/health").text
        assert "The mail server does not answer" in shown
        numbers = browser.pages.get("/metrics").text
        assert 'portal_services_away{service="mail"} 1.0' in numbers
        mail = court.staff_client(Role.CLERK).get(court.url("mail")).text
        assert f"{len(waiting)} mails wait, because the mail server did not take them" in mail
        assert "does not answer" not in make_court(app).staff_client(Role.CLERK).get(court.url("mail")).text

        later = begun + timedelta(minutes=2)
        with clock.moved_to(later):
            assert run(court, waiting[0]) == "retry", "one call is the trial"
            assert run(court, waiting[1]) == "resting"
            assert deaf.asked == FAILURES + 1
            assert job(court, waiting[1]).due_at >= later + 2 * circuits.FIRST_REST, "left alone for longer"
    # The same server answers again: here, a folder under the same name.
    monkeypatch.setattr("app.notices.jobs.open_sender", lambda _url: sender.FolderSender(tmp_path))
    with with_settings(app, mail_url=dead), clock.moved_to(begun + timedelta(minutes=10)):
        assert {run(court, job_id) for job_id in waiting} == {"done"}
    assert len(list(tmp_path.iterdir())) == len(waiting)
    assert "The mail server does not answer" not in browser.get("/operator/health").text
    assert "mails wait" not in court.staff_client(Role.CLERK).get(court.url("mail")).text


class Away(Exception):
    pass


def failing(times: int, address: str, **named: UUID) -> None:
    for _time in range(times):
        with pytest.raises(Away), circuit("folder", address, away=Away, **named):
            raise Away


@pytest.mark.proves("FA-5")
def test_only_faults_in_a_row_of_one_service_count_and_without_redis_it_is_asked(app: Flask, court_id: UUID):
    address = str(uuid4())
    with app.app_context():
        failing(FAILURES - 1, address)
        with circuit("folder", address, away=Away):
            pass
        failing(FAILURES - 1, address)
        with pytest.raises(KeyError), circuit("folder", address, away=Away):
            raise KeyError  # an answer, if not the one hoped for
        failing(FAILURES, address, court_id=court_id)
        with pytest.raises(ServiceResting), circuit("folder", address, away=Away, court_id=court_id):
            raise AssertionError("it was asked")
        with circuit("folder", address, away=Away, court_id=uuid4()):
            pass  # another court's folder goes on
        with circuit("folder", f"{address}/moved", away=Away, court_id=court_id):
            pass
        with clock.moved_to(clock.now() + timedelta(minutes=1)):
            with (
                circuit("folder", address, away=Away, court_id=court_id),
                pytest.raises(ServiceResting),
                circuit("folder", address, away=Away, court_id=court_id),
            ):
                raise AssertionError("two trials at once")
            with circuit("folder", address, away=Away, court_id=court_id):
                pass
    with with_settings(app, redis_url="redis://127.0.0.1:1/0"), app.app_context():
        failing(FAILURES + 2, address)


@pytest.fixture
def court_id(app: Flask) -> UUID:
    return make_court(app).id


@pytest.mark.proves("FA-5")
def test_stripe_is_left_alone_too_and_pages_do_not_wait_for_it(app: Flask, deaf: Deaf, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(circuits, "FAILURES", 2)  # each is three tries of the library, with its waits between
    address = f"http://127.0.0.1:{deaf.port}"
    gateway = StripeGateway(
        secret_key="sk_test_x",
        api_base=address,
        timeout_seconds=0.05,
        guard=lambda: circuit("stripe", address, away=GatewayUnavailable),
    )
    with app.app_context():
        for _call in range(2):
            with pytest.raises(GatewayUnavailable) as failed:
                gateway.get_checkout("cs_test_1")
            assert not isinstance(failed.value, ServiceResting)
        asked = deaf.asked
        with pytest.raises(GatewayResting) as turned_away:  # what pages and jobs take as "does not answer"
            gateway.get_checkout("cs_test_1")
        assert isinstance(turned_away.value, GatewayUnavailable)
        assert deaf.asked == asked
