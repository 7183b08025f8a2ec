"""Forms of messages and of the court's own texts."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from app.cases.form_parts import text_line
from app.cases.messages.rules import LONGEST
from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm


class MessageForm(PortalForm):
    text = TextAreaField(_l("Your message"), validators=[DataRequired(_l("Write the message.")), Length(max=LONGEST)])


class TemplateForm(PortalForm):
    title = text_line(_l("Title"), most=80, required=_l("Give the text a title."))
    en = TextAreaField(_l("Text in English"), validators=[DataRequired(_l("Write the text.")), Length(max=LONGEST)])
    es = TextAreaField(_l("Text in Spanish"), validators=[Optional(), Length(max=LONGEST)])
