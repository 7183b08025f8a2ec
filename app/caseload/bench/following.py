"""What follows of a decision, in sentences, before it is made."""

from __future__ import annotations

from app.accountability.terminating.rules import Verdict
from app.cases.rules import STATE_WORDS
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.payments.deciding.rules import Outcome


def after_verdict(verdict: Verdict) -> list[str]:
    """Of a decision about the end of a program."""
    told = _("The participant is told with a discreet message, and can read the reason.")
    if verdict is Verdict.TERMINATED:
        return [
            _("The program ends now. Lessons and check-ins close for good."),
            told,
            _("This can not be undone here. A new referral would begin anew."),
        ]
    return [
        _("The program is not ended by this proposal."),
        _("The case stays with the court until you let the program go on, or somebody proposes its end anew."),
        told,
    ]


def after_go_on(held_from: str, *, proposed: bool) -> list[str]:
    """Of letting a program go on. `held_from`: the state that was left; `proposed`: an end is proposed."""
    stage = STATE_WORDS["enrollment"].get(held_from, "")
    said = [
        _("The program goes on where it stopped: %(stage)s.", stage=stage) if stage else _("The program goes on."),
        _("What fell into the time with the court gets new days."),
    ]
    if proposed:
        said.append(_("The proposal to end the program is taken back, and the participant is told."))
    return said


def after_waiver(outcome: Outcome, days: int) -> list[str]:
    """Of an answer to a request for a waiver. `days`: how long the participant can ask for another look."""
    said = {
        Outcome.FULL: _("All of the fee that can be waived is waived at once."),
        Outcome.PARTIAL: _("This part of the fee is waived at once. The rest stays owed."),
        Outcome.MORE_TIME: _("Nothing is waived. The fee is due on the last day."),
        Outcome.INSTALLMENTS: _("Nothing is waived. The fee is due in parts, by the rules of the court."),
        Outcome.NEEDS_PROOF: _("The request waits until the proof is in, or the last day is over."),
        Outcome.DENIED: _("Nothing is waived. The fee stays owed."),
    }
    found = [said[outcome], _("The participant is told with a discreet message, and can read your explanation.")]
    if outcome not in (Outcome.FULL, Outcome.NEEDS_PROOF):
        found.append(
            ngettext(
                "The participant can ask the court to look again for %(num)s day.",
                "The participant can ask the court to look again for %(num)s days.",
                days,
            )
        )
    return found
