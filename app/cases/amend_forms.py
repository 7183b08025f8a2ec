"""The form that changes a referral: the same facts as when it was made, filled in, and the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from uuid import UUID

from wtforms import FieldList, Form, FormField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, StopValidation

from app.cases.amending import PERSON, HearingDay, ReferralFacts
from app.cases.form_parts import ClockField, SensibleYear, given
from app.cases.referral_forms import CaseFactsForm, why
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.forms import DatePartsField

HEARING_BOXES = 3


class HearingForm(Form):  # type: ignore[misc]  # WTForms ships no types
    """One hearing of several; an empty date takes it off the list."""

    on_date = DatePartsField(_l("Date of the hearing"), [Optional(), SensibleYear()])
    at_time = ClockField(_l("Time of the hearing"), [Optional()])


class AmendForm(CaseFactsForm):
    """The facts as they stand, the hearings to come, and why something changes."""

    hearings = FieldList(FormField(HearingForm), min_entries=HEARING_BOXES, max_entries=HEARING_BOXES)
    reason = why(_l("Write why this is changed."))

    def fill(self, facts: ReferralFacts) -> None:
        """Put the facts into the boxes: every case number has one, and one is free. Call it after `offer`."""
        for name in (*PERSON, "order_date", "deadline", "case_ends_on"):
            self[name].data = getattr(facts, name)
        self.officer_id.data = str(facts.officer_id or "")
        self.pending.data = not facts.case_numbers
        while len(self.case_numbers) <= len(facts.case_numbers):
            self.case_numbers.append_entry()
        self.label_case_numbers()
        for box, number in zip(self.case_numbers.entries, facts.case_numbers, strict=False):
            box.data = number
        for entry, (on_date, at_time) in zip(self.hearings.entries, facts.hearings, strict=False):
            entry.form.on_date.data, entry.form.at_time.data = on_date, at_time

    def keep_choices(self, facts: ReferralFacts) -> None:
        """A language or officer that is no longer offered may stay as it is. Call it after `offer`."""
        for field, value in ((self.language, facts.language), (self.officer_id, str(facts.officer_id or ""))):
            if value not in {choice.value for choice in field.choices}:
                field.choices = [*field.choices, SelectChoice(value, _("As it is now"))]

    def validate_hearings(self, field: FieldList) -> None:
        faults = []
        for entry in field.entries:
            on_date, at_time = entry.form.on_date, entry.form.at_time
            fault = ""
            if on_date.data is not None and on_date.data < self._today:
                fault = _("A hearing to come must be today or later.")
            elif at_time.data is not None and on_date.data is None and not on_date.errors:
                fault = _("Write the date of the hearing too.")
            if fault:
                on_date.errors = [*on_date.errors, fault]  # a list of boxes shows only its boxes' errors
                faults.append(fault)
        if faults:
            raise StopValidation(faults[0])

    def to_facts(self, before: ReferralFacts) -> ReferralFacts:
        """What the referral is to say; papers, and hearings beyond the boxes, stay as they are in `before`."""
        days = {
            (entry.form.on_date.data, entry.form.at_time.data) for entry in self.hearings if entry.form.on_date.data
        }
        hearings = tuple(sorted({*days, *before.hearings[HEARING_BOXES:]}, key=_by_day))
        return replace(
            before,
            given_names=self.given_names.data,
            family_names=self.family_names.data,
            birth_date=given(self.birth_date),
            email=self.email.data or "",
            phone=self.phone.data or "",
            language=self.language.data,
            case_numbers=self.numbers(),
            order_date=given(self.order_date),
            deadline=given(self.deadline),
            case_ends_on=self.case_ends_on.data,
            officer_id=UUID(self.officer_id.data) if self.officer_id.data else None,
            # The same days in another order are no change.
            hearings=before.hearings if set(hearings) == set(before.hearings) else hearings,
        )


def _by_day(hearing: HearingDay) -> tuple[date, time]:
    return hearing[0], hearing[1] or time()
