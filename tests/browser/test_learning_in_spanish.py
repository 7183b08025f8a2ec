"""Every kind of lesson on a phone, in Spanish: a module with a story and a plan, to its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.curriculum.loader import load_all
from app.learning.models import Commitment
from tests.browser.chromium import Watched
from tests.browser.test_learning_module import address, press, stay_in_view, take_on
from tests.factories import make_court
from tests.functional.learning_steps import Learner, rules

__all__ = ["address"]  # a fixture

pytestmark = pytest.mark.browser

CONTENT = next(module for module in load_all() if module.slug == "making-it-right")
RIGHT = {
    question.prompt.words("es"): question.right_option.text.words("es")
    for lesson in CONTENT.lessons
    if lesson.kind in ("check", "quiz")
    for question in (lesson.questions if lesson.kind == "check" else lesson.pool)
}
WORDS = "Lo que quiero cuidar es la confianza de mi familia, y sé que un día difícil va a llegar tarde o temprano. " * 6


@pytest.fixture(scope="module", autouse=True)
def _clock_goes_back(app: Flask) -> Iterator[None]:
    yield
    app.extensions["portal"].settings.clock_file.unlink(missing_ok=True)


class Phone:
    def __init__(self, app: Flask, watched: Watched) -> None:
        self.app, self.watched, self.page = app, watched, watched.page

    def reading(self) -> None:
        press(self.page, "Empezar a leer")
        self.watched.check()
        stay_in_view(self.page, self.app, 9)
        while self.page.get_by_role("button", name="Continuar", exact=True).count():
            press(self.page, "Continuar")
        press(self.page, "Terminar esta lección")

    def video(self) -> None:
        press(self.page, "Empezar")
        self.watched.check()
        stay_in_view(self.page, self.app, 9)
        press(self.page, "Terminar esta lección")

    def answers(self) -> None:
        for group in self.page.locator("main fieldset").all():
            prompt = group.locator("legend").inner_text().partition(". ")[2]
            group.get_by_text(RIGHT[prompt.strip()], exact=True).click()

    def check(self) -> None:
        self.answers()
        press(self.page, "Ver qué significa cada respuesta")
        self.watched.check()
        self.page.get_by_role("link", name="Siga:").click()

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


def text_of(page: Page) -> str:
    return page.locator("main").inner_text()


def test_every_kind_of_lesson_on_a_phone_in_spanish(app: Flask, browser: Browser, address: str):
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
