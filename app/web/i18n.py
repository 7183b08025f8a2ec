"""Which language a page is written in, and the way to change it."""

from __future__ import annotations

from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, refresh

from app.core.i18n import LANGUAGES, LOCALES, PSEUDO
from app.core.runtime import runtime
from app.web.cookies import request_court
from app.web.identity import current_identity


def offered_languages() -> list[str]:
    """The languages of the court at hand (all of them on the portal's own pages)."""
    court = request_court() if has_request_context() else None
    return [code for code in LANGUAGES if court is None or code in court.languages]


def _can_be_read(code: object) -> bool:
    return code in offered_languages() or (code == PSEUDO and not runtime().settings.production)


def choose_language() -> str | None:
    """The choice of this browser, then the person's, then the browser's own."""
    if not has_request_context():
        return None
    if "language" not in g:
        chosen = session.get("language") or current_identity().language
        known = chosen if _can_be_read(chosen) else None
        g.language = known or request.accept_languages.best_match(offered_languages()) or "en"
    return LOCALES[g.language]


def chosen_language() -> str:
    """The language of the page, as the court's rows name it."""
    choose_language()
    return str(g.language) if "language" in g else "en"


def switch_language(code: str | None) -> bool:
    """Write this page and the next ones in a language; False when the court has not got it.

    It is kept with who is signed in at a court, for every device and every message, else in this browser.
    """
    if code is None or not _can_be_read(code):
        return False
    person = current_identity()
    if request_court() is not None and person.fully_signed_in and code in LANGUAGES:
        runtime().registry.keep_language(code, person)
        session.pop("language", None)
    else:
        session["language"] = code
    g.language = code
    refresh()
    return True


def install(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "web/translations"
    Babel(app, locale_selector=choose_language)
