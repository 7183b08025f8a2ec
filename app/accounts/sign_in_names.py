"""How a learner signs in: by email, by phone, or by a name that the court gives out. Pure."""

from __future__ import annotations

import re
import secrets
import unicodedata

from app.accounts.rules import is_email, normalize_email, typed

SHORTEST_NAME, LONGEST_NAME = 4, 60

# Plain, short, hard to mishear, and saying nothing about anybody.
_FIRST = """
amber april autumn basil birch blue brave bright brown calm cedar clear clover copper coral crisp daisy early
fair fern fresh gentle golden grand green happy hazel honest indigo ivory jade keen kind lemon lilac lively
lucky lunar maple mellow merry mild mint misty modern noble olive orange pearl plain polar proud quick quiet
rapid rosy royal ruby rustic sandy scarlet silver simple sky smooth solar spring steady summer sunny swift
tidy topaz true velvet violet warm white wide willow winter wise yellow
"""
FIRST = tuple(_FIRST.split())
_SECOND = """
acorn anchor apple arch badge banjo basket beach bell bench bird boat bridge brook button cabin camera candle
canyon chair circle cloud comet creek desert door eagle falcon farm feather field forest fox garden gate
guitar harbor hill island kettle kite ladder lake lamp lantern leaf meadow mirror moon mountain nest ocean
otter paddle path piano pine planet pond puzzle rabbit rain ribbon river road robin rocket sail shell shore
star stone stream table tent tiger tower trail train tree turtle valley violin wagon water wave window
"""
SECOND = tuple(_SECOND.split())

_GIVEN = re.compile(f"({'|'.join(FIRST)})({'|'.join(SECOND)})(\\d{{4}})")


def made_up_name() -> str:
    """Two plain words and four digits, such as `blue-river-4821`."""
    return f"{secrets.choice(FIRST)}-{secrets.choice(SECOND)}-{secrets.randbelow(10_000):04d}"


def normalize(text: str | None) -> tuple[str, str]:
    """(kind, sign-in name) of what somebody typed; kind is email, phone or name. Never raises: a look-up may fail.

    Phones: United States unless they begin with +; stored as +15551234567. Names: lower case, words joined by hyphens.
    """
    plain = typed(text)
    if "@" in plain:
        return "email", normalize_email(plain)
    if (phone := _phone(plain)) is not None:
        return "phone", phone
    return "name", _name(plain)


def is_valid(kind: str, name: str) -> bool:
    """Whether a normalized sign-in name can be an account's."""
    if kind == "email":
        return is_email(name)
    if kind == "phone":
        return re.fullmatch(r"\+\d{8,15}", name) is not None
    return kind == "name" and SHORTEST_NAME <= len(name) <= LONGEST_NAME


def shown(name: str) -> str:
    """A stored sign-in name as people write it: a phone number of the United States as (555) 123-4567."""
    found = re.fullmatch(r"\+1(\d{3})(\d{3})(\d{4})", name)
    return "({}) {}-{}".format(*found.groups()) if found else name


def _phone(text: str) -> str | None:
    if not re.fullmatch(r"[+\d\s().\-/]+", text):
        return None
    digits = "".join(c for c in text if c.isdigit() and c.isascii())
    if text.startswith("+"):
        return f"+{digits}" if 8 <= len(digits) <= 15 else None
    if len(digits) == 11 and digits.startswith("1"):
        return f"+{digits}"
    return f"+1{digits}" if len(digits) == 10 else None


def _name(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    if given := _GIVEN.fullmatch("".join(c for c in folded if c.isalnum())):
        return "-".join(given.groups())
    return "-".join(re.findall(r"[^\W_]+", folded))[:LONGEST_NAME]
