"""Letting a lawyer see one's own case, and ending it."""

from __future__ import annotations

from wtforms import BooleanField, EmailField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm


class AdmitForm(PortalForm):
    name = StringField(
        _l("Your lawyer's name"), validators=[DataRequired(_l("Enter your lawyer's name.")), Length(max=120)]
    )
    email = EmailField(
        _l("Your lawyer's email address"),
        description=_l("Ask your lawyer which one to use. A link goes there; it works once, for seven days."),
        validators=[DataRequired(_l("Enter an email address like name@example.com.")), Length(max=200)],
    )
    sees_messages = BooleanField(_l("My lawyer can also read the messages between me and my officer."))
    sure = BooleanField(
        _l("I want this person to see my case."),
        validators=[InputRequired(_l("Tick the box if you want this person to see your case."))],
    )


class RemoveForm(PortalForm):
    """Only the button."""
