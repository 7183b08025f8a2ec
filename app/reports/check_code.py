"""The short code beside a document's number: for who has the paper and no camera, and will not type 43 characters.

It follows from the token on the paper, so papers that were issued before there were codes have one too. Eight
characters out of 29 are 38 bits: enough where guesses are counted, and it shows initials and a birth year only.
"""

from __future__ import annotations

import hashlib
import hmac

from app.cases.codes import ALPHABET

LENGTH = 8


def code_of(verify_url: str) -> str:
    """The code of the token at the end of the address, in two groups: `7K3M-9QXP`."""
    token = verify_url.rpartition("/")[2]
    value = int.from_bytes(hashlib.sha256(f"check-code:{token}".encode()).digest(), "big")
    letters = []
    for _place in range(LENGTH):
        value, rest = divmod(value, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"


def is_code_of(typed: str, verify_url: str) -> bool:
    """Whether somebody typed the code of this address, whatever the capitals, spaces and dashes."""
    plain = "".join(c for c in typed.upper() if c.isalnum()).replace("S", "5")
    return hmac.compare_digest(plain.encode(), code_of(verify_url).replace("-", "").encode())
