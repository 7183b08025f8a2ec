"""Forms that correct a report or take one back."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from app.core.i18n import lazy_gettext as _l
from app.reports.correcting.services import LONGEST_REASON
from app.web.forms import PortalForm


class CorrectForm(PortalForm):
    """What is wrong with the report."""

    reason = TextAreaField(
        _l("What is wrong with it"),
        [InputRequired(_l("Write down what is wrong with the report.")), Length(max=LONGEST_REASON)],
        description=_l(
            "This stands on the new report: the person, their lawyer and the court read it. Name no victim, no child "
            "and no health matter."
        ),
    )


class RevokeForm(PortalForm):
    """Why the report is taken back."""

    reason = TextAreaField(
        _l("Why it is taken back"),
        [InputRequired(_l("Write down why the document is taken back.")), Length(max=LONGEST_REASON)],
        description=_l(
            "The person and the court's people who see the case read this. Whoever checks the document only learns "
            "that it was taken back."
        ),
    )
