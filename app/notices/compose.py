"""From a notice to a mail: text and HTML in the reader's language, from a discreet sender."""

from __future__ import annotations

import json
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from app.core.i18n import gettext as _
from app.core.i18n import in_language
from app.core.runtime import runtime
from app.notices.models import Notice
from app.notices.sender import sender_address

SEALED = "_sealed"  # the part of a notice's context that only the sending job can read
PURPOSE = "link-token"


def seal(notice_id: Any, values: dict[str, str]) -> str:
    """Hide values that must not lie readable in the database (links that open something)."""
    return runtime().keyring.seal(PURPOSE, json.dumps(values).encode(), bound_to=str(notice_id))


def _opened(notice: Notice) -> dict[str, Any]:
    shown = {key: value for key, value in notice.context.items() if key != SEALED}
    if SEALED in notice.context:
        box = runtime().keyring.open(PURPOSE, notice.context[SEALED], bound_to=str(notice.id))
        shown |= json.loads(box)
    return shown


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
