"""Forms of a transfer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wtforms import IntegerField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.accounts.models import Membership
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.models import StoredFile
from app.transfers.rules import DOCUMENT_WORDS
from app.web.forms import DatePartsField, DateRequired, PortalForm


class AskForm(PortalForm):
    """Why a case should move, and which documents go along."""

    reason = TextAreaField(_l("Why the case should move"), validators=[InputRequired(), Length(max=1000)])
    documents = SelectMultipleField(
        _l("Documents that go along"),
        validators=[Optional()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer(self, files: Mapping[str, StoredFile]) -> None:
        """Fill in the documents that there are. Call it before validating."""
        self.documents.choices = [SelectChoice(key, str(DOCUMENT_WORDS[key])) for key in files]


class AcceptForm(PortalForm):
    """How an offered case goes on here."""

    deadline = DatePartsField(_l("Deadline for the lessons"), [DateRequired()])
    officer_id = SelectField(_l("Officer"), validators=[Optional()])
    check_ins_counted = IntegerField(
        _l("Check-ins from the other court that count here"), validators=[InputRequired(), NumberRange(0, 200)]
    )

    def offer(self, officers: Sequence[Membership]) -> None:
        """Fill in the choices. Call it before validating."""
        self.officer_id.choices = [
            SelectChoice("", _("Nobody yet")),
            *(SelectChoice(str(one.id), one.display_name) for one in officers),
        ]


class RefuseForm(PortalForm):
    """Why an offered case is not taken."""

    reason = TextAreaField(_l("Why not"), validators=[InputRequired(), Length(max=1000)])
