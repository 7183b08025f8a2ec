"""Forms of reports and of their verification."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf.file import FileField
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.core.i18n import LANGUAGES
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.reports.snapshot import ReportKind
from app.reports.words import KIND_WORDS
from app.web.forms import PortalForm


class RequestReportForm(PortalForm):
    """Which report of a case, in which language. The service says why a kind can not be had, so any text passes."""

    kind = SelectField(_l("Kind of report"), validate_choice=False)
    language = SelectField(_l("Language"), validate_choice=False)

    def offer(self, kinds: Sequence[ReportKind], languages: Sequence[str]) -> None:
        self.kind.choices = [(kind.value, str(KIND_WORDS[kind])) for kind in kinds]
        self.language.choices = [(code, LANGUAGES[code]) for code in languages]


class StatementForm(PortalForm):
    """The button that makes a statement of the fee, in one of the court's languages."""

    language = SelectField(_l("Language"), validate_choice=False)

    def offer(self, languages: Sequence[str], preferred: str) -> None:
        self.language.choices = [(code, LANGUAGES[code]) for code in languages]
        if not self.is_submitted() and preferred in languages:
            self.language.data = preferred


class RetryForm(PortalForm):
    """The button that has a failed report made again."""


class VerifyForm(PortalForm):
    """What stands on the paper: the address beside the QR code, or the number."""

    reference = StringField(
        _l("Document number, or the address beside the code"),
        [InputRequired(_l("Type the number or the address that stands on the document.")), Length(max=400)],
    )
    code = StringField(_l("Check code"), [Optional(), Length(max=40)])


class VerifyFileForm(PortalForm):
    """The file that somebody was given."""

    file = FileField(_l("The PDF file"))

    def content(self) -> bytes:
        """The file's bytes; empty, with an error at the field, when none was chosen."""
        content: bytes = self.file.data.read() if self.file.data else b""
        if not content:
            self.file.errors = [_("Choose the file.")]
        return content
