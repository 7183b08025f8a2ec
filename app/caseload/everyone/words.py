"""The list in words."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _

TAB_WORDS: Mapping[str, LazyString] = {
    "all": _("All"),
    "attention": _("Needs attention"),
    "coursework": _("Coursework"),
    "accountability": _("Check-ins"),
    "report": _("Reports due"),
    "paused": _("On hold or returned"),
    "finished": _("Finished"),
}
FLAG_WORDS: Mapping[str, LazyString] = {
    "violation": _("A possible violation is open"),
    "missed": _("Missed a check-in"),
    "review": _("Something to review"),
    "waiver": _("A fee waiver is asked for"),
    "deadline": _("Deadline near or passed"),
    "quiet": _("No activity for a while"),
    "mail": _("Mail does not reach them"),
}
# Each order as it stands in an address, in words.
ORDER_WORDS: Mapping[str, LazyString] = {
    "-activity": _("Last activity, newest first"),
    "activity": _("Last activity, oldest first"),
    "name": _("Name, A to Z"),
    "-name": _("Name, Z to A"),
    "deadline": _("Deadline, earliest first"),
    "-deadline": _("Deadline, latest first"),
    "due": _("Next due, earliest first"),
    "-due": _("Next due, latest first"),
    "hearing": _("Next hearing, earliest first"),
    "-hearing": _("Next hearing, latest first"),
    "progress": _("Progress, least first"),
    "-progress": _("Progress, most first"),
}
