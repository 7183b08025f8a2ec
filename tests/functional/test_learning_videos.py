"""A video lesson: it can not be skipped through, its transcript always counts, and withdrawn it is gone at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

from app.cli import portal
from app.core import clock
from app.core.errors import Refused
from app.core.runtime import runtime
from app.core.storage import CURRICULUM, Missing
from app.court_admin.models import PlatformAudit
from app.curriculum.forgetting import forget_withdrawn
from app.curriculum.models import CurriculumRecording
from app.curriculum.recordings import recording_at
from app.learning.models import LessonProgress
from app.operator.curriculum.recordings import import_video
from tenants.database import role_transaction, session
from tests import operators
from tests.curriculum import publish
from tests.factories import TestCourt
from tests.functional.learning_steps import CONTENT, Learner
from tests.operators import sign_in
from tests.videos import delivery, webm

console, court = operators.console, operators.court

VIDEO, SECONDS = "who-sees-what", 240
READING = "how-this-program-works"
CONSENT = '[consent]\nsigned_by = "A person"\ndocument = "Release 7"\nsigned_on = 2026-01-01\nuntil = 2999-01-01\n'


@pytest.fixture(autouse=True)
def _published(app: Flask) -> Iterator[None]:
    publish(app)
    yield
    with app.app_context():
        session().rollback()


@pytest.fixture
def learner(court: TestCourt) -> Learner:
    learner = Learner(court)
    learner.read("how-this-program-works")
    return learner


@pytest.fixture
def video(app: Flask, tmp_path: Path) -> Iterator[bytes]:
    """The video of the lesson, delivered."""
    content = webm(SECONDS)
    bring(app, delivery(tmp_path / "video", CONTENT, VIDEO, content, SECONDS))
    yield content
    withdraw_all(app)


@pytest.fixture
def words(app: Flask, tmp_path: Path) -> Iterator[bytes]:
    """A survivor's recorded words in a reading, delivered."""
    content = webm(61)
    bring(app, delivery(tmp_path / "words", CONTENT, READING, content, 61, CONSENT))
    yield content
    withdraw_all(app)


def bring(app: Flask, folder: Path) -> None:
    with app.app_context(), role_transaction("platform") as platform:
        import_video(platform, folder)


def withdraw_all(app: Flask) -> None:
    with app.app_context(), role_transaction("platform") as platform:
        shown = update(CurriculumRecording).where(CurriculumRecording.withdrawn_at.is_(None))
        platform.execute(shown.values(withdrawn_at=clock.now()))


def say(learner: Learner, milliseconds: int, later: int) -> dict[str, object]:
    """The page says where it is, so many seconds from now."""
    token = learner.browser.get(learner.court.url("lessons")).tree.xpath("//input[@name='csrf_token']")[0].get("value")
    with clock.moved_to(clock.now() + timedelta(seconds=later)):
        page = learner.browser.post(
            learner.url(VIDEO) + "/watched", {"position": str(milliseconds), "csrf_token": token}
        )
    return page.response.get_json()


def progress(learner: Learner) -> LessonProgress:
    return next(row for row in learner.rows(LessonProgress) if row.lesson == VIDEO)


def test_minutes_and_megabytes_are_stated_before_anything_loads(learner: Learner, video: bytes):
    page = learner.browser.get(learner.url(VIDEO))
    assert "The video takes 4 minutes, about 1 megabyte." in page.text
    assert page.tree.xpath("//video") == []
    page = page.submit("Start")
    (player,) = page.tree.xpath("//video")
    assert player.get("preload") == "none"
    assert player.get("controls") is not None
    assert [track.get("srclang") for track in player.findall("track")] == ["en", "es"]
    assert "Read it instead" in page.text
    assert "word for word" in page.text, "the delivered transcript"
    assert "media-src 'self'" in page.response.headers["Content-Security-Policy"]


def test_watching_it_through_finishes_it_and_a_forged_jump_does_not(learner: Learner, video: bytes):
    learner.browser.get(learner.url(VIDEO)).submit("Start")
    assert say(learner, SECONDS * 1000, 0)["furthest"] == 0, "at the end in no time"
    assert say(learner, SECONDS * 1000, 9)["furthest"] <= 9
    page = learner.browser.get(learner.url(VIDEO)).submit("Finish this lesson")
    assert VIDEO not in learner.done()
    assert "Watch it to the end, or read it instead." in page.text
    for second in range(10, SECONDS + 30, 10):
        found = say(learner, second * 1000, second)
    assert found["through"] is True
    page = learner.browser.get(learner.url(VIDEO)).submit("Finish this lesson")
    assert VIDEO in learner.done()
    assert page.heading == "Ray's second week"


