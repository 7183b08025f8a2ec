"""Help: for each role, from each page, and on paper. And how little a learner's pages weigh."""

from __future__ import annotations

import io
import re

import brotli
import pikepdf
import pytest
from flask import Flask

from app.help.audiences import AUDIENCES, unexplained
from app.help.guides import GUIDES
from app.permissions.identity import Role
from tenants.care import Contact
from tenants.letterhead import Letterhead
from tenants.program import load_preset
from tests.client import Page, PageClient
from tests.factories import TestCourt, make_court, make_learner
from tests.functional.test_cases_codes_pages import text_of

LATER_PAGES = 25 * 1024  # bytes of HTML, compressed as the web server does
PAGES = ("my-program", "lessons", "check-ins", "fee", "documents", "messages", "my-officer", "help", "account")


@pytest.fixture(scope="module")
def court(app: Flask) -> TestCourt:
    usual = load_preset("county_probation")
    letterhead = Letterhead(lines=("1 Elm Street",), phone="555-0100")
    reports = usual.reports.model_copy(update={"letterhead": letterhead})
    hours = Contact(hours={"en": "Weekdays 8 to 4", "es": "De lunes a viernes, de 8 a 4"})
    return make_court(app, document=usual.model_copy(update={"reports": reports, "contact": hours}))


def helped(page: Page) -> Page:
    """The help that the page leads to; the part of it must be there."""
    url = page.link("Help")
    found = page.client.get(url)
    assert found.status == 200
    part = url.partition("#")[2]
    assert not part or found.tree.xpath(f"//*[@id='{part}']"), f"{page.url}: help has no part {part}"
    return found


def test_every_item_of_the_menu_is_explained():
    assert unexplained() == [], "write a topic for it in app/help/topics.py"


@pytest.mark.proves("CD-1")
def test_help_fits_the_role_and_the_page(app: Flask, court: TestCourt, client: PageClient):
    before = helped(client.get(court.url("sign-in")))  # nobody is signed in: help for participants, and for all others
    assert "Not being able to pay is not, by itself, a violation." in before.text
    assert "call or text 988" in before.text
    assert "Weekdays 8 to 4" in before.text
    for audience in AUDIENCES:
        page = client.get(court.url(f"help/{audience.key}"))
        assert (page.status, str(audience.label) in page.text) == (200, True)
        assert "Do not describe your arrest" in page.text or audience.role is not Role.LEARNER
    assert [client.get(path).status for path in (court.url("help/nobody"), "/help", "/help/judge")] == [404, 200, 200]
    spanish = client.get(court.url("help"), headers={"Accept-Language": "es"})
    assert "De lunes a viernes, de 8 a 4" in spanish.text
    assert "No poder pagar" in spanish.text

    learner, _case = make_learner(court)
    theirs = court.client(learner)
    parts = {"fee": "#at-payments-my-fee", "lessons": "#at-learning-modules", "account": "#at-accounts"}
    for path, part in parts.items():
        page = theirs.get(court.url(path))
        assert page.link("Help").endswith(part), path
        assert helped(page).tree.xpath("//main//a[contains(text(), 'Go to Lessons')]")
    for role in (Role.OFFICER, Role.ADMINISTRATOR, Role.JUDGE):
        home = court.staff_client(role).get(court.url())
        assert home.link("Help").rpartition("#")[2].startswith("at-")
        assert helped(home).tree.xpath("//main//a[starts-with(normalize-space(text()), 'Go to ')]")


@pytest.mark.proves("CD-1")
def test_a_guide_to_print_has_the_courts_own_address(court: TestCourt, client: PageClient):
    read = {}
    for name in GUIDES:
        for language in ("en", "es"):
            answer = client.http.get(court.url(f"help/guide/{name}/{language}.pdf"))
            assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), (name, language)
            with pikepdf.open(io.BytesIO(answer.data)) as pdf:
                assert len(pdf.pages) <= 5
                assert str(pdf.Root.Lang) == f"{language}-US"
            read[name, language] = text_of(answer.data)
            assert "555-0100" in read[name, language]
    assert "call or text 988" in read["participant", "en"]
    assert "Weekdays 8 to 4" in read["officer", "en"]
    assert "De lunes a viernes" in read["court", "es"]
    assert client.get(court.url("help/guide/nobody/en.pdf")).status == 404
    assert client.get(court.url("help/guide/court/fr.pdf")).status == 404


@pytest.mark.proves("CD-1")
def test_a_learners_pages_stay_small(court: TestCourt):
    learner, _case = make_learner(court)
    client = court.client(learner)
    sizes = {path: len(brotli.compress(client.get(court.url(path)).data, quality=5)) for path in PAGES}
    assert {path: size for path, size in sizes.items() if size > LATER_PAGES} == {}
    for path in PAGES:  # no picture moves what stands below it when it comes
        for tag in re.findall(rb"<img [^>]*>", client.get(court.url(path)).data):
            assert b"portal-brand__emblem" in tag or (b" width=" in tag and b" height=" in tag), tag
