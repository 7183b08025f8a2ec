"""The states of a transfer and of its parcel, and who may bring them about. Pure."""

from __future__ import annotations

from datetime import timedelta

from app.cases.rules import LEARNER, SYSTEM, Moves, transition
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _

DAYS_TO_ANSWER = timedelta(days=21)  # the participant's, and then the receiving court's
REPLY_KEPT = timedelta(days=60)  # the new code, on the participant's page at the sending court
FILES_AT_MOST = 15 * 1024 * 1024  # bytes of documents in one parcel
STAFF = "case.transfer"

# Out: at the court that sends.
OUT_MOVES = Moves(
    "transfer out",
    "asked",
    (
        transition("asked", "agreed", LEARNER, _("The participant agreed."), "consent"),
        transition("asked", "declined", LEARNER, _("The participant did not agree.")),
        transition("asked agreed", "withdrawn", STAFF, _("Taken back."), "not_accepted_yet"),
        transition("asked agreed", "expired", SYSTEM, _("Nobody answered in time."), "expiry_passed"),
        transition("agreed", "refused", SYSTEM, _("The other court did not take the case."), "reason"),
        transition("agreed", "moved", SYSTEM, _("The case has moved."), "accepted"),
    ),
)
# In: at the court that receives.
IN_MOVES = Moves(
    "transfer in",
    "accepted",
    (
        transition("accepted", "received", SYSTEM, _("The case is here."), "handed_over"),
        transition("accepted", "withdrawn", SYSTEM, _("It came to nothing: the case ended at the other court.")),
    ),
)
PARCEL_MOVES = Moves(
    "parcel",
    "offered",
    (
        transition("offered", "accepted", STAFF, _("Accepted."), "receiving_court"),
        transition("offered", "refused", STAFF, _("Not accepted."), "receiving_court", "reason"),
        transition("offered accepted", "withdrawn", STAFF, _("Taken back."), "sending_court"),
        transition("offered", "expired", SYSTEM, _("Nobody answered in time."), "expiry_passed"),
        transition("accepted", "handed_over", SYSTEM, _("Handed over."), "sending_court"),
        transition("handed_over", "received", SYSTEM, _("Received."), "receiving_court"),
    ),
)

OUT_WORDS: dict[str, tuple[LazyString, str]] = {
    "asked": (_("Waits for the participant"), "info"),
    "agreed": (_("Waits for the other court"), "info"),
    "declined": (_("The participant did not agree"), "neutral"),
    "withdrawn": (_("Taken back"), "neutral"),
    "expired": (_("Nobody answered in time"), "neutral"),
    "refused": (_("Not accepted by the other court"), "attention"),
    "moved": (_("Moved"), "good"),
}
IN_WORDS: dict[str, tuple[LazyString, str]] = {
    "offered": (_("Waits for your answer"), "attention"),
    "accepted": (_("Accepted, on its way"), "info"),
    "handed_over": (_("Accepted, on its way"), "info"),
    "received": (_("The case is here"), "good"),
    "refused": (_("Not accepted"), "neutral"),
    "withdrawn": (_("Taken back by the other court"), "neutral"),
    "expired": (_("Nobody answered in time"), "neutral"),
}
# Documents that may go along, by key.
DOCUMENT_WORDS: dict[str, LazyString] = {
    "order": _("Signed order"),
    "agreement": _("Signed agreement"),
    "report": _("Newest report"),
}
