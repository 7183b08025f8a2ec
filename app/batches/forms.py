"""Forms of batches and schedules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.batches.lookups import Wanted
from app.batches.rules import What
from app.batches.words import WHAT_WORDS
from app.core.i18n import LANGUAGES
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.reports.correcting.services import LONGEST_REASON
from app.web.forms import DatePartsField, PortalForm

ALL = ""


class WantedForm(PortalForm):
    """What somebody wants many of."""

    what = RadioField(_l("What is to be made?"), default=What.PROGRESS)
    officer = SelectField(_l("Of whose people?"), validate_choice=True, default=ALL)
    from_day = DatePartsField(_l("Completed on this day or later"))
    to_day = DatePartsField(_l("Completed on this day or earlier"))
    language = SelectField(_l("Language"))

    def offer(self, officers: Sequence[tuple[UUID, str]], languages: Sequence[str]) -> None:
        """Fill in the choices. Call it before validating."""
        self.what.choices = [SelectChoice(one.value, str(WHAT_WORDS[one])) for one in What]
        people = [SelectChoice(str(key), name) for key, name in officers]
        self.officer.choices = [SelectChoice(ALL, _("Everybody whom I see")), *people]
        self.language.choices = [(code, LANGUAGES[code]) for code in languages]

    def validate(self, extra_validators: Mapping[str, Sequence[object]] | None = None) -> bool:
        sound = bool(super().validate(extra_validators))
        if self.from_day.data and self.to_day.data and self.from_day.data > self.to_day.data:
            self.to_day.errors = [*self.to_day.errors, _("This day is before the first one.")]
            return False
        return sound

    def wanted(self) -> Wanted:
        """What was chosen; the days only for what is made of people who completed the program."""
        what = What(self.what.data)
        ended = what in (What.CERTIFICATE, What.FINAL)
        return Wanted(
            what,
            UUID(self.officer.data) if self.officer.data and what is not What.CASELOADS else None,
            self.from_day.data if ended else None,
            self.to_day.data if ended else None,
        )


class StartForm(WantedForm):
    """The same, once it was shown what it comes to: `people` is how many those were."""

    people = HiddenField()


class BatchForm(PortalForm):
    """A button of a batch or a schedule."""


class CorrectListForm(PortalForm):
    """What is wrong with a report about many people."""

    reason = TextAreaField(
        _l("What is wrong with it"),
        [InputRequired(_l("Write down what is wrong with the report.")), Length(max=LONGEST_REASON)],
        description=_l("This stands on the new report: everybody who gets it reads it. Name nobody."),
    )


class RevokeListForm(PortalForm):
    """Why a report about many people is taken back."""

    reason = TextAreaField(
        _l("Why it is taken back"),
        [InputRequired(_l("Write down why the document is taken back.")), Length(max=LONGEST_REASON)],
        description=_l(
            "The court's people who may see the report read this. Whoever checks the document only learns that it was "
            "taken back."
        ),
    )
