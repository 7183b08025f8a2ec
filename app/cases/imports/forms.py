"""The forms of a file's way in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from app.cases.imports.columns import COLUMNS, HINTS, LABELS, Column, Kind, faults
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm


class SendFileForm(PortalForm):
    """A file, and what it is for."""

    kind = RadioField(_l("What is in the file?"), default=Kind.REFERRALS)
    file = FileField(_l("CSV file"))

    def offer(self) -> None:
        """Fill in the choices. Call it before validating."""
        self.kind.choices = [
            SelectChoice(Kind.REFERRALS, _("People to refer")),
            SelectChoice(Kind.NUMBERS, _("Case numbers of people who were referred without one")),
        ]


class ColumnsForm(PortalForm):
    """For each of our fields, the column of the file that holds it."""

    given_names = SelectField(LABELS[Column.GIVEN_NAMES], [Optional()])
    family_names = SelectField(LABELS[Column.FAMILY_NAMES], [Optional()])
    full_name = SelectField(LABELS[Column.FULL_NAME], [Optional()])
    birth_date = SelectField(LABELS[Column.BIRTH_DATE], [Optional()])
    case_numbers = SelectField(LABELS[Column.CASE_NUMBERS], [Optional()])
    pending = SelectField(LABELS[Column.PENDING], [Optional()])
    order_date = SelectField(LABELS[Column.ORDER_DATE], [Optional()])
    deadline = SelectField(LABELS[Column.DEADLINE], [Optional()])
    case_ends_on = SelectField(LABELS[Column.CASE_ENDS_ON], [Optional()])
    hearing_on = SelectField(LABELS[Column.HEARING_ON], [Optional()])
    hearing_at = SelectField(LABELS[Column.HEARING_AT], [Optional()])
    officer = SelectField(LABELS[Column.OFFICER], [Optional()])
    language = SelectField(LABELS[Column.LANGUAGE], [Optional()])
    email = SelectField(LABELS[Column.EMAIL], [Optional()])
    phone = SelectField(LABELS[Column.PHONE], [Optional()])
    reference = SelectField(LABELS[Column.REFERENCE], [Optional()])

    def offer(self, kind: Kind, headings: Sequence[str], chosen: Mapping[Column, str]) -> None:
        """Fill in the choices, and what is chosen so far. Call it before validating."""
        self._kind, self._headings = kind, headings
        for column in Column:
            if column not in COLUMNS[kind]:
                del self[column.value]
                continue
            box = self[column.value]
            box.choices = [SelectChoice("", _("Not in the file")), *(SelectChoice(name, name) for name in headings)]
            box.description = str(HINTS.get(column, ""))
            if not self.is_submitted():
                box.data = chosen.get(column, "")

    def mapping(self) -> dict[Column, str]:
        """Our field -> the heading that was chosen."""
        return {column: self[column.value].data for column in COLUMNS[self._kind] if self[column.value].data}

    def validate(self, extra_validators: Mapping[str, Sequence[object]] | None = None) -> bool:
        """All at once: each field's choice, and what they come to together."""
        sound = bool(super().validate(extra_validators))
        wrong = faults(self._kind, self.mapping(), self._headings)
        for column, words in wrong.items():
            box = self[column.value]
            if not box.errors:
                box.errors = [str(words)]
        return sound and not wrong


class ConfirmForm(PortalForm):
    """The last word before people are referred."""

    with_look_alikes = BooleanField(_l("Also bring in rows that are only like another one"))


class CancelForm(PortalForm):
    """Nothing but a submission id and the import's version."""
