"""Enrollment codes: how one is made, read back from what a person typed, and checked before any look-up.

The form is `RIV-7K3M-9QXP-4TWH-RC`: the court's prefix (2 to 6 letters), then a body of 13 random characters and one
check character. 13 characters out of 29 are 63 bits. The alphabet has no 0 O 1 I L U, nor S, so that a typed S can only
be a 5. Its size is a prime: with weights that are all different and never zero, the check character catches every
single wrong character and every swap of two characters, in the prefix too.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

ALPHABET = "23456789ABCDEFGHJKMNPQRTVWXYZ"
RANDOM_LENGTH = 13
BODY_LENGTH = RANDOM_LENGTH + 1
LONGEST_TYPED = 80

_PRIME = len(ALPHABET)
# A prefix may hold every letter. Those outside the alphabet borrow a digit's value: no digit stands in a prefix, so all
# 26 letters still differ from each other. S has the value of 5, because one is read as the other.
_VALUES = {char: value for value, char in enumerate(ALPHABET)}
_VALUES |= {letter: _VALUES[digit] for letter, digit in zip("ILOUS", "23465", strict=True)}

_PREFIX = re.compile(r"[A-Z]{2,6}")
_BODY = re.compile(f"[{ALPHABET}]{{{BODY_LENGTH}}}")
# Repairs are made only where a character cannot stand and looks like exactly one that can.
_PREFIX_REPAIR = str.maketrans({"0": "O", "5": "S"})
_BODY_REPAIR = str.maketrans({"S": "5"})
_MARKS = "-\u2212_./"  # what else people put between groups; U+2212 is the minus sign
_SEPARATORS = {"Pd", "Zs", "Zl", "Zp", "Cf", "Cc"}  # Unicode categories: dashes, spaces, invisible characters


def _check_character(prefix: str, random_part: str) -> str:
    """The character that makes the weighted sum zero; its own weight is 1, its neighbor's 2, and so on leftwards."""
    total = sum(weight * _VALUES[char] for weight, char in enumerate(reversed(prefix + random_part), start=2))
    return ALPHABET[-total % _PRIME]


def _grouped(prefix: str, body: str) -> str:
    return "-".join([prefix, *(body[at : at + 4] for at in range(0, BODY_LENGTH, 4))])


def new_code(prefix: str) -> str:
    """A new code in its canonical form. `prefix`: 2 to 6 capital letters, else ValueError."""
    if not _PREFIX.fullmatch(prefix):
        raise ValueError("a prefix is 2 to 6 letters A to Z")
    random_part = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return _grouped(prefix, random_part + _check_character(prefix, random_part))


def _compact(typed: str) -> str:
    """Capitals without any separator; one character more than `LONGEST_TYPED` is enough to be no code."""
    text = unicodedata.normalize("NFKC", typed[: LONGEST_TYPED + 1]).upper()
    kept = "".join(c for c in text if c not in _MARKS and unicodedata.category(c) not in _SEPARATORS)
    return unicodedata.normalize("NFKC", kept)


def normalize(typed: str) -> str:
    """What was typed, in canonical form: case, spaces, dashes of every kind, look-alikes that cannot be meant.

    Text that has not the shape of a code comes back without separators, and never passes `looks_valid`.
    """
    compact = _compact(typed)
    prefix = compact[:-BODY_LENGTH].translate(_PREFIX_REPAIR)
    body = compact[-BODY_LENGTH:].translate(_BODY_REPAIR)
    if _PREFIX.fullmatch(prefix) and _BODY.fullmatch(body):
        return _grouped(prefix, body)
    return compact


def prefix_of(typed: str) -> str | None:
    """The court's prefix, also when the rest is mistyped, so that the way to the court's own page is found."""
    # The group set apart by the person comes first: with a character missing or too many, counting would mislead.
    first, *rest = re.split(r"[\W_]+", unicodedata.normalize("NFKC", typed[:LONGEST_TYPED]).strip().upper())
    first = first.translate(_PREFIX_REPAIR)
    if rest and _PREFIX.fullmatch(first):
        return first
    prefix = _compact(typed)[:-BODY_LENGTH].translate(_PREFIX_REPAIR)
    return prefix if _PREFIX.fullmatch(prefix) else None


def looks_valid(code: str) -> bool:
    """Whether the shape and the check character are right; says nothing about whether such a code was issued."""
    compact = normalize(code).replace("-", "")
    prefix, body = compact[:-BODY_LENGTH], compact[-BODY_LENGTH:]
    if not (_PREFIX.fullmatch(prefix) and _BODY.fullmatch(body)):
        return False
    return body[-1] == _check_character(prefix, body[:-1])


def grouped(code: str) -> str:
    """The code in its printed groups, from any spelling of it; ValueError when it is no code."""
    if not looks_valid(code):
        raise ValueError("not an enrollment code")
    return normalize(code)


def last_four(code: str) -> str:
    """The last four characters, which a clerk sees; ValueError when it is no code."""
    return grouped(code).replace("-", "")[-4:]
