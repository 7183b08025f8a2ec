"""Notes: who reads a private one, what sharing does, and that nothing that was written is lost."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.lookups import the_enrollment
from app.cases.models import CaseNoteVersion
from app.cases.notes.services import add_note
from app.notices.models import Notice
from app.permissions.identity import Role
from tenants.database import session, transaction
from tests.factories import TestCourt, make_court, make_learner


def told(court: TestCourt) -> int:
    with court.app.app_context(), court.acting():
        return len(session().scalars(select(Notice.id).where(Notice.template == "note_shared")).all())


def test_a_note_is_changed_shared_and_struck_out_and_nothing_is_lost(app: Flask):
    court = make_court(app)
    officer, colleague = court.member(Role.OFFICER, "Anna"), court.member(Role.SUPERVISOR)
    learner, case = make_learner(court, officer_id=officer.id)
    browser, theirs = court.client(officer), court.client(learner)
    page = browser.get(court.url(f"cases/{case}/notes"))
    page.submit("Save the note", text="First words.")
    assert told(court) == 0
    page = browser.get(court.url(f"cases/{case}/notes")).click("Open")
    stale = browser.get(court.url(f"cases/{case}/notes")).click("Open")
    page = page.submit("Save the change", text="Second words.")
    assert "First words." in page.text
    assert stale.submit("Save the change", text="Third words.").status == 409
    assert "words." not in theirs.get(court.url("my-program")).text
    asked = page.submit("Save the change", text="Shared words.", shared="y")
    asked.submit("Yes, show it")
    assert "Shared words." in theirs.get(court.url("my-program")).text
    assert told(court) == 1
    # A supervisor strikes out, and changes nobody else's words.
    page = court.client(colleague).get(court.url(f"cases/{case}/notes")).click("Open")
    assert "Save the change" not in page.text
    page = page.click("Strike this note out")
    assert "Write why the note is struck out." in page.submit("Strike it out").errors()
    page.submit("Strike it out", reason="Wrong person")
    home = theirs.get(court.url("my-program")).text
    assert "Shared words." not in home
    assert "This note was taken back" in home
    page = browser.get(court.url(f"cases/{case}/notes"))
    assert "Wrong person" in page.text
    assert "Shared words." in page.text
    with app.app_context(), court.acting():
        kept = session().scalars(select(CaseNoteVersion.text).order_by(CaseNoteVersion.at)).all()
    assert kept == ["First words.", "Second words."]


@pytest.mark.proves("AC-3", "CO-7", "CD-4")
def test_private_notes_are_read_by_who_works_on_the_case_and_nobody_else(app: Flask):
    court, other = make_court(app), make_court(app)
    officer, colleague = court.member(Role.OFFICER, "Anna"), court.member(Role.OFFICER, "Ben")
    unit = court.member(Role.PROSECUTOR)
    learner, case = make_learner(court, officer_id=officer.id)
    with app.test_request_context(), court.acting(), transaction():
        enrollment = the_enrollment(case)
        enrollment.referral.referred_by = unit.id
        note_id = add_note(enrollment, "Canary Zinnia.", shared=False, actor=officer).id
    pages = [f"cases/{case}", f"cases/{case}/notes", f"cases/{case}/notes/{note_id}"]
    others = [court.staff_client(role) for role in (Role.JUDGE, Role.CLERK, Role.ADMINISTRATOR, Role.FACILITATOR)]
    others += [court.client(unit), court.client(colleague), court.client(learner)]
    for client in others:
        for page in pages:
            answer = client.get(court.url(page))
            assert "Zinnia" not in answer.data.decode()
            assert page == pages[0] or answer.status == 404
    assert other.staff_client(Role.SUPERVISOR).get(other.url(pages[1])).status == 404
    for page in ("my-program", "my-officer"):
        assert "Zinnia" not in court.client(learner).get(court.url(page)).data.decode()
    for client in (court.client(officer), court.staff_client(Role.SUPERVISOR)):
        for page in pages:
            assert "Zinnia" in client.get(court.url(page)).text
