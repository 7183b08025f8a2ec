"""What a browser says it is, in the coarsest words. Pure."""

from __future__ import annotations

from app.core.i18n import gettext as _

# The first that a browser's own line contains: many claim to be others too, so the order matters.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def family_of(user_agent: str) -> str:
    """The kind of a browser and of its system, like `Chrome/Android`; an empty part where it does not say."""
    found = (next((name for mark, name in table if mark in user_agent), "") for table in (_BROWSERS, _SYSTEMS))
    return "/".join(found)


def words_of(family: str) -> str:
    """What `family_of` found, in the reader's language."""
    browser, _slash, system = family.partition("/")
    if browser and system:
        return str(_("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(_("A browser that does not say its name"))
