"""What changed in a case since somebody was heard last: one set of facts and words for officer and judge. Pure."""

from __future__ import annotations

from typing import NamedTuple

from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.money import format_cents


class Changes(NamedTuple):
    """Counts of what happened from a court-local day on; money in cents, less what went back. A page asks for some."""

    modules_passed: int = 0
    check_ins_sent: int = 0
    check_ins_accepted: int = 0
    check_ins_missed: int = 0
    violations_noted: int = 0
    violations_decided: int = 0
    paid_cents: int = 0
    waived_cents: int = 0


def words_of(of: Changes, *, money: bool) -> list[str]:
    """In a few words each, in the reader's language; empty when nothing changed. `money`: the reader may know of it."""
    said = [
        (of.modules_passed, ngettext("%(num)s module passed", "%(num)s modules passed", of.modules_passed)),
        (of.check_ins_sent, ngettext("%(num)s check-in sent", "%(num)s check-ins sent", of.check_ins_sent)),
        (
            of.check_ins_accepted,
            ngettext("%(num)s check-in accepted", "%(num)s check-ins accepted", of.check_ins_accepted),
        ),
        (of.check_ins_missed, ngettext("%(num)s check-in missed", "%(num)s check-ins missed", of.check_ins_missed)),
        (
            of.violations_noted,
            ngettext("%(num)s possible violation noted", "%(num)s possible violations noted", of.violations_noted),
        ),
        (
            of.violations_decided,
            ngettext(
                "%(num)s possible violation decided", "%(num)s possible violations decided", of.violations_decided
            ),
        ),
    ]
    if money:
        said += [
            (max(0, of.paid_cents), _("%(amount)s paid", amount=format_cents(of.paid_cents))),
            (min(0, of.paid_cents), _("%(amount)s paid back", amount=format_cents(-of.paid_cents))),
            (of.waived_cents, _("%(amount)s waived", amount=format_cents(of.waived_cents))),
        ]
    return [str(words) for number, words in said if number]
