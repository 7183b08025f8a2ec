"""What people type, read the same way in a form and in a file."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, time

EARLIEST_YEAR = 1900
TIME_FORMATS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p", "%I %p", "%I%p")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def one_line(value: str) -> str:
    """Without outer spaces; a tab, a line end or any other control character is a space."""
    if value.isprintable():
        return value.strip()
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in value).strip()


def is_email(value: str) -> bool:
    """Looks like an email address."""
    return _EMAIL.fullmatch(value) is not None


def is_phone(value: str) -> bool:
    """Ten digits, with or without the country's 1; numbers of other countries begin with a plus sign."""
    digits = "".join(c for c in value if c.isdigit())
    return (value.startswith("+") and len(digits) >= 8) or len(digits.removeprefix("1")) == 10


def clock_words(value: str) -> str:
    """A time of day as `TIME_FORMATS` expect it: `2:30 p.m.` becomes `2:30 PM`."""
    return value.strip().upper().replace(".", "")


def time_of_day(value: str) -> time:
    """`14:30`, `2:30 PM` or `2 pm` as a time. Raises ValueError."""
    for form in TIME_FORMATS:
        try:
            return datetime.strptime(clock_words(value), form).time()  # noqa: DTZ007 - a time of day has no zone
        except ValueError:
            continue
    raise ValueError("no time of day")
