"""What the forms of this package share: careful text boxes and the questions about a person's data."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from wtforms import StringField, TimeField
from wtforms.validators import DataRequired, Length, Optional, StopValidation, ValidationError

from app.cases.typed import EARLIEST_YEAR, TIME_FORMATS, clock_words, is_email, is_phone, one_line
from app.core.i18n import LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.forms import DatePartsField, DateRequired


def on_one_line(value: str | None) -> str | None:
    """What was typed or pasted, without outer spaces; a tab, a line end or any other control character is a space."""
    return one_line(value) if isinstance(value, str) else value


def text_line(
    label: LazyString, *, most: int, required: LazyString | None = None, optional: bool = True, **options: Any
) -> StringField:
    """A one-line box, trimmed, of at most `most` characters; `required` is what to say when it is empty.

    With `optional=False` and nothing required, the form itself decides when it must be filled in.
    """
    first = [DataRequired(required)] if required is not None else [Optional()] if optional else []
    too_long = _l("This is too long. Use at most %(most)s characters.", most=most)
    extra = options.pop("validators", [])
    return StringField(label, [*first, Length(max=most, message=too_long), *extra], filters=[on_one_line], **options)


class EmailForm:
    """Looks like an email address."""

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data and not is_email(field.data):
            raise ValidationError(_("Write an email address such as name@example.com."))


class PhoneForm:
    """Ten digits, with or without the country's 1; numbers of other countries begin with a plus sign."""

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data and not is_phone(field.data):
            raise ValidationError(_("Write a phone number with area code, such as 555-201-4477."))


class DateNeeded(DateRequired):
    """A date must be given; `message` names which, since a page may ask for several."""

    def __init__(self, message: LazyString) -> None:
        self.message = message

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data is None:
            raise StopValidation() if field.process_errors else StopValidation(str(self.message))


class SensibleYear:
    """A year in four digits: the commonest slip with dates."""

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data is not None and field.data.year < EARLIEST_YEAR:
            raise StopValidation(_("Write the year with four digits, such as 1986."))


class ClockField(TimeField):  # type: ignore[misc]  # WTForms ships no types
    """A time of day as `14:30` or `2:30 PM`. `data` is a time or None."""

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, format=list(TIME_FORMATS), **options)
        self.data: time | None

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = [clock_words(value) for value in valuelist]
        try:
            super().process_formdata(typed if any(typed) else [])
        except ValueError:
            self.data = None
            raise ValueError(_("Write a time such as 9:30 AM.")) from None


def given(field: DatePartsField) -> date:
    """The date of a field that was validated as required."""
    assert field.data is not None
    return field.data
