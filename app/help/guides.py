"""Short guides to print: what help says, with the court's own address, as PDF/A by the renderer of the reports."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any

from app.core.i18n import LazyString, in_language
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.runtime import runtime
from app.help.audiences import OF_ROLE, topics_of
from app.help.topic import Topic
from app.permissions.identity import Role
from app.reports.archive import archive
from app.reports.html import environment, in_the_typeface
from app.reports.qr import qr_data_uri
from app.reports.renderer import shared_renderer
from app.web.templating import ShownCourt

# What each is called, and whose help it holds.
GUIDES: dict[str, tuple[LazyString, tuple[Role, ...]]] = {
    "participant": (_l("A short guide for participants"), (Role.LEARNER,)),
    "officer": (_l("A short guide for officers"), (Role.OFFICER,)),
    "court": (_l("A short guide for the court"), (Role.ADMINISTRATOR, Role.CLERK, Role.JUDGE)),
}
KEPT = 60  # files in the memory of a process
MADE = datetime(2026, 1, 1, tzinfo=UTC)  # the same words give the same file

_kept: OrderedDict[str, bytes] = OrderedDict()
_one_at_a_time = threading.Lock()


def make_guide(name: str, court: ShownCourt, language: str) -> bytes:
    """The PDF. Made once for the same words, one at a time: whoever asks often costs little. Raises RenderFailed,
    NotArchivableError."""
    with in_language(language):
        title = str(GUIDES[name][0])
        html = _html(name, title, court, language)
    key = hashlib.sha256(html.encode()).hexdigest()
    with _one_at_a_time:
        if key not in _kept:
            drawn = shared_renderer().render(html)
            _kept[key] = archive(
                drawn.pdf,
                title=title,
                author=court.name,
                subject=title,
                language=f"{language}-US",
                created=MADE,
            )
        _kept.move_to_end(key)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
        return _kept[key]


def _html(name: str, title: str, court: ShownCourt, language: str) -> str:
    address = f"{runtime().settings.public_url}/{court.slug}/"
    return (
        environment()
        .get_template("guide.html")
        .render(
            _=lambda text: str(_(text)),
            title=title,
            language=language,
            topics=topics_in(name),
            participant=name == "participant",
            court=_printable(court, language),
            address=address,
            qr=qr_data_uri(address),
        )
    )


def topics_in(name: str) -> list[Topic]:
    """Each once, though several roles have it."""
    found: dict[str, Topic] = {}
    for role in GUIDES[name][1]:
        for topic in topics_of(OF_ROLE[role]):
            found.setdefault(topic.place, topic)
    return list(found.values())


def _printable(court: ShownCourt, language: str) -> dict[str, Any]:
    ada = court.ada_contact
    contact = (*court.contact_address, court.hours_in(language), court.contact_phone, court.contact_email)
    return {
        "name": in_the_typeface(court.name),
        "lines": [in_the_typeface(line) for line in contact if line],
        "ada": [in_the_typeface(line) for line in (ada.name, _unbroken(ada.phone), ada.email) if line] if ada else [],
    }


def _unbroken(number: str) -> str:
    return number.replace(" ", "\N{NO-BREAK SPACE}")
