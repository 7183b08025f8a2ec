"""Forms of what is done for several people at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from wtforms import (
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.accountability.changing.forms import LONGEST, READ_BY_ALL, WRITE_IT, OrderForm
from app.caseload.acting.reassigning import RunningCase
from app.caseload.acting.rules import HEARD_AT_MOST, SKIP, Details, Own, What
from app.cases.form_parts import given
from app.cases.hearings.forms import RecordForm
from app.cases.hearings.rules import LONGEST as LONGEST_ORDERS
from app.cases.hearings.rules import OUTCOME_WORDS
from app.cases.messages.rules import ReadyText
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.web.forms import DatePartsField, DateRequired, PortalForm

NOBODY = "none"
SCOPES = ("chosen", "page", "all")


class ChooseForm(PortalForm):
    """What to do, and for whom: those with a tick, all of the page, or all of the list. Nothing happens by it."""

    submission_id = row_version = None
    what = SelectField(_l("What to do"), choices=[one.value for one in What])
    scope = RadioField(_l("For whom"), choices=list(SCOPES), default=SCOPES[0])


class ReasonForm(PortalForm):
    """Why."""

    reason = TextAreaField(
        _l("Reason"), description=READ_BY_ALL, validators=[DataRequired(WRITE_IT), Length(max=LONGEST)]
    )

    def details(self) -> Details:
        return Details(reason=self.reason.data.strip())


class UntilForm(OrderForm):
    """Why, until when, and by whose order."""

    until = DatePartsField(_l("New deadline for the lessons"), validators=[DateRequired()])

    def details(self) -> Details:
        order = self.order()
        return Details(
            reason=self.reason.data.strip(),
            until=self.until.data,
            ordered_on=order.on if order else None,
            ordered_by=order.by if order else "",
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """An order has a day and somebody who gave it, or nothing of it was written."""
        fine = bool(super().validate(extra_validators))
        on, by = self.ordered_on, self.ordered_by
        if on.data is None and (by.data or "").strip() and not on.errors:
            on.errors = [_("Write the day of the order.")]
        elif on.data is not None and not (by.data or "").strip():
            by.errors = [_("Write who gave the order.")]
        return fine and not on.errors and not by.errors


class TextForm(PortalForm):
    """Which of the ready texts."""

    text = SelectField(
        _l("Text"),
        description=_l("The participant reads it, and so does everybody who works on the case."),
        validators=[DataRequired(_l("Choose a text."))],
    )

    def offer(self, texts: Sequence[ReadyText]) -> None:
        """Fill in the choices: texts in which nothing is left to fill in. Call it before validating."""
        self._texts = {one.key: one for one in texts if not one.by_hand}
        found = [SelectChoice(one.key, one.title) for one in self._texts.values()]
        self.text.choices = [SelectChoice("", str(_("- Select -"))), *found]

    def details(self) -> Details:
        chosen = self._texts[self.text.data]
        return Details(text=chosen.key, text_en=chosen.en, text_es=chosen.es)


class OwnForm(Form):  # type: ignore[misc]  # WTForms ships no types
    """What is different for one person of several who are heard."""

    who = HiddenField()
    outcome = SelectField(
        _l("What came of it"),
        choices=[
            SelectChoice("", _l("As for everybody")),
            *(SelectChoice(key, words) for key, words in OUTCOME_WORDS.items()),
            SelectChoice(SKIP, _l("Not now: leave this person out")),
        ],
        validators=[Optional()],
    )
    orders = TextAreaField(
        _l("What the judge ordered for this person"),
        description=_l(
            "Instead of the words for everybody, which are for people with the same outcome."
            " Staff of this court and this participant can read it."
        ),
        validators=[Optional(), Length(max=LONGEST_ORDERS)],
    )


class HearingsForm(RecordForm):
    """What came of the hearings of one day. The time of each is the one that was set."""

    people = FieldList(FormField(OwnForm), max_entries=HEARD_AT_MOST)

    def offer(self, people: Mapping[str, Own]) -> None:
        """A part for each of these people, by enrollment id; what was sent stays in it."""
        sent = {entry.form.who.data: entry.form for entry in self.people}
        if set(sent) == set(people):
            return
        while self.people.entries:
            self.people.pop_entry()
        for who, own in people.items():
            self.people.append_entry({"who": who, "outcome": own.outcome, "orders": own.orders})

    def validate_people(self, field: FieldList) -> None:
        """Something else than the usual outcomes needs words."""
        if self.outcome.data == "other":
            return  # the words for everybody are theirs too, and are asked for where they stand
        fault = _("Write what came of it.")
        without = [
            entry.form.orders
            for entry in field
            if entry.form.outcome.data == "other" and not (entry.form.orders.data or "").strip()
        ]
        for box in without:
            box.errors = [fault]  # a list of boxes shows only its boxes' errors
        if without:
            raise StopValidation(fault)

    def details(self) -> Details:
        """Raises Refused for a time without a day."""
        then = self.following()
        orders = (self.orders.data or "").replace("\r\n", "\n").strip()
        return Details(
            on_date=given(self.on_date),
            kind=self.kind.data,
            outcome=self.outcome.data,
            orders=orders,
            next_on=then.on_date if then else None,
            next_at=then.at_time if then else None,
        )

    def own(self) -> dict[UUID, Own]:
        """By enrollment what is one person's alone."""
        return {
            UUID(entry.form.who.data): Own(
                entry.form.outcome.data or "", (entry.form.orders.data or "").replace("\r\n", "\n").strip()
            )
            for entry in self.people
        }


