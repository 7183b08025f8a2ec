"""The federal poverty guidelines: an operator adds a new year's without a release. Runs as the platform role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.i18n import gettext as _
from app.court_admin.models import note
from app.payments.guidelines import forget_guidelines
from app.payments.models import PovertyGuideline
from tenants.database import session, transaction

REGIONS = ("contiguous", "alaska", "hawaii")
SHOWN = 60  # rows: twenty years
FARTHEST_DAYS = 400  # ahead


def known_rows() -> Sequence[PovertyGuideline]:
    """What was added, the newest first; at most the last SHOWN."""
    query = select(PovertyGuideline).order_by(
        PovertyGuideline.effective.desc(), PovertyGuideline.region, PovertyGuideline.added_at.desc()
    )
    return session().scalars(query.limit(SHOWN)).all()


def add_year(effective: date, amounts: Mapping[str, tuple[int, int]], *, source: str, actor: Actor) -> None:
    """Add the guideline of each region (annual cents for one person, and for each further one) from a day on.

    For a day that is there already it is a correction: the later addition counts. Requests that were sent keep the
    figures of their day. Raises Refused with the field.
    """
    if set(amounts) != set(REGIONS):
        raise Refused(_("Enter the figures of all three regions."), "base_contiguous")
    if (effective - clock.now().date()).days > FARTHEST_DAYS:
        raise Refused(_("This is more than a year ahead. Check the date."), "effective")
    for region, (base, person) in amounts.items():
        for name, cents in (("base", base), ("person", person)):
            if cents < 1 or cents % 100:
                raise Refused(_("Enter whole dollars, as the notice states them."), f"{name}_{region}")
        if person >= base:
            raise Refused(
                _("Check both amounts: the one for a further person must be less than the one for one person."),
                f"person_{region}",
            )
    with transaction() as current:
        for region in REGIONS:
            base, person = amounts[region]
            current.add(
                PovertyGuideline(
                    effective=effective,
                    region=region,
                    base_cents=base,
                    per_person_cents=person,
                    source=source,
                    added_at=clock.now(),
                    added_by=actor.id,
                )
            )
        current.flush()
        figures = {region: f"{base // 100} + {person // 100}" for region, (base, person) in amounts.items()}
        note(
            current,
            "operator.add_guideline",
            operator_id=actor.id,
            detail={"effective": effective.isoformat(), **figures, "source": source},
        )
    forget_guidelines()
