"""The mark of a lesson's page: what its signs of life carry, so that they come from a page that was given out.

It follows from the sign-in and the lesson, so nothing is stored, and the mark of another lesson, person or device fits
nowhere else.
"""

from __future__ import annotations

import hmac

from app.core.runtime import runtime
from app.permissions.identity import Identity

LENGTH = 32


def mark_of(slug: str, lesson: str, actor: Identity) -> str:
    """The mark that the page of a lesson is given in this sign-in."""
    return runtime().keyring.digest("link-token", _what(slug, lesson, actor))[:LENGTH]


def is_mark_of(mark: str, slug: str, lesson: str, actor: Identity) -> bool:
    """Whether `mark` was given to this sign-in for this lesson; also by a key that was replaced meanwhile."""
    known = runtime().keyring.digests("link-token", _what(slug, lesson, actor))
    return any(hmac.compare_digest(mark.encode(), one[:LENGTH].encode()) for one in known)


def _what(slug: str, lesson: str, actor: Identity) -> str:
    return f"lesson-page/{actor.session_id}/{slug}/{lesson}"
