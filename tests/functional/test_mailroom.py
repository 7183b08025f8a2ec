"""The court sees which mails did not arrive, sends them again or prints a letter; letters are printed and noted."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import LearnerAccount
from app.cases.lookups import the_enrollment
from app.cases.telling import tell_learner
from app.cli import portal
from app.core import clock
from app.core.models import AuditEvent, Outbox
from app.notices.bounces import bounced_notices
from app.notices.models import MessageWishes, Notice
from app.permissions.identity import Identity, Role
from tenants.database import session, transaction
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.accounts_people import run_jobs


@pytest.fixture
def court(app: Flask) -> TestCourt:
    return make_court(app)


def tell(court: TestCourt, enrollment_id: UUID, kind: str = "paper_ready") -> None:
    with court.app.test_request_context(), court.acting(), transaction():
        tell_learner(the_enrollment(enrollment_id), kind, "documents")


def notice_of(court: TestCourt, learner: Identity) -> Notice:
    with court.app.app_context(), court.acting():
        return session().scalars(select(Notice).where(Notice.recipient_id == learner.id).order_by(Notice.id)).first()


def mailed(court: TestCourt, state: str = "sent") -> tuple[Identity, UUID, Notice]:
    """Somebody with a mail that was sent, or that failed or bounced."""
    learner, enrollment_id = make_learner(court)
    tell(court, enrollment_id)
    run_jobs(court, "notices.send")
    if state != "sent":
        with court.app.app_context(), court.acting(), transaction() as current:
            row = current.scalars(select(Notice).where(Notice.recipient_id == learner.id)).one()
            row.state, row.error, row.sent_at = state, "recipient refused: 550", None
            row.bounced_at = clock.now() if state == "bounced" else None
    return learner, enrollment_id, notice_of(court, learner)


def by_name(court: TestCourt, **fields: str) -> tuple[Identity, UUID]:
    learner, enrollment_id = make_learner(court, **fields)
    with court.app.app_context(), court.acting(), transaction() as current:
        values = {"kind": "name", "sign_in_name": f"blue-river-{uuid4().hex[:8]}"}
        current.execute(update(LearnerAccount).where(LearnerAccount.id == learner.id).values(**values))
    return learner, enrollment_id


def audited(court: TestCourt, action: str) -> int:
    with court.app.app_context(), court.acting():
        return len(session().scalars(select(AuditEvent.id).where(AuditEvent.action == action)).all())


@pytest.mark.parametrize("state", ["failed", "bounced"])
@pytest.mark.proves("FA-5")
def test_a_mail_that_did_not_arrive_is_shown_and_sent_again(court: TestCourt, state: str):
    learner, enrollment_id, _notice = mailed(court, state)
    clerk = court.staff_client(Role.CLERK)
    page = clerk.get(court.url("mail"))
    assert learner.display_name in page.text
    assert "A paper for you" in page.text
    assert "Mail does not arrive" in clerk.get(court.url(f"cases/{enrollment_id}")).text
    form = page.form("Send the mail again")
    assert "The mail is on its way again." in form.submit().text
    form.submit()
    assert run_jobs(court, "notices.send") == ["done"]
    assert notice_of(court, learner).state == "sent"
    assert "All mail arrived" in clerk.get(court.url("mail")).text
    assert "Mail does not arrive" not in clerk.get(court.url(f"cases/{enrollment_id}")).text
    assert audited(court, "notices.retry") == 1


def test_a_letter_takes_its_place(court: TestCourt):
    learner, _enrollment_id, notice = mailed(court, "bounced")
    clerk = court.staff_client(Role.CLERK)
    assert "The letter waits to be printed." in clerk.get(court.url("mail")).submit("Print a letter instead").text
    letters = clerk.get(court.url("mail/letters"))
    assert learner.display_name in letters.text
    sheet = letters.click("Print 1 letter")
    (letter,) = sheet.tree.xpath("//article")
    words = " ".join("".join(letter.itertext()).split())
    assert learner.display_name in words
    assert "There is a new paper for you to read and keep." in words
    assert court.url("documents") in words
    after = sheet.submit("Mark 1 letter as printed")
    assert "1 letter is marked as printed." in after.text
    assert notice_of(court, learner).state == "printed"
    assert learner.display_name in after.click("Print again").text
    assert audited(court, "notices.print_letter") == 1
    assert clerk.get(court.url(f"mail/letters/{notice.id}")).status == 200


def test_letters_are_one_a_page_in_their_readers_language(court: TestCourt):
    for language in ("en", "es"):
        learner, enrollment_id = by_name(court)
        with court.app.app_context(), court.acting(), transaction() as current:
            current.execute(update(LearnerAccount).where(LearnerAccount.id == learner.id).values(language=language))
        tell(court, enrollment_id)
    sheet = court.staff_client(Role.CLERK).get(court.url("mail/letters/print"))
    english, spanish = sheet.tree.xpath("//article")
    assert (english.get("lang"), spanish.get("lang")) == ("en", "es")
    assert "Hay un documento nuevo" in "".join(spanish.itertext())
    assert "Court program" not in "".join(spanish.itertext())
    assert "There is a new paper" in "".join(english.itertext())


def test_a_letter_printed_twice_at_once_is_noted_once(court: TestCourt):
    _learner, enrollment_id = by_name(court)
    tell(court, enrollment_id)
    form = court.staff_client(Role.CLERK).get(court.url("mail/letters/print")).form("Mark 1 letter as printed")
    form.submit()
    form.submit()
    assert audited(court, "notices.print_letter") == 1


def test_no_letter_goes_to_somebody_who_wants_nothing_at_home(court: TestCourt):
    learner, _enrollment_id, _notice = mailed(court, "bounced")
    with court.app.app_context(), court.acting(), transaction() as current:
        current.add(MessageWishes(recipient_id=learner.id, nothing_home=True))
    page = court.staff_client(Role.CLERK).get(court.url("mail")).submit("Print a letter instead")
    assert "nothing goes to their home" in page.text
    assert notice_of(court, learner).state == "bounced"


def test_the_clerk_notes_that_an_address_does_not_work(court: TestCourt):
    learner, enrollment_id, _notice = mailed(court)
    clerk = court.staff_client(Role.CLERK)
    with court.app.app_context(), court.acting():
        referral_id = the_enrollment(enrollment_id).referral_id
    page = clerk.get(court.url(f"mail/case/{referral_id}"))
    assert "Mail, sent" in page.text
    page.submit("The address does not work")
    assert notice_of(court, learner).state == "bounced"
    tell(court, enrollment_id)
    assert "Letter, to be printed" in clerk.get(court.url(f"mail/case/{referral_id}")).text


def test_only_those_who_handle_the_mail_see_it(court: TestCourt):
    learner, enrollment_id, notice = mailed(court, "failed")
    for reader in (court.client(learner), court.staff_client(Role.OFFICER), court.staff_client(Role.JUDGE)):
        for path in ("mail", "mail/letters", "mail/letters/print", f"mail/letters/{notice.id}"):
            assert reader.get(court.url(path)).status == 404
    assert "See the messages" not in court.staff_client(Role.SUPERVISOR).get(court.url(f"cases/{enrollment_id}")).text


# --- What a mail server hands back ---


def notification(
    notice_id: UUID, *, action: str = "failed", status: str = "5.1.1", headers_only: bool = False
) -> bytes:
    kind = "text/rfc822-headers" if headers_only else "message/rfc822"
    return f"""From: MAILER-DAEMON@mail.example
