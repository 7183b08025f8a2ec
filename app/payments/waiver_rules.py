"""The words for a request and for proof, as learners and the court read them."""

from __future__ import annotations

from app.cases.rules import STATE_WORDS as CASE_WORDS
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _
from tenants.program import Proof

STATE_WORDS: dict[str, LazyString] = CASE_WORDS["waiver"]

PROOF_WORDS: dict[Proof, LazyString] = {
    Proof.NOT_NEEDED: _("You do not need proof."),
    Proof.IF_ASKED: _("You do not need proof now. The court may ask for it."),
    Proof.ALWAYS: _("The court needs proof of income or benefits. Ask now, then bring or mail a copy to the clerk."),
}
