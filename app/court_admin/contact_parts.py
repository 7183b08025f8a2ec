"""What an administrator is asked about reaching the court."""

from __future__ import annotations

from app.core.i18n import lazy_gettext as _
from app.court_admin.questions import Kind, Part, Question

_HELP_HINT = _("Participants see it where they ask for a change, and with the court's answer.")

HOURS = (
    Question(
        ("contact", "hours", "en"),
        _("Office hours in English"),
        Kind.LINE,
        _("At the foot of every page, such as: Monday to Friday, 8:30 AM to 4:30 PM."),
        optional=True,
        left_out_if_blank=True,
        name="hours_en",
        language="en",
    ),
    Question(
        ("contact", "hours", "es"),
        _("Office hours in Spanish"),
        Kind.LINE,
        _("For people who use the portal in Spanish."),
        optional=True,
        left_out_if_blank=True,
        name="hours_es",
        language="es",
    ),
)

HELP = Part(
    "help",
    _("Help to take part"),
    _(
        "Whom participants can ask about changes that help them to take part, such as more time or large print. "
        "Most courts name their ADA coordinator. Where a line is blank, people are sent to the court's own phone."
    ),
    (
        Question(("ada_contact", "name"), _("Name or title"), Kind.LINE, _HELP_HINT, optional=True),
        Question(("ada_contact", "phone"), _("Phone"), Kind.LINE, _HELP_HINT, optional=True),
        Question(("ada_contact", "email"), _("Email"), Kind.LINE, _HELP_HINT, optional=True),
    ),
)
