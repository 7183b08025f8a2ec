"""Forms of signing in, invitations and one's own account."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from wtforms import EmailField, HiddenField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import EqualTo, InputRequired, Length

from app.accounts.rules import typed
from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm


def typed_text(text: str | None) -> str:
    """A sentence or two, on one line."""
    return typed(" ".join((text or "").split()), 1000)


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


class RecoveryCodeForm(PortalForm):
    """One of the ten codes that stand in for the app."""

    code = StringField(_l("Recovery code"), [InputRequired(_l("Enter one of your recovery codes."))], [typed])
    next = HiddenField()


class ForgotForm(PortalForm):
    email = EmailField(_l("Email address"), [InputRequired(_l("Enter your email address."))], [typed])


class ProvePasswordForm(PortalForm):
    """The password once more, before something that an open session alone must not do."""

    current = PasswordField(_l("Your password now"), [InputRequired(PASSWORD)])


class NewPasswordForm(PortalForm):
    """A new password, twice."""

    password = PasswordField(_l("Choose a password"), [InputRequired(_l("Choose a password."))])
    again = PasswordField(
        _l("The same password again"), [EqualTo("password", _l("The two passwords are not the same."))]
    )


class ChangePasswordForm(PortalForm):
    current = PasswordField(_l("Your password now"), [InputRequired(PASSWORD)])
    password = PasswordField(_l("Choose a password"), [InputRequired(_l("Choose a password."))])
    again = PasswordField(
        _l("The same password again"), [EqualTo("password", _l("The two passwords are not the same."))]
    )


class SlipForm(NewPasswordForm):
    """The code of a recovery slip, and the password from now on."""

    code = StringField(_l("Code on your slip"), [InputRequired(_l("Write the code from your slip."))], [typed])


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


class InviteFileForm(PortalForm):
    file = FileField(_l("CSV file"), [FileRequired(_l("Choose a file."))])


class ConfirmFileForm(PortalForm):
    """The text of the file that was looked at; it is checked once more before anybody is invited."""

    text = HiddenField()


class ReasonForm(PortalForm):
    reason = TextAreaField(
        _l("Reason"),
        [
            InputRequired(_l("Write a reason.")),
            Length(max=500, message=_l("Use at most 500 characters.")),
        ],
        [typed_text],
    )


class LanguageForm(PortalForm):
    language = RadioField(_l("Language of your pages and mails"))
