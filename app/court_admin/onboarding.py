"""A court joins: its row, its first rules, its first administrator.

Two roles take part, so it is two transactions: the platform role opens the court, then the court's own scope gets rules
and an invitation, both or neither. A run that stopped between the two is finished by running it again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts.invitations import invite
from app.accounts.rules import is_email, normalize_email
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.audit import audit
from app.core.errors import Refused
from app.core.i18n import LANGUAGES
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.court_admin.models import note
from app.court_admin.module_standing import refuse_unready
from app.permissions.identity import Role
from tenants import rules
from tenants.database import acting_as, role_transaction, transaction
from tenants.keys import uuid7
from tenants.models import Court, CourtFormerSlug
from tenants.program import load_preset, preset_names
from tenants.resolve import RESERVED
from tenants.rules import NoRules, rules_in_force

SLUG = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
PREFIX = re.compile(r"[A-Z]{2,6}")
LONGEST_NAME = 120  # characters, as a line of the letterhead
COURT_TYPES = ("municipal", "county", "district", "superior", "problem_solving", "tribal", "other")
EVERY_COURTS_WORDS = {
    *("the", "of", "for", "in", "and", "court", "courts", "city", "county", "state"),
    *("superior", "municipal", "district"),
}
PRESETS = {
    "municipal": _l("Municipal court"),
    "county_diversion": _l("County diversion, run by a prosecutor"),
    "county_probation": _l("Probation after a plea"),
    "problem_solving": _l("Problem-solving court"),
    "pilot_no_fees": _l("Pilot without fees"),
}
REGIONS = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI"
)


@dataclass(frozen=True)
class NewCourt:
    """A court as it is asked for, checked by `check`."""

    name: str
    slug: str  # first segment of its addresses
    code_prefix: str  # two to six capital letters before its enrollment codes
    county: str
    region: str  # USPS, two letters
    time_zone: str  # IANA
    languages: tuple[str, ...]
    preset: str
    administrator_email: str
    administrator_name: str
    court_type: str = ""  # one of COURT_TYPES, or not said


def create_court(*, operator_id: UUID | None = None, **values: Any) -> Court:
    """Open a court, publish the preset as version 1 of its rules, and invite its first administrator by mail.

    `values` as `cleaned` takes them. Needs the `platform` and the application's role (the command line has both). Run
    again after it stopped half-way, with the same address and prefix, it does what is missing. Raises Refused with the
    parameter at fault.
    """
    new = cleaned(**values)
    check(new)
    check_modules(new)
    with role_transaction("platform") as platform:
        court = begun(platform, new) or open_court(platform, new, operator_id)
        platform.expunge(court)
    with acting_as(court.id):
        furnish(new, court.id)
    return court


def cleaned(
    *,
    name: str,
    slug: str,
    code_prefix: str,
    county: str,
    region: str,
    time_zone: str,
    languages: tuple[str, ...] = ("en",),
    preset: str,
    administrator_email: str,
    administrator_name: str,
    court_type: str | None = None,
) -> NewCourt:
    """A court as it was typed, in the form in which it is kept. Not checked yet."""
    return NewCourt(
        name=name.strip(),
        slug=slug.strip().lower(),
        code_prefix=code_prefix.strip().upper(),
        county=county.strip(),
        region=region.strip().upper(),
        time_zone=time_zone.strip(),
        languages=tuple(dict.fromkeys(languages)),
        preset=preset,
        administrator_email=normalize_email(administrator_email),
        administrator_name=administrator_name.strip(),
        court_type=court_type or "",
    )


def check(new: NewCourt) -> None:
    """Everything that can be known without the database. Raises Refused for the first fault."""
    for field, message in faults(new).items():
        raise Refused(message, field)


def check_modules(new: NewCourt) -> None:
    """Raises Refused at `preset` when its rules require a module that no court can require yet."""
    try:
        refuse_unready(load_preset(new.preset).to_json())
    except Refused as refused:
        raise Refused(refused.message, "preset") from None


def faults(new: NewCourt) -> dict[str, str]:
    """Everything that is wrong and can be known without the database, by field."""
    found = {
        "name": name_fault(new.name),
        "slug": slug_fault(new.slug),
        "code_prefix": None if PREFIX.fullmatch(new.code_prefix) else _("The code prefix is two to six letters."),
        "county": None if 0 < len(new.county) <= LONGEST_NAME else _("Give the county."),
        "region": None if new.region in REGIONS.split() else _("Give the state as two letters, such as CA."),
        "time_zone": None if _is_zone(new.time_zone) else _("Give a time zone such as America/Chicago."),
        "languages": _languages_fault(new.languages),
        "preset": None
        if new.preset in preset_names()
        else _("There is no preset %(preset)s. Choose one of: %(names)s.", preset=new.preset, names=_presets()),
        "administrator_email": None
        if is_email(new.administrator_email)
        else _("Give the administrator's email address."),
        "administrator_name": None if new.administrator_name else _("Give the administrator's name."),
        "court_type": None if new.court_type in ("", *COURT_TYPES) else _("Choose the type from the list."),
    }
    return {field: str(message) for field, message in found.items() if message}


def name_fault(name: str) -> str | None:
    return None if 0 < len(name) <= LONGEST_NAME else str(_("Give the court's name."))


def suggested_slug(name: str) -> str:
    """`Riverside County Court` -> `riverside-county-court`."""
    return "-".join(_plain_words(name))[:40].strip("-")


def suggested_prefix(name: str) -> str:
    """`Superior Court of Maple County` -> `MAPL`: from the words that tell this court from others."""
    words = _plain_words(name)
    own = [word for word in words if word not in EVERY_COURTS_WORDS] or words
    return "".join(c for c in "".join(own) if c.isalpha())[:4].upper()


def _plain_words(name: str) -> list[str]:
    return "".join(c if c.isascii() and c.isalnum() else " " for c in name.lower()).split()


def preset_title(name: str) -> str:
    """What a preset is called in the reader's language."""
    return str(PRESETS.get(name, name.replace("_", " ").capitalize()))


