"""Every check, one after the other; none stops the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from smtplib import SMTPException

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.notices.sender import MailFailed
from app.operator.doctoring.checks import CHECKS
from app.operator.doctoring.surroundings import FAULTS, WORTH_A_LOOK
from app.reports.rotating import NotRotated
from app.web.assets import AssetsNotBuilt

FAILURES = (
    *(SQLAlchemyError, RedisError, OSError, SMTPException, MailFailed),
    *(AssetsNotBuilt, NotRotated, LookupError, ValueError),
)
Check = Callable[[], Iterator[str]]


@dataclass(frozen=True)
class Finding:
    """One thing tried. `fault` is empty when it works, else what is wrong; `warning`: what will be wrong one day."""

    name: str
    fault: str = ""
    warning: str = ""


def examine() -> list[Finding]:
    """Needs an application context of the command line."""
    found = []
    for name in dict.fromkeys([*CHECKS, *FAULTS, *WORTH_A_LOOK]):
        fault = "; ".join(said for check in (CHECKS.get(name), FAULTS.get(name)) if check and (said := _said(check)))
        # Where something is broken, that it will break is no news.
        warning = _said(WORTH_A_LOOK[name]) if name in WORTH_A_LOOK and not fault else ""
        found.append(Finding(name, fault, warning))
    return found


def _said(check: Check) -> str:
    try:
        return "; ".join(check())
    except FAILURES as error:
        # The first line only: drivers add the address that they tried, password and all.
        return f"{type(error).__name__}: {(str(getattr(error, 'orig', None) or error).splitlines() or [''])[0]}"


def words(found: Finding) -> str:
    """A line for a person."""
    if found.fault:
        return f"{found.name}: FAULT: {found.fault}"
    return f"{found.name}: works; worth a look: {found.warning}" if found.warning else f"{found.name}: works"
