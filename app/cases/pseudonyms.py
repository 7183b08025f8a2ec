"""What facilitators call somebody: they see no name and no case."""

from __future__ import annotations

from uuid import UUID

from app.core.i18n import gettext as _

# No letters or digits that look alike on paper or on the telephone.
_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 4


def pseudonym(enrollment_id: UUID) -> str:
    """The same words for the same enrollment on every page: "Participant 7F3K". Says nothing about the person."""
    rest, signs = enrollment_id.int & 0xFFFFFFFFFFFF, ""  # the random end of the id
    for _place in range(_LENGTH):
        rest, sign = divmod(rest, len(_SIGNS))
        signs += _SIGNS[sign]
    return str(_("Participant %(signs)s", signs=signs))
