"""Forms of the judge's calendar."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm

LONGEST = 2000  # characters
SomeForm = TypeVar("SomeForm", bound=PortalForm)


class GoOnForm(PortalForm):
    """The program goes on."""

    reason = TextAreaField(
        _l("What the court ordered"),
        description=_l("Officer and clerk read it in the case."),
        validators=[DataRequired(_l("Write what the court ordered.")), Length(max=LONGEST)],
    )


class CardsForm(PortalForm):
    """The button that has the bench cards of a day (as 2027-02-10) made."""

    day = HiddenField()


def apart(form: SomeForm, key: UUID) -> SomeForm:
    """The form with boxes of its own, so that several of a kind can stand on one page."""
    for box in form:
        box.id = f"{box.id}-{key}"
        box.label.field_id = box.id
    return form
