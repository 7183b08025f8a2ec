"""Forms: one base class, one date field, one rule for a form sent twice."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField
from wtforms.i18n import get_translations
from wtforms.validators import StopValidation

from app.core.errors import Refused, StaleForm
from app.core.i18n import LANGUAGES, current_language
from app.core.i18n import gettext as _
from app.core.submissions import Claim, claim


@lru_cache(maxsize=len(LANGUAGES))
def _words_of_wtforms(language: str) -> Any:
    return get_translations([language, "en"])  # theirs are fewer than ours may be


class PortalForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Every form carries a submission id (sent twice, one effect) and, when it edits a row, the row's version."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # as FlaskForm
        def get_translations(self, form: Any) -> Any:
            """WTForms' own words in the reader's language. Flask-WTF would read their catalog anew at every request."""
            return _words_of_wtforms(current_language())

    submission_id = HiddenField(default=lambda: str(uuid4()))
    row_version = HiddenField()

    def claim(self, verb: str) -> Claim:
        """Claim this form's submission inside a `transaction()`; only act when `.first`."""
        try:
            return claim(UUID(str(self.submission_id.data)), verb)
        except ValueError:
            raise StaleForm from None

    def expect_version(self, row: Any) -> None:
        """Raises StaleForm when somebody else saved `row` since this form was opened."""
        if str(row.row_version) != str(self.row_version.data):
            raise StaleForm

    def show(self, refused: Refused) -> None:
        """Put a service's refusal at its field (or on top of the form)."""
        field = self._fields.get(refused.field) if refused.field else None
        if field is None:
            self.form_errors.append(refused.message)
        else:
            field.errors = [*field.errors, refused.message]


class DatePartsField(Field):  # type: ignore[misc]  # WTForms ships no types
    """A date typed as month, day and year, the way USWDS asks for a memorable date. `data` is a date or None."""

    PARTS = ("month", "day", "year")

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.data: date | None = None
        self._typed: dict[str, str] | None = None

    def _value_parts(self) -> dict[str, str]:
        """What stands in the three boxes: what was typed, else the date."""
        if self._typed is not None:
            return self._typed
        if self.data is None:
            return dict.fromkeys(self.PARTS, "")
        return {"month": str(self.data.month), "day": str(self.data.day), "year": str(self.data.year)}

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(None, **({} if data is None else {"data": data}))
        if formdata is None or not any(f"{self.name}-{part}" in formdata for part in self.PARTS):
            return
        self._typed = {part: formdata.get(f"{self.name}-{part}", "").strip()[:10] for part in self.PARTS}
        self.raw_data = [value for value in self._typed.values() if value]
        self.data = None
        if self.raw_data:
            self._parse(self._typed)

    def _parse(self, typed: dict[str, str]) -> None:
        try:
            self.data = date(int(typed["year"]), int(typed["month"]), int(typed["day"]))
        except (ValueError, OverflowError):  # no calendar has the day, or no number of C the year
            self.process_errors = [_("Enter a real date, with month, day and year, such as 4 / 28 / 1986.")]


class DateRequired:
    """A date must be given."""

    field_flags = {"required": True}  # noqa: RUF012 - WTForms reads it as a class attribute

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data is None:
            message = None if field.process_errors else _("Enter a date.")
            raise StopValidation(message) if message else StopValidation()
