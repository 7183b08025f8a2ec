"""Photos and PDFs as proof: made harmless, kept apart, opened by few, deleted in time."""

from __future__ import annotations

import io
from datetime import timedelta

import pikepdf
import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from app.core import clock
from app.core.errors import Refused
from app.core.models import AuditEvent
from app.payments.models import Waiver
from app.payments.waiving import lookups, proofs
from app.payments.waiving.models import WaiverDraft
from app.payments.waiving.proof_files import LARGEST_FILE, cleaned_proof, is_inert
from app.payments.waiving.rules import MOST_PROOFS
from app.permissions.identity import Role
from tenants.database import session, transaction
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.waiver_steps import (
    CAMERA,
    acting_pdf,
    ask,
    document,
    files_of,
    fill_in,
    is_stored,
    photo,
    send_file,
    waiver_of,
)


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    return make_court(app, document=document(asks_expenses=True, proof="always"))


@pytest.mark.proves("IO-3")
def test_a_photo_keeps_its_pixels_and_nothing_else():
    sent = photo()
    assert CAMERA.encode() in sent
    kept = cleaned_proof(sent, "../../etc/IMG 1.jpg")
    assert (kept.name, kept.content_type) == ("IMG 1.jpg", "image/jpeg")
    assert CAMERA.encode() not in kept.content
    with Image.open(io.BytesIO(kept.content)) as picture:
        assert picture.size == (300, 400)  # upright, as it was meant to be seen
        assert not picture.getexif()
    assert cleaned_proof(sent, "again.jpg").content != kept.content  # one person's file can be deleted alone


@pytest.mark.proves("IO-3")
def test_a_large_photo_is_made_smaller_and_a_picture_that_fills_the_memory_is_refused():
    with Image.open(io.BytesIO(cleaned_proof(photo("PNG", (5000, 2500)), "scan.png").content)) as picture:
        assert max(picture.size) == 3000
    bomb = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(bomb, "PNG")
    with pytest.raises(Refused, match="too many pixels"):
        cleaned_proof(bomb.getvalue(), "bomb.png")


@pytest.mark.proves("IO-3")
def test_a_pdf_keeps_its_pages_and_nothing_that_acts():
    sent = acting_pdf()
    with pikepdf.open(io.BytesIO(sent)) as before:
        assert not is_inert(before)
    kept = cleaned_proof(sent, "letter.pdf")
    assert b"CANARYHIDDEN" not in kept.content
    with pikepdf.open(io.BytesIO(kept.content)) as after:
        assert is_inert(after)
        assert len(after.pages) == 1
        assert not {"/OpenAction", "/Names", "/AcroForm"} & set(after.Root.keys())
        assert "/Annots" not in after.pages[0].obj
        assert "/AA" not in after.pages[0].obj


def locked_pdf() -> bytes:
    pdf, out = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    return out.getvalue()


@pytest.mark.proves("IO-3")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff" + b"0" * LARGEST_FILE, "larger than 10 MB"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"0" * 50, "HEIC"),
        (b"<html><script>alert(1)</script></html>", "no photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no photo"),
        (b"MZ\x90\x00 a program that is called photo.jpg", "no photo"),
        (b"\xff\xd8\xff and then nothing of a picture", "can not be opened"),
        (b"%PDF-1.7 and then nothing of a document", "can not be read"),
    ],
)
def test_what_is_no_photo_and_no_pdf_is_refused_with_a_helpful_word(content: bytes, words: str):
    with pytest.raises(Refused, match=words):
        cleaned_proof(content, "photo.jpg")


def test_a_locked_pdf_is_refused_with_a_helpful_word():
    with pytest.raises(Refused, match="locked with a password"):
        cleaned_proof(locked_pdf(), "letter.pdf")


@pytest.mark.proves("IO-3")
def test_files_are_added_taken_back_and_opened_as_downloads_only(court: TestCourt):
    learner, _id = make_learner(court)
    page = court.client(learner).get(court.url("fee/waiver/step/proof"))
    refused = send_file(page, b"no picture", "virus.exe")
    assert refused.status == 422
    assert any("no photo" in error for error in refused.errors())
    page = send_file(page, photo(), "Pay slip.jpg")
    answer = page.client.http.get(page.link("Pay slip.jpg"))
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=proof-")
    assert "Pay" not in answer.headers["Content-Disposition"]
    assert (answer.headers["X-Content-Type-Options"], answer.mimetype) == ("nosniff", "image/jpeg")
    with court.app.app_context(), court.acting():
        kept = lookups.proofs_of_draft(lookups.own_desk(learner)[0])[0].file.sha256
    page = page.form("Delete").submit()
    assert "No file is added yet." in page.text
    assert not is_stored(court, kept)


