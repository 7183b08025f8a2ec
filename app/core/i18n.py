"""The one door to translation, so that rules and services name strings without knowing the web."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask_babel import LazyString, force_locale, get_locale, gettext, lazy_gettext, ngettext

LANGUAGES = {"en": "English", "es": "Español"}
# Made from the catalog (app/web/catalogs.py), longer and with other letters, for looking at pages outside production:
# it shows what would be left in English, and what would not fit. Its dates are Esperanto's: nothing like English ones.
PSEUDO = "xx"
LOCALES = {"en": "en_US", "es": "es_US", PSEUDO: "eo"}  # money and dates as people in the United States write them
_CODES = {locale.partition("_")[0]: code for code, locale in LOCALES.items()}

__all__ = [
    "LANGUAGES",
    "LOCALES",
    "PSEUDO",
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
    return _CODES.get(locale.language, "en") if locale is not None else "en"


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Write what is inside in `language` (jobs and mails: the reader's language, not the requester's)."""
    with force_locale(LOCALES.get(language, LOCALES["en"])):
        yield
