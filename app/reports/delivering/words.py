"""Deliveries in words: ways, states, why one failed."""

from __future__ import annotations

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from tenants.report_delivery import Way

WAY_WORDS: dict[str, LazyString] = {
    Way.INBOX: _("Reports for you"),
    Way.MAIL: _("Mail with a link"),
    Way.PRINT: _("On paper"),
    Way.FOLDER: _("The court's folder"),
}

STATE_WORDS: dict[str, tuple[LazyString, str]] = {
    "waiting": (_("Waits"), "info"),
    "on_its_way": (_("On its way"), "info"),
    "delivered": (_("Delivered"), "good"),
    "acknowledged": (_("Received"), "good"),
    "failed": (_("Not delivered"), "problem"),
    "stopped": (_("Not needed any more"), "neutral"),
}

BATCH_WORDS: dict[str, tuple[LazyString, str]] = {
    "requested": (_("Being put together"), "info"),
    "ready": (_("Ready to print"), "attention"),
    "failed": (_("Could not be made"), "problem"),
    "handed_over": (_("Printed and handed over"), "good"),
    "dropped": (_("Put back"), "neutral"),
}

# By the code in `error`; see drops.py and jobs.py.
DELIVERY_FAILURES: dict[str, LazyString] = {
    "no_folder": _("No folder is set up for this court. JaneSchool can set one up."),
    "not_reached": _("The folder could not be reached."),
    "refused": _("The server of the folder refused the file."),
    "not_written": _("The file could not be written to the folder."),
    "mail_came_back": _("The mail could not be sent, or it came back."),
    "nobody_there": _("This person is no longer on the court's staff."),
    "file_missing": _("The file of the report is not where it was put."),
    "not_drawn": _("The cover sheets could not be drawn."),
    "unknown": _("Something went wrong on our side."),
}
