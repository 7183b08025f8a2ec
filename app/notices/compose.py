"""From a notice to a mail: text and HTML in the reader's language, from a discreet sender."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from babel.dates import format_date
from flask import current_app

from app.core.i18n import LOCALES, current_language, in_language
from app.core.i18n import gettext as _
from app.core.runtime import runtime
from app.notices.models import Notice
from app.notices.sender import sender_address

_DATE = "date"
SEALED = "_sealed"  # the part of a notice's context that only the sending job can read
PURPOSE = "link-token"


def seal(notice_id: Any, values: dict[str, str]) -> str:
    """Hide values that must not lie readable in the database (links that open something)."""
    return runtime().keyring.seal(PURPOSE, json.dumps(values).encode(), bound_to=str(notice_id))


def packed(value: Any) -> Any:
    """A value of a message's context as it is stored: a date stays one, to be written out in the reader's language."""
    return {_DATE: value.isoformat()} if isinstance(value, date) else value


def unpacked(value: Any) -> Any:
    """The value that `packed` stored; a date comes back as one."""
    return date.fromisoformat(value[_DATE]) if isinstance(value, dict) and _DATE in value else value


def _shown(value: Any) -> Any:
    plain = unpacked(value)
    return format_date(plain, "long", locale=LOCALES[current_language()]) if isinstance(plain, date) else plain


def _opened(notice: Notice) -> dict[str, Any]:
    shown = {key: _shown(value) for key, value in notice.context.items() if key != SEALED}
    if SEALED in notice.context:
        box = runtime().keyring.open(PURPOSE, notice.context[SEALED], bound_to=str(notice.id))
        shown |= json.loads(box)
    return shown


@dataclass(frozen=True, slots=True)
class Words:
    """A message in the language at hand: its title, and its text in paragraphs."""

    title: str
    paragraphs: tuple[str, ...]


def words_of(notice: Notice, *, with_link: bool) -> Words:
    """What a message says, for the inbox (`with_link` False: a button leads there) or a letter."""
    template = current_app.jinja_env.get_template(f"email/{notice.template}.txt")
    context = _opened(notice) | {"locale": current_language(), "court_name": ""}
    if not with_link:
        context["link"] = ""
    subject, text = ("".join(template.blocks[name](template.new_context(context))) for name in ("subject", "content"))
    before, _colon, after = " ".join(subject.split()).partition(": ")
    title = after or before
    paragraphs = (" ".join(each.split()) for each in text.split("\n\n"))
    return Words(title[:1].upper() + title[1:], tuple(each for each in paragraphs if each))


def message_id(notice: Notice) -> str:
    """The same for every sending of the notice, so that a mail sent twice is recognised as one."""
    host = urlsplit(runtime().settings.public_url).hostname or "localhost"
    return f"<notice-{notice.id}@{host}>"


def compose(notice: Notice, court_name: str) -> EmailMessage:
    """The mail of a notice, from `templates/email/<template>.txt` (which also holds the subject) and `.html`."""
    settings = runtime().settings
    with in_language(notice.language):
        # Past the context processors, which speak of a page and its visitor.
        environment = current_app.jinja_env
        context = {"locale": notice.language, "court_name": court_name, **_opened(notice)}
        text = environment.get_template(f"email/{notice.template}.txt")
        subject = "".join(text.blocks["subject"](text.new_context(context)))
        message = EmailMessage()
        message["Subject"] = " ".join(subject.split())
        message["From"] = Address(_("Court program"), addr_spec=sender_address(settings.mail_url, settings.public_url))
        message["To"] = notice.to_address
        message["Date"] = format_datetime(notice.created_at)
        message["Message-ID"] = message_id(notice)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text.render(context))
        message.add_alternative(
            environment.get_template(f"email/{notice.template}.html").render(context), subtype="html"
        )
        message["Content-Language"] = notice.language  # last: setting the content clears headers of its kind
    return message
