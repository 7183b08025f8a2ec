"""Forms of signing in, invitations and one's own account."""

from __future__ import annotations

from wtforms import EmailField, HiddenField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from app.accounts.rules import typed
from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm

PASSWORD = _l("Enter your password.")
CODE = _l("Enter the 6 digits that your app shows.")


class SignInForm(PortalForm):
    """A learner's sign-in."""

    sign_in_name = StringField(
        _l("Email, phone number or sign-in name"),
        [InputRequired(_l("Enter your email, your phone number or the sign-in name that you got."))],
        filters=[typed],
    )
    password = PasswordField(_l("Password"), [InputRequired(PASSWORD)])
    next = HiddenField()


class StaffSignInForm(PortalForm):
    email = EmailField(_l("Email address"), [InputRequired(_l("Enter your email address."))], [typed])
    password = PasswordField(_l("Password"), [InputRequired(PASSWORD)])
    next = HiddenField()


class CodeForm(PortalForm):
    """Six digits of the authenticator app."""

    code = StringField(_l("6-digit code"), [InputRequired(CODE)], [typed])
    next = HiddenField()


class NewPasswordForm(PortalForm):
    """Join with a sign-in of one's own."""

    password = PasswordField(_l("Choose a password"), [InputRequired(_l("Choose a password."))])
    again = PasswordField(
        _l("The same password again"), [EqualTo("password", _l("The two passwords are not the same."))]
    )


class KnownPasswordForm(PortalForm):
    """Join with the sign-in that one has at another court."""

    password = PasswordField(_l("Your password"), [InputRequired(PASSWORD)])


class KnownPersonForm(KnownPasswordForm):
    code = StringField(_l("6-digit code"), [InputRequired(CODE)], [typed])


class InviteForm(PortalForm):
    display_name = StringField(
        _l("Name"),
        [
            InputRequired(_l("Enter the person's name.")),
            Length(max=120, message=_l("Use at most 120 characters.")),
        ],
        [typed],
    )
    email = EmailField(
        _l("Email address at work"),
        [
            InputRequired(_l("Enter an email address like name@example.com.")),
            Length(max=254, message=_l("Use at most 254 characters.")),
        ],
        [typed],
    )
    role = SelectField(_l("Role"), [InputRequired(_l("Choose a role from the list."))])


class LanguageForm(PortalForm):
    language = RadioField(_l("Language of your pages and mails"))