def test_it_goes_on_where_it_stopped(learner: Learner, video: bytes):
    learner.browser.get(learner.url(VIDEO)).submit("Start")
    for second in range(0, 61, 20):
        say(learner, second * 1000, second)
    (player,) = learner.browser.get(learner.url(VIDEO)).tree.xpath("//video")
    assert (player.get("data-furthest"), player.get("data-free")) == ("60", "no")


def test_its_transcript_counts_as_the_video(learner: Learner, video: bytes):
    learner.watch(VIDEO)
    assert VIDEO in learner.done()
    assert progress(learner).watched_through_at is None


def test_a_video_that_was_not_delivered_says_so_and_shows_its_words(learner: Learner):
    page = learner.browser.get(learner.url(VIDEO)).submit("Start")
    assert "This video is not ready yet" in page.text
    assert "a phone on a kitchen table" in page.text
    assert page.tree.xpath("//video") == []
    learner.browser.get(learner.url(VIDEO + "/video"))
    assert learner.browser.get(learner.url(VIDEO + "/video")).status == 404


def test_the_file_comes_in_ranges_and_to_learners_whose_lesson_is_open(
    court: TestCourt, learner: Learner, video: bytes
):
    address = learner.url(VIDEO + "/video")
    whole = learner.browser.http.get(address)
    assert (whole.status_code, whole.data, whole.mimetype) == (200, video, "video/webm")
    part = learner.browser.http.get(address, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, video[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(video)}"
    beyond = learner.browser.http.get(address, headers={"Range": "bytes=99999-"})
    assert beyond.status_code == 416
    captions = learner.browser.http.get(learner.url(VIDEO + "/captions/es"))
    assert (captions.mimetype, "subtítulos" in captions.text) == ("text/vtt", True)
    early = Learner(court)
    assert early.browser.get(early.url(VIDEO + "/video")).status == 404, "an earlier lesson is not done"
    assert court.staff_client().get(address).status == 404
    assert early.browser.get(early.url(VIDEO + "/captions/es")).status == 404


def test_the_same_delivery_changes_nothing_and_another_is_refused(app: Flask, video: bytes, tmp_path: Path):
    bring(app, delivery(tmp_path / "again", CONTENT, VIDEO, video, SECONDS))
    with pytest.raises(Refused, match="Withdraw it first"):
        bring(app, delivery(tmp_path / "other", CONTENT, VIDEO, webm(100), 100))
    with app.app_context(), role_transaction("platform") as platform:
        assert len(list(platform.scalars(shown()))) == 1


def test_the_console_plays_what_a_learner_sees_and_nothing_that_was_withdrawn(
    app: Flask, console: Flask, court: TestCourt, video: bytes, tmp_path: Path
):
    browser = sign_in(console)
    home = browser.get("/operator/modules/accountability-without-shame").click("Preview").url
    page = browser.get(f"{home}/{VIDEO}?language=es")
    (source,) = page.tree.xpath("//video/source/@src")
    (track,) = page.tree.xpath("//video/track[@srclang='es']/@src")
    answer = browser.pages.http.get(source, headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.data) == (206, video[:10])
    assert answer.content_type == "video/webm"
    assert "media-src 'self'" in answer.headers["Content-Security-Policy"]
    assert browser.pages.http.get(track).get_data(as_text=True).startswith("WEBVTT")
    assert browser.pages.http.get(track.replace("/es", "/fr")).status_code == 404
    # Without an operator's sign-in there is nothing; nor is a learner's one enough.
    assert console.test_client().get(source).status_code == 302
    with app.app_context():
        order = runtime().storage.put(court.id, b"a court's own file")
    with console.app_context():
        kept = runtime().storage
        with pytest.raises(Missing):
            kept.open(court.id, order)
        with pytest.raises(OSError, match="keeps no files"):
            kept.put(CURRICULUM, b"x")
    browser.get("/operator/recordings").click("Withdraw").submit("Withdraw", reason="It is over.")
    assert browser.pages.http.get(source).status_code == 404
    bring(app, delivery(tmp_path / "next", CONTENT, VIDEO, webm(100), 100))
    assert browser.pages.http.get(source).status_code == 404, "what stands there now is another one"
    assert browser.pages.http.get(track).status_code == 404


def last_text(learner: Learner) -> str:
    """The address of a reading's last page of text; its questions come after it."""
    page = learner.browser.get(learner.url(READING) + "?part=999")
    return next(link for link in page.tree.xpath("//main//a/@href") if "part=" in link)


def shown():
    return select(CurriculumRecording).where(CurriculumRecording.withdrawn_at.is_(None))


def test_withdrawn_it_is_gone_at_once_over_any_version_and_credit_stays(
    app: Flask, court: TestCourt, learner: Learner, console: Flask, words: bytes
):
    page = learner.browser.get(last_text(learner))
    assert page.tree.xpath("//video")
    assert "The recorded words of a survivor" in page.text
    assert "A place is kept here for the recorded words" not in page.text
    browser = sign_in(console)  # the clock went on: an earlier sign-in would be over
    listed = browser.get("/operator/recordings")
    assert "A person" in listed.text
    done = listed.click("Withdraw").submit("Withdraw", reason="She asked for it.")
    assert "gone at once" in done.text
    page = learner.browser.get(last_text(learner))
    assert page.tree.xpath("//video") == []
    assert "A place is kept here for the recorded words" in page.text
    assert learner.browser.get(learner.url(READING + "/video")).status == 404
    assert READING in learner.done()
    with app.app_context(), role_transaction("platform") as platform:
        row = platform.scalars(select(CurriculumRecording).order_by(CurriculumRecording.added_at.desc())).first()
        log = platform.scalars(select(PlatformAudit).where(PlatformAudit.action == "operator.withdraw_recording")).all()
        assert any(entry.detail["reason"] == "She asked for it." for entry in log)
        sha256 = row.sha256
    with app.app_context(), court.acting():
        assert runtime().storage.get(CURRICULUM, sha256) == words
        forget_withdrawn()
        forget_withdrawn()
        with pytest.raises(Missing):
            runtime().storage.get(CURRICULUM, sha256)


def test_a_file_that_is_shown_elsewhere_is_kept(app: Flask, court: TestCourt, words: bytes, tmp_path: Path):
    bring(app, delivery(tmp_path / "twin", CONTENT, VIDEO, words, 61))
    with app.app_context(), role_transaction("platform") as platform:
        first = platform.scalars(shown().where(CurriculumRecording.lesson == READING)).one()
        platform.execute(
            update(CurriculumRecording).where(CurriculumRecording.id == first.id).values(withdrawn_at=clock.now())
        )
        sha256 = first.sha256
    with app.app_context(), court.acting():
        forget_withdrawn()
        assert runtime().storage.get(CURRICULUM, sha256) == words


def test_consent_that_has_ended_shows_nothing(app: Flask, learner: Learner, words: bytes):
    with clock.moved_to(clock.now().replace(year=2999, month=2)), app.app_context(), learner.court.acting():
        assert recording_at(CONTENT.slug, READING) is None


def test_who_consented_is_for_the_console_alone_and_one_recording_stands_at_a_place(app: Flask, words: bytes):
    for column in ("consent_by", "withdrawn_reason"):
        with app.app_context(), pytest.raises(ProgrammingError, match="permission denied"):
            session().execute(text(f"SELECT {column} FROM curriculum_recording"))
    for statement in ("DELETE FROM curriculum_recording", "UPDATE curriculum_recording SET withdrawn_at = NULL"):
        with app.app_context(), pytest.raises(ProgrammingError, match="permission denied"):
            session().execute(text(statement))
    columns = "module, lesson, title, sha256, content_type, size, seconds, captions, transcripts, added_at, row_version"
    again = f"INSERT INTO curriculum_recording (id, {columns}) SELECT gen_random_uuid(), {columns} "
    again += "FROM curriculum_recording WHERE withdrawn_at IS NULL"
    twice = pytest.raises(IntegrityError, match="uq_curriculum_recording_shown")
    with app.app_context(), twice, role_transaction("platform") as platform:
        platform.execute(text(again))


def test_the_command_line_brings_a_video_in_and_names_every_fault(app: Flask, tmp_path: Path):
    folder = delivery(tmp_path, CONTENT, VIDEO, webm(20), 20)
    (folder / "es.vtt").unlink()
    (folder / "en.md").write_text("Short.")
    refused = app.test_cli_runner().invoke(portal, ["curriculum", "import-video", str(folder)])
    assert refused.exit_code == 1
    assert "es.vtt: file is missing" in refused.output
    assert "en.md: has fewer than 20 words" in refused.output
    delivery(tmp_path, CONTENT, VIDEO, webm(20), 20)
    taken = app.test_cli_runner().invoke(portal, ["curriculum", "import-video", str(folder)])
    assert f"{CONTENT.slug}/{VIDEO} shows this video now." in taken.output
    withdraw_all(app)