def test_no_more_than_so_many_files(court: TestCourt):
    learner, _id = make_learner(court)
    with court.app.app_context(), court.acting():
        desk, _enrollment = lookups.own_desk(learner)
        for _number in range(MOST_PROOFS):
            proofs.add_to_draft(desk, photo("PNG", (4, 4)), "p.png", actor=learner)
        with pytest.raises(Refused, match="files already"):
            proofs.add_to_draft(desk, photo("PNG", (4, 4)), "p.png", actor=learner)


@pytest.mark.proves("IO-3")
def test_proof_is_opened_by_the_owner_and_by_those_who_decide_alone(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    ask(court, learner, files=[photo(), acting_pdf()])
    waiver = waiver_of(court, enrollment_id)
    proof = files_of(court, enrollment_id)[0]
    court_address = court.url(f"waivers/{waiver.id}/files/{proof.id}")
    own_address = court.url(f"fee/waiver/{waiver.id}/files/{proof.id}")
    for role in (Role.CLERK, Role.JUDGE, Role.ADMINISTRATOR):
        answer = court.staff_client(role).http.get(court_address)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for role in (Role.OFFICER, Role.SUPERVISOR, Role.PROSECUTOR, Role.FACILITATOR):
        assert court.staff_client(role).http.get(court_address).status_code in (403, 404)
    assert court.client(learner).http.get(own_address).status_code == 200
    other, _id = make_learner(court)
    assert court.client(other).http.get(own_address).status_code == 404
    assert court.client(learner).http.get(court_address).status_code in (403, 404)
    with court.app.app_context(), court.acting():
        reads = session().scalars(select(AuditEvent).where(AuditEvent.action == "payments.read_waiver_proof")).all()
    assert [read.actor_role for read in reads if read.subject_id == waiver.id] == ["clerk", "judge", "administrator"]


@pytest.mark.proves("IO-3")
def test_proof_is_deleted_when_its_time_is_over(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    ask(court, learner, files=[photo()])
    waiver, proof = waiver_of(court, enrollment_id), files_of(court, enrollment_id)[0]
    rules = document().waivers
    with court.app.app_context(), court.acting(), transaction():
        row = session().scalars(select(Waiver).where(Waiver.id == waiver.id)).one()
        row.state, row.decided_at = "denied", clock.now()
    kept = timedelta(days=rules.reconsideration_days + rules.proof_kept_days)
    for later, still_there in ((kept - timedelta(days=1), True), (kept + timedelta(days=2), False)):
        with court.app.app_context(), court.acting(), clock.moved_to(clock.now() + later):
            proofs.forget_proofs()
        assert is_stored(court, proof.file.sha256) is still_there
    page = court.staff_client(Role.CLERK).http.get(court.url(f"waivers/{waiver.id}/files/{proof.id}"))
    assert page.status_code == 404


def test_proof_stays_while_the_court_has_still_to_decide(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    ask(court, learner, files=[photo()])
    proof = files_of(court, enrollment_id)[0]
    with court.app.app_context(), court.acting(), clock.moved_to(clock.now() + timedelta(days=900)):
        proofs.forget_proofs()
    assert is_stored(court, proof.file.sha256)


def test_what_was_never_sent_is_forgotten_after_half_a_year(court: TestCourt):
    learner, enrollment_id = make_learner(court)
    fill_in(court.client(learner).get(court.url("fee/waiver")), files=[photo()])
    with court.app.app_context(), court.acting():
        desk, _enrollment = lookups.own_desk(learner)
        sha256 = lookups.proofs_of_draft(desk)[0].file.sha256
    for days, there in ((170, True), (190, False)):
        with court.app.app_context(), court.acting(), clock.moved_to(clock.now() + timedelta(days=days)):
            proofs.forget_proofs()
        with court.app.app_context(), court.acting():
            found = session().scalar(select(WaiverDraft).where(WaiverDraft.enrollment_id == enrollment_id))
        assert (found is not None, is_stored(court, sha256)) == (there, there)