class OfficerForm(PortalForm):
    """To whom, and why. The participant does not read this reason."""

    officer = SelectField(_l("New officer"))
    reason = TextAreaField(
        _l("Reason"),
        description=_l("Staff of this court can read it."),
        validators=[DataRequired(_l("Write why this is changed.")), Length(max=LONGEST)],
    )

    def offer(self, officers: Sequence[tuple[str, str]], *, nobody: bool = True) -> None:
        """Fill in the choices; `nobody`: whether the cases may go to no officer. Call it before validating."""
        self.officer.choices = [SelectChoice("", str(_("- Select -"))), *(SelectChoice(*one) for one in officers)]
        if nobody:
            self.officer.choices.append(SelectChoice(NOBODY, str(_("Nobody: the court's queue"))))
        self.officer.validators = [DataRequired(_("Choose an officer from the list."))]

    def details(self) -> Details:
        chosen = self.officer.data
        return Details(reason=self.reason.data.strip(), officer_id=None if chosen == NOBODY else UUID(chosen))


class ReassignForm(OfficerForm):
    """Which cases of one officer go to whom, and why. Nothing happens by it."""

    submission_id = row_version = None
    which = RadioField(
        _l("Which cases"),
        choices=[SelectChoice("all", _l("All of them")), SelectChoice("picked", _l("Only those that I choose below"))],
        validators=[DataRequired(_l("Choose which cases."))],
    )
    cases = SelectMultipleField(_l("Cases"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())

    def offer_cases(self, cases: Sequence[RunningCase]) -> None:
        """Fill in the cases. Call it before validating."""
        self.cases.choices = [
            SelectChoice(str(one.id), f"{one.name} ({one.number})" if one.number else one.name) for one in cases
        ]

    def validate_cases(self, field: SelectMultipleField) -> None:
        # "All" beside a few ticks is a slip of the hand that would move a whole caseload.
        if self.which.data == "picked" and not field.data:
            raise ValidationError(_("Choose at least one case."))
        if self.which.data == "all" and field.data:
            raise ValidationError(_("You chose single cases and all of them. Choose one of the two."))


class StartForm(PortalForm):
    """Begin what the preview shows."""

    looked_at = HiddenField()  # the version of the action that the preview showed


DETAILS = {
    What.MESSAGE: TextForm,
    What.HEARING: HearingsForm,
    What.EXCUSE: ReasonForm,
    What.EXTEND: UntilForm,
    What.REASSIGN: OfficerForm,
    What.RETURN: ReasonForm,
}
