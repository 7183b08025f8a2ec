"""The words for a request and for proof, as learners and the court read them."""

from __future__ import annotations

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from tenants.program import Proof

STATE_WORDS: dict[str, LazyString] = {
    "draft": _("Not sent yet"),
    "submitted": _("Waiting for the court"),
    "needs_proof": _("The court asks for proof"),
    "under_review": _("The court is looking at it"),
    "granted_full": _("Granted in full"),
    "granted_partial": _("Granted in part"),
    "denied": _("Not granted"),
    "more_time": _("More time to pay"),
    "installments": _("To be paid in parts"),
    "revoked": _("Taken back"),
    "reconsideration": _("Asked again, waiting for the court"),
}

PROOF_WORDS: dict[Proof, LazyString] = {
    Proof.NOT_NEEDED: _("You do not need proof."),
    Proof.IF_ASKED: _("You do not need proof now. The court may ask for it."),
    Proof.ALWAYS: _("The court needs proof of income or benefits. Ask now, then bring or mail a copy to the clerk."),
}
