"""Nobody is referred a second time by mistake: one at a time refers, and whoever refers by hand is asked."""

from __future__ import annotations

from app.cases.duplicates import EarlierReferral, candidate, earlier_referrals
from app.cases.models import Enrollment
from app.cases.referring import NewReferral, refer
from app.core.actor import Actor
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.core.turns import take_turn
from tenants.database import transaction


class KnownAlready(Refused):
    """This court has referrals of the same person or case: they are to be looked at first."""

    def __init__(self, earlier: tuple[EarlierReferral, ...]) -> None:
        super().__init__(
            _("This court has a referral of the same person or case. Look at it, or say why you refer anyway."),
            "refer_again",
        )
        self.earlier = earlier


def lock_referring() -> None:
    """One at a time refers people to the court at work, by the form or by a file."""
    take_turn("referring")


def refer_once(new: NewReferral, *, actor: Actor, again_reason: str = "") -> Enrollment:
    """As `refer`. Raises KnownAlready when there are earlier referrals and no reason to refer again is given.

    Two who refer the same person at the same moment take turns, so the second one is asked.
    """
    with transaction():
        lock_referring()
        (earlier,) = earlier_referrals([candidate(new.given_names, new.family_names, new.birth_date, new.case_numbers)])
        if earlier and not again_reason.strip():
            raise KnownAlready(earlier)
        made = refer(new, actor=actor)
        if earlier:
            audit(
                "cases.refer_again",
                actor=actor,
                subject=("referral", made.referral_id),
                case_id=made.referral_id,
                old={"earlier": [str(row.referral_id) for row in earlier]},
                new={"reason": again_reason.strip()},
            )
        return made
