"""The one door to translation, so that rules and services name strings without knowing the web."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask_babel import LazyString, force_locale, get_locale, gettext, lazy_gettext, ngettext

LANGUAGES = {"en": "English", "es": "Español"}
LOCALES = {"en": "en_US", "es": "es_US"}  # money and dates as people in the United States write them

__all__ = [
    "LANGUAGES",
    "LOCALES",
    "LazyString",
    "current_language",
    "gettext",
    "in_language",
    "lazy_gettext",
    "ngettext",
]


def current_language() -> str:
    """The two-letter language of the page, mail or job at hand; English outside of any."""
    locale = get_locale()
    return locale.language if locale is not None and locale.language in LANGUAGES else "en"


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Write what is inside in `language` (jobs and mails: the reader's language, not the requester's)."""
    with force_locale(LOCALES.get(language, LOCALES["en"])):
        yield
