"""Forms of the console."""

from __future__ import annotations

from wtforms import PasswordField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.core.i18n import lazy_gettext as _l
from app.court_admin.questions import printable
from app.web.forms import PortalForm
from tenants.models import CourtState


class SignInForm(PortalForm):
    email = StringField(_l("Email"), validators=[InputRequired(_l("Enter your email address."))])
    password = PasswordField(_l("Password"), validators=[InputRequired(_l("Enter your password."))])


class SecondFactorForm(PortalForm):
    code = StringField(_l("Six digits from your authenticator app"), validators=[InputRequired(_l("Enter the code."))])


class ReasonForm(PortalForm):
    reason = TextAreaField(
        _l("Why do you need to see this court's data?"),
        filters=[printable],
        validators=[InputRequired(_l("Say why. The court can read it.")), Length(min=10, max=500)],
    )


class StateForm(PortalForm):
    state = RadioField(
        _l("The court is"),
        choices=[
            (CourtState.ACTIVE, _l("Open")),
            (CourtState.SUSPENDED, _l("Suspended: its people see only the message below")),
            (CourtState.CLOSED, _l("Closed: only the check of its reports still answers")),
        ],
        validators=[InputRequired(_l("Choose one."))],
    )
    message = TextAreaField(_l("Message to the court's people"), filters=[printable], validators=[Length(max=500)])
    reason = TextAreaField(
        _l("Why?"), filters=[printable], validators=[InputRequired(_l("Say why.")), Length(min=5, max=500)]
    )