To: no-reply@localhost
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; somebody@mail.example
Action: {action}
Status: {status}

--b
Content-Type: {kind}

Message-ID: <notice-{notice_id}@localhost>
Subject: Court program: a paper for you

--b--
""".encode()


@pytest.mark.parametrize("headers_only", [True, False])
def test_a_notification_names_the_mail_that_came_back(headers_only: bool):
    key = uuid4()
    assert bounced_notices(notification(key, headers_only=headers_only)) == [key]
    assert bounced_notices(notification(key, action="delayed", status="4.4.1")) == []
    assert bounced_notices(notification(key, action="delivered", status="2.0.0")) == []
    assert bounced_notices(b"Subject: hello\n\nno report, but <notice-x@localhost>") == []
    assert bounced_notices(b"\xff\xfe not a mail") == []


def test_the_command_marks_it_in_its_court(court: TestCourt, app: Flask):
    make_court(app)  # another one, which knows nothing of it
    learner, _enrollment_id, notice = mailed(court)
    answer = app.test_cli_runner().invoke(portal, ["notices", "bounced"], input=notification(notice.id))
    assert "Marked as bounced: 1" in answer.output
    assert notice_of(court, learner).state == "bounced"
    with court.app.app_context(), court.acting():
        assert session().scalar(select(Outbox.failed_at).where(Outbox.subject_id == notice.id)) is None
    again = app.test_cli_runner().invoke(portal, ["notices", "bounced"], input=notification(notice.id))
    assert "Marked as bounced: 0" in again.output
