"""Every kind of lesson on a phone, in Spanish: a module with a story and a plan, to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import update

from app.core import clock
from app.curriculum.loader import load_all
from app.curriculum.models import CurriculumRecording
from app.learning.models import Commitment
from app.operator.curriculum.recordings import import_video
from tenants.database import role_transaction
from tests.browser.chromium import Watched
from tests.browser.filming import filmed
from tests.browser.test_learning_module import address, press, stay_in_view, take_on
from tests.curriculum import publish
from tests.factories import make_court
from tests.functional.learning_steps import Learner, rules
from tests.videos import delivery

__all__ = ["address"]  # a fixture

pytestmark = pytest.mark.browser

CONTENT = next(module for module in load_all() if module.slug == "making-it-right")
RIGHT = {
    question.prompt.words("es"): question.right_option.text.words("es")
    for lesson in CONTENT.lessons
    if lesson.kind in ("reading", "quiz")
    for question in (lesson.check.questions if lesson.kind == "reading" else lesson.pool)
}
VIDEO, SECONDS = "one-hard-hour", 9
NOTHING_LOADED = 0  # HTMLMediaElement.HAVE_NOTHING
WORDS = "Lo que quiero cuidar es la confianza de mi familia, y sé que un día difícil va a llegar tarde o temprano. " * 6


class Phone:
    def __init__(self, app: Flask, watched: Watched) -> None:
        self.app, self.watched, self.page = app, watched, watched.page

    def reading(self) -> None:
        press(self.page, "Empezar a leer")
        self.watched.check()
        stay_in_view(self.page, self.app, 20)
        while self.page.get_by_role("button", name="Continuar", exact=True).count():
            press(self.page, "Continuar")
        self.answers()
        press(self.page, "Ver qué significa cada respuesta")
        self.watched.check()
        press(self.page, "Terminar esta lección")

    def video(self) -> None:
        """Watch it through: no skipping ahead, and after a break it goes on where it stopped."""
        assert "El video dura 1 minuto" in text_of(self.page)
        press(self.page, "Empezar")
        self.watched.check()
        assert self.page.evaluate("document.querySelector('video').readyState") == NOTHING_LOADED
        self.play()
        self.until(lambda: self.at() > 2.5)
        self.page.evaluate("document.querySelector('video').currentTime = 7")
        self.until(lambda: not self.page.evaluate("document.querySelector('video').seeking"))
        assert self.at() < 6, "it was skipped ahead"
        with self.page.expect_response("**/watched"):
            self.page.evaluate("document.querySelector('video').pause()")
        press(self.page, "Terminar esta lección")
        assert "Véalo hasta el final, o léalo" in text_of(self.page)
        stopped_at = int(self.page.get_attribute("video", "data-furthest") or 0)
        assert stopped_at >= 2
        self.play()
        self.until(lambda: self.at() > 0.5)
        assert self.at() >= stopped_at
        self.page.get_by_text("Lo vio hasta el final.").wait_for(timeout=30_000)
        self.watched.check()
        press(self.page, "Terminar esta lección")

    def at(self) -> float:
        """Where the video is, in seconds."""
        return float(self.page.evaluate("document.querySelector('video').currentTime"))

    def until(self, comes: Callable[[], bool]) -> None:
        """Wait for what Playwright can not wait for under the portal's policy, which allows no eval."""
        for _ in range(300):
            if comes():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("it did not come")

    def play(self) -> None:
        self.page.evaluate("document.querySelector('video').muted = true")
        self.page.evaluate("document.querySelector('video').play()")

    def answers(self) -> None:
        for group in self.page.locator("main fieldset").all():
            prompt = group.locator("legend").inner_text().partition(". ")[2]
            group.get_by_text(RIGHT[prompt.strip()], exact=True).click()

    def scenario(self) -> None:
        self.watched.check()
        press(self.page, "Seguir")
        assert "Elija cómo seguir." in text_of(self.page)
        self.watched.check()
        while self.page.get_by_role("button", name="Seguir", exact=True).count():
            self.page.locator("main fieldset label").first.click()
            press(self.page, "Seguir")
        assert "Lo que puede enseñar este camino" in text_of(self.page)
        self.watched.check()
        self.page.get_by_role("link", name="Siga:").click()

    def reflection(self) -> None:
        self.page.get_by_label("Su respuesta").fill(WORDS)
        self.watched.check()
        press(self.page, "Entregar")

    def commitment(self) -> None:
        press(self.page, "Guardar mi plan")
        assert "Escriba qué hará." in text_of(self.page)
        self.watched.check()
        self.page.get_by_label("Qué haré").first.fill("Ir al grupo de apoyo")
        self.page.get_by_label("Cuándo o cada cuánto").first.fill("Los martes")
        self.page.get_by_label("Cómo sabré que lo hice").first.fill("Guardo el comprobante")
        press(self.page, "Guardar mi plan")

    def quiz(self) -> None:
        press(self.page, "Empezar la prueba")
        self.answers()
        press(self.page, "Entregar la prueba")
        assert "100" in text_of(self.page)
        self.watched.check()


@pytest.fixture
def film(app: Flask, browser: Browser, tmp_path: Path) -> Iterator[None]:
    """A real video for the module's video lesson, brought in."""
    publish(app)
    folder = delivery(tmp_path, CONTENT, VIDEO, filmed(browser, SECONDS), SECONDS)
    with app.app_context(), role_transaction("platform") as platform:
        recording = import_video(platform, folder).id
    yield
    with app.app_context(), role_transaction("platform") as platform:
        gone = update(CurriculumRecording).where(CurriculumRecording.id == recording)
        platform.execute(gone.values(withdrawn_at=clock.now()))


def text_of(page: Page) -> str:
    return page.locator("main").inner_text()


def test_every_kind_of_lesson_on_a_phone_in_spanish(app: Flask, browser: Browser, address: str, film: None):
    court = make_court(app, document=rules(modules=[{"slug": CONTENT.slug, "required": True, "minimum_minutes": 0}]))
    learner = Learner(court)
    context = browser.new_context(viewport={"width": 375, "height": 900}, locale="es-US")
    take_on(context, court, learner.identity)
    page = context.new_page()
    page.clock.install()
    phone = Phone(app, Watched(page))
    page.goto(f"{address}/{court.slug}/lessons/{CONTENT.slug}")
    press(page, "Español")
    phone.watched.check()
    page.get_by_role("link", name="Empezar el módulo").click()
    for lesson in CONTENT.lessons:
        assert page.locator("h1").inner_text() == lesson.title.words("es")
        getattr(phone, lesson.kind)()
    assert learner.done() == {lesson.slug for lesson in CONTENT.lessons}
    assert [row.what for row in learner.rows(Commitment)] == ["Ir al grupo de apoyo"]
    context.close()
