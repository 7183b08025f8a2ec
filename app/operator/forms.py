"""Forms of the console."""

from __future__ import annotations

from typing import Any

from wtforms import (
    BooleanField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.i18n import LANGUAGES
from app.core.i18n import lazy_gettext as _l
from app.court_admin.onboarding import COURT_TYPES, REGIONS
from app.court_admin.questions import printable
from app.web.forms import PortalForm
from tenants.models import CourtState

LONGEST = 500  # characters of a reason or a message


def reason_field(label: Any, least: int = 5) -> TextAreaField:
    return TextAreaField(
        label,
        filters=[printable],
        validators=[
            InputRequired(_l("Say why. The court can read it.")),
            Length(
                min=least,
                max=LONGEST,
                message=_l("Write %(min)d to %(max)d characters.", min=least, max=LONGEST),
            ),
        ],
    )


class SignInForm(PortalForm):
    email = StringField(_l("Email"), validators=[InputRequired(_l("Enter your email address."))])
    password = PasswordField(_l("Password"), validators=[InputRequired(_l("Enter your password."))])


class SecondFactorForm(PortalForm):
    code = StringField(_l("Six digits from your authenticator app"), validators=[InputRequired(_l("Enter the code."))])


class LookForm(PortalForm):
    reason = reason_field(_l("Why do you need to see this court's data?"), least=10)


class ReasonForm(PortalForm):
    reason = reason_field(_l("Why?"))


class StateForm(PortalForm):
    """Suspend or reopen. One message for each language of the court: see `state_form`."""

    state = RadioField(
        _l("The court is"),
        choices=[
            (CourtState.ACTIVE, _l("Open")),
            (CourtState.SUSPENDED, _l("Suspended: its people see only the message below")),
        ],
        validators=[InputRequired(_l("Choose one."))],
    )
    reason = reason_field(_l("Why?"))

    def messages(self) -> dict[str, str]:
        return {code: getattr(self, f"message_{code}").data or "" for code in LANGUAGES if f"message_{code}" in self}


MESSAGE_LABELS = {
    "en": _l("Message to the court's people, in English"),
    "es": _l("Message to the court's people, in Spanish"),
}


def state_form(languages: list[str], **values: Any) -> StateForm:
    """The form for a court that offers these languages."""
    fields = {
        f"message_{code}": TextAreaField(MESSAGE_LABELS[code], filters=[printable], validators=[Length(max=LONGEST)])
        for code in languages
    }
    made: type[StateForm] = type("StateFormOfCourt", (StateForm,), fields)
    return made(**values)


class RenameForm(PortalForm):
    name = StringField(_l("Name, as it stands on papers"), validators=[InputRequired(_l("Give the court's name."))])
    slug = StringField(_l("Address"), validators=[InputRequired(_l("Give the address."))])
    reason = reason_field(_l("Why?"))


class CloseForm(PortalForm):
    typed = StringField(
        _l("Type the court's address to confirm"), validators=[InputRequired(_l("Type the court's address."))]
    )
    reason = reason_field(_l("Why?"))


class Ticks(SelectMultipleField):  # type: ignore[misc]  # WTForms ships no types
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


TYPES = {
    "municipal": _l("Municipal court"),
    "county": _l("County court"),
    "district": _l("District court"),
    "superior": _l("Superior or circuit court"),
    "problem_solving": _l("Problem-solving court"),
    "tribal": _l("Tribal court"),
    "other": _l("Another kind"),
}
LANGUAGE_NAMES = {"en": _l("English"), "es": _l("Spanish")}


class OpenCourtForm(PortalForm):
    """All answers of the wizard; a step shows its own, the others travel hidden. Checked by onboarding.faults."""

    name = StringField(_l("Name of the court, as it stands on papers"))
    court_type = SelectField(
        _l("Type of court"), choices=[("", _l("Choose")), *((key, TYPES[key]) for key in COURT_TYPES)]
    )
    county = StringField(_l("County"))
    region = SelectField(
        _l("State or territory"), choices=[("", _l("Choose")), *((code, code) for code in REGIONS.split())]
    )
    time_zone = SelectField(_l("Time zone"), validate_choice=False)
    languages = Ticks(_l("Languages"), choices=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES], default=["en"])
    slug = StringField(_l("Address"))
    code_prefix = StringField(_l("Letters before its enrollment codes"))
    preset = RadioField(_l("Starting rules"), validate_choice=False)
    administrator_name = StringField(_l("Name of the first administrator"))
    administrator_email = StringField(_l("Email of the first administrator"))


class GrantForm(PortalForm):
    court = SelectField(_l("Court"), validators=[InputRequired(_l("Choose a court."))])
    language = SelectField(
        _l("Language"),
        choices=[*((code, LANGUAGE_NAMES[code]) for code in LANGUAGES), ("every", _l("Every language of the court"))],
    )
    lead = BooleanField(_l("Lead: answers what other facilitators flag at this court"))


class InviteFacilitatorForm(PortalForm):
    display_name = StringField(_l("Name"), validators=[InputRequired(_l("Enter the person's name."))])
    email = StringField(_l("Email"), validators=[InputRequired(_l("Enter the email address."))])
    court = SelectField(_l("First court"), validators=[InputRequired(_l("Choose a court."))])
