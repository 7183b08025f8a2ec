"""The forms of referrals and codes, for staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask_wtf.file import FileField
from wtforms import BooleanField, Field, FieldList, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, StopValidation

from app.accounts.models import Membership
from app.cases.form_parts import ClockField, DateNeeded, EmailForm, PhoneForm, SensibleYear, given, text_line
from app.cases.lookups import AGREEMENT, ORDER
from app.cases.rules import case_number_key
from app.cases.services import NewReferral
from app.core.i18n import LANGUAGES, LazyString
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.forms import DatePartsField, PortalForm

CASE_NUMBER_BOXES = 4


def why(words: LazyString) -> Field:
    """A reason that must be given; `words` ask for it when it is missing."""
    return text_line(_l("Reason"), most=200, required=words)


class PaperForm(PortalForm):
    """A form with a file to send, or the one that was sent before when the form had other faults."""

    BOX: str
    PURPOSE: str

    @property
    def kept_field(self) -> Field:
        """The hidden box that remembers a file which an earlier try of this form sent."""
        return self[f"{self.BOX}_id"]

    @property
    def kept_file_id(self) -> UUID | None:
        """The file that an earlier try sent; whose it is, the service checks."""
        try:
            return UUID(str(self.kept_field.data))
        except ValueError:
            return None


class OrderForm(PaperForm):
    """The signed order."""

    BOX, PURPOSE = "order_file", ORDER
    order_file = FileField(_l("Signed order"))
    order_file_id = HiddenField()
    reason = why(_l("Write why the order is replaced."))


class AgreementForm(PaperForm):
    """The participation agreement, signed on paper."""

    BOX, PURPOSE = "agreement_file", AGREEMENT
    agreement_file = FileField(_l("Agreement signed on paper"))
    agreement_file_id = HiddenField()
    reason = why(_l("Write why the agreement is replaced."))


class CaseFactsForm(PortalForm):
    """What a court tells of a person and a case, when it refers and whenever it amends."""

    given_names = text_line(_l("Given names"), most=80, required=_l("Write the given names."))
    family_names = text_line(_l("Family names"), most=80, required=_l("Write the family names."))
    birth_date = DatePartsField(_l("Birth date"), [DateNeeded(_l("Write the birth date.")), SensibleYear()])
    # At least: a row of a file may give more, and they all have to be there when the referral is amended.
    case_numbers = FieldList(text_line(_l("Case number"), most=60), min_entries=CASE_NUMBER_BOXES)
    pending = BooleanField(_l("The case number is pending"))
    order_date = DatePartsField(
        _l("Date of the order"), [DateNeeded(_l("Write the date of the order.")), SensibleYear()]
    )
    deadline = DatePartsField(_l("Deadline for the lessons"), [DateNeeded(_l("Write the deadline.")), SensibleYear()])
    case_ends_on = DatePartsField(_l("Date on which the case ends"), [Optional(), SensibleYear()])
    officer_id = SelectField(_l("Officer"), validators=[Optional()])
    language = SelectField(_l("Language"))
    email = text_line(_l("Email"), most=254, validators=[EmailForm()])
    phone = text_line(_l("Phone"), most=30, validators=[PhoneForm()])

    def offer(self, officers: Sequence[Membership], languages: Sequence[str], today: date) -> None:
        """Fill in the choices; `today` is court-local. Call it before validating."""
        self.officer_id.choices = [
            SelectChoice("", _("Nobody yet")),
            *(SelectChoice(str(officer.id), officer.display_name) for officer in officers),
        ]
        self.language.choices = [SelectChoice(code, LANGUAGES[code]) for code in LANGUAGES if code in languages]
        self._today: date = today
        self.label_case_numbers()

    def label_case_numbers(self) -> None:
        """Say which box is which."""
        for number, box in enumerate(self.case_numbers.entries[1:], start=2):
            box.label.text = _("Case number %(number)s", number=number)

    def validate_order_date(self, field: DatePartsField) -> None:
        if given(field) > self._today:
            raise StopValidation(_("The date of the order can not be in the future."))

    def validate_birth_date(self, field: DatePartsField) -> None:
        if given(field) > self._today:
            raise StopValidation(_("The birth date can not be in the future."))

    def validate_case_numbers(self, field: FieldList) -> None:
        given = self.numbers()
        if bool(given) != bool(self.pending.data):
            return
        fault = (
            _("Write the case number, or tick that it is pending, not both.")
            if given
            else _("Write the case number, or tick that it is pending.")
        )
        field.entries[0].errors = [*field.entries[0].errors, fault]  # a list of boxes shows only its boxes' errors
        raise StopValidation(fault)

    def numbers(self) -> tuple[str, ...]:
        """The case numbers that were written, each once."""
        written: dict[str, str] = {}
        for number in self.case_numbers.data:
            if (key := case_number_key(number or "")) is not None:
                written.setdefault(key, number)
        return tuple(written.values())


class ReferralForm(CaseFactsForm, PaperForm):
    """Everything that a court tells of somebody it refers."""

    BOX, PURPOSE = "order_file", ORDER
    order_file = FileField(_l("Signed order"))
    order_file_id = HiddenField()
    hearing_on = DatePartsField(_l("Date of the next hearing"), [Optional(), SensibleYear()])
    hearing_at = ClockField(_l("Time of the next hearing"), [Optional()])
    refer_again = BooleanField(_l("Refer anyway"))
    again_reason = text_line(_l("Why the person is referred again"), most=200)

    def validate_hearing_on(self, field: DatePartsField) -> None:
        if field.data is not None and field.data < self._today:
            raise StopValidation(_("The next hearing must be today or later."))

    def validate_hearing_at(self, field: ClockField) -> None:
        if field.data is not None and self.hearing_on.data is None:
            raise StopValidation(_("Write the date of the hearing too."))

    def to_new(self) -> NewReferral:
        """What the service wants to know; only the fields of this form, whatever else was sent."""
        return NewReferral(
            given_names=self.given_names.data,
            family_names=self.family_names.data,
            birth_date=given(self.birth_date),
            order_date=given(self.order_date),
            deadline=given(self.deadline),
            case_numbers=self.numbers(),
            officer_id=UUID(self.officer_id.data) if self.officer_id.data else None,
            hearing_on=self.hearing_on.data,
            hearing_at=self.hearing_at.data,
            email=self.email.data or "",
            phone=self.phone.data or "",
            language=self.language.data,
            order_file_id=self.kept_file_id,
            case_ends_on=self.case_ends_on.data,
        )

    def reason_to_refer_again(self) -> str:
        """What was written beside the tick; empty unless both are there."""
        return (self.again_reason.data or "") if self.refer_again.data else ""


class IssueCodeForm(PortalForm):
    """Nothing but a submission id: sent twice, it makes one code."""


class RevokeCodeForm(PortalForm):
    """Why a code is taken back."""

    reason = text_line(_l("Reason"), most=200, required=_l("Write why the code is taken back."))


class ReasonForm(PortalForm):
    """Why a case is put on hold, goes on or ends."""

    reason = text_line(
        _l("Reason"), most=200, required=_l("Write the reason."), description=_l("Staff of this court can read it.")
    )
