"""Mails go out once under one name, by file or by SMTP, and failures are seen and mended."""

from __future__ import annotations

import dataclasses
import email
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actor import SYSTEM
from app.core.jobs import Job
from app.core.models import Outbox
from app.core.outbox import run_job
from app.core.runtime import runtime
from app.notices import jobs, services
from app.notices.models import Notice
from app.notices.sender import FolderSender, MailFailed, SmtpSender, open_sender, sender_address
from tenants.database import session, transaction
from tests.factories import TestCourt, make_court
from tests.functional.accounts_people import run_jobs


class TinySmtp:
    """A mail server of the test's own, on loopback: keeps what it is handed."""

    def __init__(self, refuse: bool = False) -> None:
        self.refuse = refuse
        self.mails: list[bytes] = []
        self.commands: list[str] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self.socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                self._talk(stream)

    def _talk(self, stream) -> None:
        self._say(stream, "220 tiny.example")
        while line := stream.readline():
            command = line.decode().strip()
            self.commands.append(command)
            verb = command.split(" ")[0].upper()
            if verb == "DATA":
                self._say(stream, "354 go on")
                self.mails.append(self._data(stream))
                self._say(stream, "250 taken")
            elif verb == "QUIT":
                self._say(stream, "221 bye")
                return
            elif verb == "RCPT" and self.refuse:
                self._say(stream, "550 no such person as kim@mail.example")
            else:
                self._say(stream, "250 tiny.example")

    @staticmethod
    def _say(stream, text: str) -> None:
        stream.write(text.encode() + b"\r\n")
        stream.flush()

    @staticmethod
    def _data(stream) -> bytes:
        lines = []
        while (line := stream.readline()) not in (b".\r\n", b""):
            lines.append(line)
        return b"".join(lines)

    def close(self) -> None:
        self.socket.close()


@contextmanager
def _mailing_by(app: Flask, mail_url: str) -> Iterator[None]:
    kept = app.extensions["portal"]
    settings = dataclasses.replace(kept.settings, mail_url=mail_url)
    app.extensions["portal"] = dataclasses.replace(kept, settings=settings)
    try:
        yield
    finally:
        app.extensions["portal"] = kept


def _queue(court: TestCourt, language: str = "en") -> UUID:
    with court.app.test_request_context(), court.acting():
        return services.send(
            template="staff_invitation",
            to_address="kim@mail.example",
            recipient=("invitation", uuid4()),
            language=language,
            context={"display_name": "Kim <b>Sample</b>", "role": "clerk", "days": 7},
            secret={"link": "http://localhost/x/staff/invitation/a-secret"},
        )


def _notice(court: TestCourt, notice_id: UUID) -> Notice:
    with court.app.app_context(), court.acting():
        return session().scalars(select(Notice).where(Notice.id == notice_id)).one()


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_a_mail_over_real_smtp(app: Flask):
    court, server = make_court(app), TinySmtp()
    notice_id = _queue(court)
    with _mailing_by(app, f"smtp://127.0.0.1:{server.port}?from=portal@court.example"):
        assert run_jobs(court, "notices.send") == ["done"]
    server.close()
    (raw,) = server.mails
    mail = email.message_from_bytes(raw, policy=policy.default)
    assert mail["Message-ID"] == f"<notice-{notice_id}@localhost>"
    assert mail["From"] == "Court program <portal@court.example>"
    assert mail["To"] == "kim@mail.example"
    assert "Kim" not in mail["Subject"]
    assert "a-secret" in mail.get_body(("plain",)).get_content()
    page = mail.get_body(("html",)).get_content()
    assert "Kim &lt;b&gt;Sample&lt;/b&gt;" in page
    assert "style=" not in page
    assert "mail FROM:<portal@court.example>" in " ".join(server.commands)
    notice = _notice(court, notice_id)
    assert (notice.state, notice.message_id) == ("sent", mail["Message-ID"])
    assert notice.sent_at is not None


def test_a_mail_as_a_file(app: Flask, tmp_path: Path):
    court = make_court(app)
    notice_id = _queue(court, "es")
    with _mailing_by(app, f"file://{tmp_path}/a folder"):
        run_jobs(court, "notices.send")
    (file,) = _files(tmp_path / "a folder")
    assert file.name.endswith(f"-{notice_id}.eml")
    mail = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["Content-Language"] == "es"
    assert '<html lang="es">' in mail.get_body(("html",)).get_content()


def _send_and_be_killed(job: Job) -> None:
    with transaction():
        jobs.send_notice(job)
        raise KeyboardInterrupt


@pytest.mark.proves("FA-1")
def test_a_job_that_runs_twice_sends_the_same_mail(app: Flask, tmp_path: Path):
    """Killed between sending and noting it: the second run sends the same Message-ID, and the file is the same."""
    court = make_court(app)
    notice_id = _queue(court)
    with _mailing_by(app, f"file://{tmp_path}"):
        with app.app_context(), court.acting():
            row = session().scalars(select(Outbox).where(Outbox.subject_id == notice_id)).one()
            job = Job(row.id, row.kind, row.subject_id, {}, 1)
            with pytest.raises(KeyboardInterrupt):
                _send_and_be_killed(job)
        assert _notice(court, notice_id).state == "queued"
        first = [file.read_bytes() for file in _files(tmp_path)]
        assert run_jobs(court, "notices.send") == ["done"]
        assert run_jobs(court, "notices.send") == []
    again = [file.read_bytes() for file in _files(tmp_path)]
    assert len(first) == len(again) == 1
    ids = {email.message_from_bytes(raw)["Message-ID"] for raw in first + again}
    assert len(ids) == 1


