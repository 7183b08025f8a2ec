"""The form for a court's program rules."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm

LARGEST_DOLLARS = Decimal(1_000_000)
SPARE_FEES = 2  # empty rows for further parts of the fee
MOST_FEES = 12
MOST_LINES = 6


def printable(value: str | None) -> str:
    """What was typed without control characters, which no paper can show and the database refuses."""
    return "".join(c for c in value or "" if c.isprintable() or c in "\r\n").strip()


class WholeNumberField(IntegerField):  # type: ignore[misc]  # WTForms ships no types
    """A whole number, with the complaint in our words."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([value.strip()[:12] for value in valuelist])
        except ValueError:
            raise ValueError(f"{self.label.text}: {_('Enter a whole number.')}") from None

    def _value(self) -> str:
        return printable(super()._value())


class DollarsField(StringField):  # type: ignore[misc]  # WTForms ships no types
    """An amount typed in dollars; `data` is integer cents, or None for an empty box."""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = (valuelist[0] if valuelist else "").strip()
        self.data = None
        if not typed:
            return
        try:
            dollars = Decimal(typed[:20].removeprefix("$").replace(",", ""))
        except InvalidOperation:
            dollars = Decimal("NaN")
        if not dollars.is_finite() or not 0 <= dollars <= LARGEST_DOLLARS or dollars != round(dollars, 2):
            raise ValueError(_("Enter an amount in dollars, such as 300 or 49.50."))
        self.data = int(dollars * 100)

    def _value(self) -> str:
        if self.raw_data:
            return printable(self.raw_data[0])
        return "" if self.data is None else f"{Decimal(self.data) / 100:.2f}"


class FeeForm(Form):  # type: ignore[misc]  # WTForms ships no types
    """One part of the fee. A row without name and amount is no part."""

    key = HiddenField()
    label = StringField(_l("Name of this part"), filters=[printable])
    amount = DollarsField(_l("Amount in dollars"))
    payee = StringField(_l("Who gets it"), filters=[printable])
    legal_basis = StringField(_l("Law or order behind it"), filters=[printable])
    waivable = BooleanField(_l("The court may waive this part"))

    @property
    def is_blank(self) -> bool:
        return not self.label.data and not (self.amount.raw_data and self.amount.raw_data[0].strip())


class RulesForm(PortalForm):
    """`row_version` is the number of the version that was in force when the page was opened."""

    modules = SelectMultipleField(
        _l("Required modules"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    pass_percent = WholeNumberField(_l("Score to pass a quiz, in percent"))
    quiz_attempts = WholeNumberField(_l("Tries at a quiz"))
    deadline_days = WholeNumberField(_l("Days to finish the course"))

    fees = FieldList(FormField(FeeForm), max_entries=MOST_FEES)

    months = WholeNumberField(_l("Months of check-ins"))
    window_days = WholeNumberField(_l("Days to send a check-in"))
    grace_days = WholeNumberField(_l("Extra days after that"))
    misses_allowed = WholeNumberField(_l("Missed check-ins before the court is told"))

    letterhead_lines = TextAreaField(_l("Address lines"), filters=[printable])
    phone = StringField(_l("Phone"), filters=[printable])
    email = StringField(_l("Email"), filters=[printable])
    signatory_name = StringField(_l("Name of the person who signs"), filters=[printable])
    signatory_title = StringField(_l("Title of the person who signs"), filters=[printable])

    emblem = FileField(_l("Emblem"))
    kept_emblem = HiddenField()  # the hash of a picture that an earlier try of this form sent
    without_emblem = BooleanField(_l("Take the emblem away"))

    reason = TextAreaField(
        _l("Why are the rules changed?"),
        filters=[printable],
        validators=[InputRequired(_l("Say why, so that others understand it later.")), Length(max=500)],
    )

    def add_spare_fees(self) -> None:
        """Empty rows at the end, for parts of the fee that are new."""
        blank = sum(entry.form.is_blank for entry in self.fees.entries)
        for _row in range(min(SPARE_FEES - blank, MOST_FEES - len(self.fees.entries))):
            self.fees.append_entry({"waivable": True, "payee": ""})

    def complain(self, path: tuple[str | int, ...], message: str) -> None:
        """Put `message` at a field: its name, or ("fees", row, name) for a part of the fee; else on top of the form.

        The field's label goes before it: the summary on top of the page shows messages without their fields.
        """
        match path:
            case ("fees", int(row), str(name)) if row < len(self.fees.entries):
                _add(self.fees.entries[row].form[name], message)
                self.fees.errors = [entry.errors for entry in self.fees.entries]
            case (str(name),) if name in self._fields:
                _add(self._fields[name], message)
            case _:
                self.form_errors.append(message)


def _add(field: Any, message: str) -> None:
    field.errors = [*field.errors, f"{field.label.text}: {message}"]
