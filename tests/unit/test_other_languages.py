"""Mails, forms, dates and money in every language; and what the pseudo-language does to a text."""

from __future__ import annotations

import re
from datetime import date, time
from typing import get_args

import pytest
from flask import Flask
from jinja2 import meta
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from app.core.i18n import LANGUAGES, LOCALES, PSEUDO, in_language
from app.core.money import format_cents
from app.operator.forms import LANGUAGE_NAMES
from app.reviews.words import LANGUAGE_WORDS
from app.web import catalogs
from app.web.forms import PortalForm
from app.web.templating import show_date, show_time
from config import ROOT
from tenants.lines import Language

MAILS = sorted(file.stem for file in (ROOT / "templates" / "email").glob("*.txt") if file.stem != "base")
# Without vowels, so that nothing of them is taken for words.
LINK, COURT = "https://p.tst/crt/12", "Crt 7"
DAY = date(2026, 3, 4)
DAYS = {"en": "March 4, 2026", "es": "4 de marzo de 2026"}
PLAIN = re.compile(r"\b[A-Za-z]*[aeiouAEIOU][A-Za-z]*\b")


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    catalogs.compile_all()


def mail(app: Flask, kind: str, language: str) -> dict[str, str]:
    """Subject, text and page of a mail, with every value that its templates name."""
    environment = app.jinja_env
    with app.test_request_context(), in_language(language):
        shown: dict[str, str] = {}
        for ending in ("txt", "html"):
            source, _name, _fresh = environment.loader.get_source(environment, f"email/{kind}.{ending}")
            names = meta.find_undeclared_variables(environment.parse(source)) - set(environment.globals)
            values = dict.fromkeys(names, 2) | {
                name: show_date(DAY) for name in names if re.search("day|_on|_by|until", name)
            }
            values |= {"locale": language, "court_name": COURT, "link": LINK, "role": "clerk"}
            if "days" in names:
                values["days"] = 2
            template = environment.get_template(f"email/{kind}.{ending}")
            shown[ending] = template.render(values)
            if ending == "txt":
                shown["subject"] = "".join(template.blocks["subject"](template.new_context(values)))
        assert f'lang="{language}"' in shown["html"]
        shown["html"] = re.sub(r"<[^>]*>", " ", shown["html"])
        return shown


@pytest.mark.proves("CD-2")
@pytest.mark.parametrize("kind", MAILS)
def test_every_mail_is_in_the_language_of_its_reader(app, kind):
    english, pseudo = mail(app, kind, "en"), mail(app, kind, PSEUDO)
    others = {language: mail(app, kind, language) for language in catalogs.LANGUAGES}
    for part, text in english.items():
        assert PLAIN.search(text), "the check must see English where there is English"
        lines = {line.strip() for line in text.splitlines() if PLAIN.search(line.replace(LINK, ""))}
        for language, there in others.items():
            assert not lines & {line.strip() for line in there[part].splitlines()}, (language, part)
        left = pseudo[part].replace(LINK, " ").replace(show_in(app, PSEUDO), " ")
        assert not PLAIN.search(left), (part, PLAIN.findall(left))
        if DAYS["en"] in text:
            assert DAYS["es"] in others["es"][part]


def show_in(app: Flask, language: str) -> str:
    with app.test_request_context(), in_language(language):
        return show_date(DAY)


def test_forms_speak_the_readers_language_where_wtforms_speaks_for_itself(app):
    """The built-in messages of validators and fields, which no catalog of ours has."""

    class Everything(PortalForm):
        name = StringField(validators=[InputRequired()])
        mail = StringField(validators=[Length(max=3)])
        number = IntegerField(validators=[NumberRange(min=1, max=9)])

    said: dict[str, list[str]] = {}
    for language in LANGUAGES:
        data = {"mail": "too long", "number": "x"}
        with app.test_request_context(method="POST", data=data), in_language(language):
            form = Everything(meta={"csrf": False})
            form.validate()
            said[language] = [str(error) for field in ("name", "mail", "number") for error in form[field].errors]
    assert len(said["en"]) >= 3
    assert not set(said["en"]) & set(said["es"]), said


@pytest.mark.proves("CD-2")
def test_dates_times_and_money_are_written_as_the_reader_writes_them(app):
    shown = {}
    for language in LANGUAGES:
        with app.test_request_context(), in_language(language):
            shown[language] = (show_date(DAY), show_time(time(14, 5)), format_cents(123_456))
    assert shown["en"] == ("March 4, 2026", "2:05 PM", "$1,234.56")
    assert shown["es"][0] == "4 de marzo de 2026"
    assert shown["es"][2] == "$1,234.56", "as in the United States"
    assert "p" in shown["es"][1].lower(), shown["es"][1]


def test_a_new_language_is_named_everywhere_at_once():
    """Whoever adds one to `LANGUAGES` learns here what else has its list."""
    known = set(LANGUAGES)
    assert set(get_args(Language)) == known, "tenants/lines.py: what rules and reports may be written in"
    assert set(LOCALES) == known | {PSEUDO}
    assert set(LANGUAGE_WORDS) == set(LANGUAGE_NAMES) == known, "its name in English and in the others"
    assert set(catalogs.LANGUAGES) == known - {"en"}


def test_the_pseudo_language_lengthens_and_keeps_what_is_filled_in():
    made = catalogs.pseudo("Pay %(fee)s by <b>Monday</b>, 100%% {name}")
    assert made == "Pááýý %(fee)s býý <b>Móóndááýý</b>, 100%% {name}"
    sentence = "The court looks at your request and writes to you."
    assert len(catalogs.pseudo(sentence)) >= 1.25 * len(sentence)