@pytest.mark.proves("FA-5")
def test_a_refused_mail_bounces_at_once_and_can_be_sent_again(app: Flask, tmp_path: Path):
    court, server = make_court(app), TinySmtp(refuse=True)
    notice_id = _queue(court)
    recipient = _notice(court, notice_id).recipient_id
    with _mailing_by(app, f"smtp://127.0.0.1:{server.port}"):
        assert run_jobs(court, "notices.send") == ["done"]  # asking again would be answered the same
    server.close()
    notice = _notice(court, notice_id)
    assert notice.state == "bounced"
    assert "550" in notice.error
    assert "kim" not in notice.error
    with app.app_context(), court.acting():
        assert services.undelivered("invitation") == {recipient}
        services.retry(notice_id, actor=SYSTEM)
        services.retry(notice_id, actor=SYSTEM)  # nothing more happens
        assert services.undelivered("invitation") == set()
    with _mailing_by(app, f"file://{tmp_path}"):
        assert run_jobs(court, "notices.send") == ["done"]
    assert (_notice(court, notice_id).state, _notice(court, notice_id).bounced_at) == ("sent", None)
    assert len(_files(tmp_path)) == 1


@pytest.mark.proves("FA-5")
def test_a_mail_that_never_went_out_fails_in_the_open_and_can_be_sent_again(app: Flask, tmp_path: Path):
    court = make_court(app)
    notice_id = _queue(court)
    handlers = {"notices.send": dataclasses.replace(jobs.JOBS["notices.send"], attempts=0)}  # this try is the last
    with _mailing_by(app, "smtp://127.0.0.1:1"), app.app_context(), court.acting():
        job_id = session().scalars(select(Outbox.id).where(Outbox.subject_id == notice_id)).one()
        assert run_job(job_id, handlers) == "failed"
    assert _notice(court, notice_id).state == "failed"
    with app.app_context(), court.acting():
        services.retry(notice_id, actor=SYSTEM)
        services.retry(notice_id, actor=SYSTEM)  # nothing more happens
    with _mailing_by(app, f"file://{tmp_path}"):
        assert run_jobs(court, "notices.send") == ["done"]
    assert _notice(court, notice_id).state == "sent"


def test_a_server_that_is_away_is_tried_again_later(app: Flask):
    court = make_court(app)
    notice_id = _queue(court)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with _mailing_by(app, f"smtp://127.0.0.1:{port}"):
        assert run_jobs(court, "notices.send") == ["retry"]
    notice = _notice(court, notice_id)
    assert notice.state == "queued"
    with app.app_context(), court.acting():
        error = session().scalars(select(Outbox.error).where(Outbox.subject_id == notice_id)).one()
    assert error == "MailAway: ConnectionRefusedError"


def test_a_password_is_not_sent_in_the_clear(monkeypatch: pytest.MonkeyPatch):
    server = TinySmtp()
    monkeypatch.setattr("app.notices.sender.LOOPBACK", ())  # as if the server were elsewhere
    message = EmailMessage()
    message["From"], message["To"] = "a@court.example", "b@mail.example"
    with pytest.raises(MailFailed, match="no encryption"):
        open_sender(f"smtp://user:secret@127.0.0.1:{server.port}").send(message, "x")
    server.close()
    assert not any("AUTH" in command for command in server.commands)
    assert server.mails == []


def test_what_mail_urls_mean():
    assert open_sender("file:///var/mail%20box") == FolderSender(Path("/var/mail box"))
    assert open_sender("smtp://mail.example") == SmtpSender("mail.example", 25, "", "", False)
    assert open_sender("smtp://me:p%40ss@mail.example") == SmtpSender("mail.example", 587, "me", "p@ss", False)
    assert open_sender("smtps://mail.example") == SmtpSender("mail.example", 465, "", "", True)
    for wrong in ("", "mail.example", "http://mail.example", "smtp://"):
        with pytest.raises(ValueError, match="MAIL_URL"):
            open_sender(wrong)
    assert sender_address("file:///x", "https://portal.court.example:8000") == "no-reply@portal.court.example"


@pytest.mark.proves("CO-7")
def test_another_court_s_messages_are_not_there(app: Flask):
    here, there = make_court(app), make_court(app)
    notice_id = _queue(here)
    with app.app_context(), there.acting():
        assert session().scalars(select(Notice)).all() == []
    assert run_jobs(there, "notices.send") == []
    with app.app_context(), here.acting():
        assert runtime().registry.jobs["notices.send"].run is jobs.send_notice
    assert _notice(here, notice_id).state == "queued"
