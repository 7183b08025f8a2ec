"""What a password and a sign-in name must be. Pure: no database, no web."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from app.core.i18n import gettext as _

LEAST_ALONE = 15  # characters of a password that stands alone
LEAST_WITH_SECOND_FACTOR = 8
MOST = 1000  # far above any password; keeps hashing quick

PRODUCT_WORDS = ("janeschool", "courtportal", "courtprogram")
# Words in many courts' names: to refuse them would refuse half of all good phrases.
_EVERYDAY = """
circuit city common county court courts criminal district diversion general judicial justice municipal north
parish pleas program river school south state superior supreme test town township trial village
"""
EVERYDAY_WORDS = frozenset(_EVERYDAY.split())
SHORTEST_COURT_WORD = 5
SHORTEST_EMAIL_WORD = 4

_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "09876543210",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "qazwsxedcrfvtgbyhn",
)
_LOOKS_LIKE = str.maketrans("013457@$!", "oleastasi")
_EMAIL = re.compile(r"[^@\s<>\"(),:;\\\[\]]+@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")


@cache
def common_passwords() -> frozenset[str]:
    """The commonest passwords and the words that they are made of."""
    return frozenset(Path(__file__).with_name("common_passwords.txt").read_text().split())


def typed(text: str | None, longest: int = 254) -> str:
    """What somebody typed, fit for a look-up: no invisible characters, no outer spaces, not endless."""
    return "".join(c for c in (text or "")[: 4 * longest] if c.isprintable()).strip()[:longest]


def normalize_email(text: str | None) -> str:
    """Lower case, without outer spaces."""
    return typed(text).lower()


def is_email(text: str) -> bool:
    return len(text) <= 254 and text.isascii() and _EMAIL.fullmatch(text) is not None


def context_words(*, court_name: str, email: str = "") -> frozenset[str]:
    """Words that somebody would try first at this court and for this person."""
    in_court = {
        word
        for word in re.findall(r"[^\W\d_]+", court_name.casefold())
        if len(word) >= SHORTEST_COURT_WORD and word not in EVERYDAY_WORDS
    }
    own = _squash(email.partition("@")[0])
    return frozenset({*PRODUCT_WORDS, *in_court, *({own} if len(own) >= SHORTEST_EMAIL_WORD else ())})


def password_fault(password: str, *, least: int, avoid: Iterable[str] = ()) -> str | None:
    """Why this password can not be taken, in plain words; None when it can.

    Counted in characters. No rules of composition; nothing is trimmed. `avoid` as `context_words` gives it.
    """
    if len(password) < least:
        return _too_short(least)
    if len(password) > MOST:
        return str(_("Use at most %(most)s characters.", most=MOST))
    if _is_common(password):
        return str(_("Many people use this password, so it is tried first. Choose other words."))
    squashed = _squash(password)
    for word in sorted(avoid):
        if word in squashed:
            return str(_("“%(word)s” is easy to guess here. Choose other words.", word=word))
    return None


def _too_short(least: int) -> str:
    if least >= LEAST_ALONE:
        return str(
            _("Use at least %(least)s characters. Three or four words together are easy to remember.", least=least)
        )
    return str(_("Use at least %(least)s characters.", least=least))


def _squash(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _is_common(password: str) -> bool:
    folded = password.casefold()
    squashed = _squash(password)
    bare = folded.strip("0123456789!?.,;:*#+-_ @$%&")
    tries = {folded, squashed, bare, squashed.translate(_LOOKS_LIKE), bare.translate(_LOOKS_LIKE)}
    return any(_is_common_word(word) for word in tries if word) or not squashed


def _is_common_word(word: str) -> bool:
    if word in common_passwords() or any(word in row + row for row in _ROWS if len(word) > 3):
        return True
    # One short piece, or one common word, over and over.
    for size in range(1, len(word) // 2 + 1):
        piece = word[:size]
        if len(word) % size == 0 and piece * (len(word) // size) == word:
            return size <= 4 or piece in common_passwords()
    return False
