"""Forms of notes."""

from __future__ import annotations

from wtforms import BooleanField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.cases.notes.services import LONGEST
from app.cases.referral_forms import why
from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm


class NoteForm(PortalForm):
    """A shared note is asked about once more before it is saved: see the view."""

    text = TextAreaField(_l("Note"), validators=[DataRequired(_l("Write the note.")), Length(max=LONGEST)])
    shared = BooleanField(_l("Show this note to the participant"))


class StrikeNoteForm(PortalForm):
    reason = why(_l("Write why the note is struck out."))
