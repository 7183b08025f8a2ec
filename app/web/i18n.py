"""Which language a page is written in, and the way to change it."""

from __future__ import annotations

from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel

from app.core.i18n import LANGUAGES, LOCALES
from app.web.cookies import request_court
from app.web.identity import current_identity


def offered_languages() -> list[str]:
    """The languages of the court at hand (all of them on the portal's own pages)."""
    court = request_court() if has_request_context() else None
    return [code for code in LANGUAGES if court is None or code in court.languages]


def choose_language() -> str | None:
    """The cookie's choice, then the person's, then the browser's."""
    if not has_request_context():
        return None
    if "language" not in g:
        offered = offered_languages()
        chosen = session.get("language") or current_identity().language
        g.language = chosen if chosen in offered else request.accept_languages.best_match(offered) or "en"
    return LOCALES[g.language]


def chosen_language() -> str:
    """The language of the page, as the court's rows name it."""
    choose_language()
    return str(g.language) if "language" in g else "en"


def install(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "web/translations"
    Babel(app, locale_selector=choose_language)
