"""The forms of enrolling, one a step."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import BooleanField, HiddenField, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, StopValidation

from app.cases.codes import LONGEST_TYPED
from app.cases.form_parts import DateNeeded, SensibleYear, on_one_line, text_line
from app.core.i18n import LANGUAGES
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.forms import DatePartsField, PortalForm

LONGEST_PASSWORD = 200  # characters; more would not fit into the cookie that carries the answers

CODE_HINT = _l("It is on the paper from the court, in groups such as ABC-2345-6789-ABCD-EF.")


def code_line() -> StringField:
    return StringField(
        _l("Enrollment code"),
        [
            DataRequired(_l("Write the code from your paper.")),
            Length(max=LONGEST_TYPED, message=_l("This is longer than any code. Check it with your paper.")),
        ],
        filters=[on_one_line],
        description=CODE_HINT,
    )


class FindCourtForm(PortalForm):
    """The code alone: its first letters name the court."""

    code = code_line()


class CodeForm(PortalForm):
    code = code_line()
    birth_date = DatePartsField(_l("Your birth date"), [DateNeeded(_l("Write your birth date.")), SensibleYear()])
    case_number = StringField(
        _l("Your case number"),
        [Length(max=60, message=_l("This is longer than any case number. Check it with your paper."))],
        filters=[on_one_line],
        description=_l("It is on the papers of your case. If you have none yet, leave this empty."),
    )


class StepForm(PortalForm):
    """A step after the code. `enrolling` is the code's id: another tab may have begun with another code meanwhile."""

    enrolling = HiddenField()


class SignInForm(StepForm):
    """How the person will sign in from now on. Only the box that goes with the choice is looked at."""

    kind = RadioField(
        _l("How do you want to sign in?"),
        [InputRequired(_l("Choose one."))],
        choices=[
            SelectChoice("email", _l("With my email address")),
            SelectChoice("phone", _l("With my phone number")),
            SelectChoice("name", _l("I have neither: give me a sign-in name")),
        ],
    )
    email = text_line(_l("Email address"), most=254, optional=False)
    phone = text_line(_l("Phone number"), most=30, optional=False)
    password = PasswordField(_l("Password"), [InputRequired(_l("Choose a password."))])
    language = RadioField(_l("Which language do you want to use?"))

    def offer(self, languages: Sequence[str]) -> None:
        self.language.choices = [SelectChoice(code, LANGUAGES[code]) for code in LANGUAGES if code in languages]

    def validate_email(self, field: StringField) -> None:
        if self.kind.data == "email" and not field.data:
            raise StopValidation(_("Write your email address."))

    def validate_phone(self, field: StringField) -> None:
        if self.kind.data == "phone" and not field.data:
            raise StopValidation(_("Write your phone number."))

    def validate_password(self, field: PasswordField) -> None:
        if len(field.data) > LONGEST_PASSWORD:
            raise StopValidation(_("This is too long. Use at most %(most)s characters.", most=LONGEST_PASSWORD))


class AgreementForm(StepForm):
    """The signature: the full name typed, and the consent ticked. `rules_id`: the rules that stand above it."""

    rules_id = HiddenField()
    typed_name = text_line(_l("Your full name"), most=160, required=_l("Write your full name to sign."))
    consent = BooleanField(
        _l("I have read the agreement. I sign it with my typed name, and it counts like a signature on paper."),
        [InputRequired(_l("Check the box to sign."))],
    )


class EnrollForm(StepForm):
    """The last step: a submission id, so that it counts once however often it is sent."""


def seen_id() -> BooleanField:
    return BooleanField(
        _l("I have looked at this person's photo ID."),
        [InputRequired(_l("Look at the photo ID first, and tick the box."))],
    )


class AssistForm(PortalForm):
    """Before a clerk enrolls together with somebody."""

    birth_date = DatePartsField(
        _l("Birth date, as the person says it"), [DateNeeded(_l("Write the birth date.")), SensibleYear()]
    )
    seen = seen_id()


class SlipForm(PortalForm):
    """Before a recovery slip is printed."""

    seen = seen_id()