def _presets() -> str:
    return ", ".join(preset_names())


def slug_fault(slug: str) -> str | None:
    if not SLUG.fullmatch(slug):
        return str(_("The address is 3 to 40 small letters, digits and hyphens, starting with a letter."))
    if slug in RESERVED:
        return str(_("The address %(slug)s is kept for the portal itself.", slug=slug))
    return None


def _languages_fault(languages: tuple[str, ...]) -> str | None:
    if not languages or set(languages) - set(LANGUAGES):
        return str(_("Choose from these languages: %(names)s.", names=", ".join(LANGUAGES)))
    return None


def _is_zone(name: str) -> bool:
    try:
        return "/" in name and bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def begun(platform: Session, new: NewCourt) -> Court | None:
    """The court of an earlier run that may have stopped half-way; None when nothing of this court is there."""
    found = platform.scalars(
        select(Court).where(or_(Court.slug == new.slug, Court.code_prefix == new.code_prefix))
    ).all()
    same = [court for court in found if (court.slug, court.code_prefix) == (new.slug, new.code_prefix)]
    if same and same[0].name == new.name:
        return same[0]
    if any(court.slug == new.slug for court in found):
        raise Refused(_("The address %(slug)s belongs to another court.", slug=new.slug), "slug")
    if found:
        raise Refused(_("The prefix %(prefix)s belongs to another court.", prefix=new.code_prefix), "code_prefix")
    if platform.get(CourtFormerSlug, new.slug) is not None:
        raise Refused(_("The address %(slug)s once was another court's.", slug=new.slug), "slug")
    return None


def open_court(platform: Session, new: NewCourt, operator_id: UUID | None, *, court_id: UUID | None = None) -> Court:
    """The court's row, and its line in the platform's log."""
    court = Court(
        id=court_id or uuid7(),
        slug=new.slug,
        code_prefix=new.code_prefix,
        name=new.name,
        county=new.county,
        region=new.region,
        time_zone=new.time_zone,
        languages=list(new.languages),
        court_type=new.court_type,
        created_at=clock.now(),
    )
    platform.add(court)
    platform.flush()
    note(
        platform,
        "operator.open_court",
        operator_id=operator_id,
        court_id=court.id,
        detail={"slug": new.slug, "preset": new.preset},
    )
    platform.flush()
    return court


def furnish(new: NewCourt, court_id: UUID, *, actor: Actor = SYSTEM) -> None:
    """Rules and invitation, together. Raises Refused when the court has its rules already: it is whole."""
    with transaction():
        try:
            rules_in_force()
        except NoRules:
            pass
        else:
            raise Refused(_("The court %(slug)s exists already, with its rules.", slug=new.slug), "slug")
        published = rules.publish(
            load_preset(new.preset),
            by=None,
            reason=_("Starting rules: %(preset)s", preset=preset_title(new.preset)),
            at=clock.now(),
        )
        audit(
            "court_admin.open_court",
            actor=actor,
            subject=("court", court_id),
            new={"slug": new.slug, "preset": new.preset, "rules_version": published.version},
        )
        invite(
            email=new.administrator_email,
            display_name=new.administrator_name,
            role=Role.ADMINISTRATOR,
            actor=actor,
        )
