"""Forms of what is done for several people at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.accountability.changing.forms import LONGEST, READ_BY_ALL, WRITE_IT, OrderForm
from app.caseload.acting.reassigning import RunningCase
from app.caseload.acting.rules import Details, What
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


DETAILS = {What.EXCUSE: ReasonForm, What.EXTEND: UntilForm, What.REASSIGN: OfficerForm, What.RETURN: ReasonForm}
