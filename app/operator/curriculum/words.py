"""Words of the curriculum's pages."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _l
from app.curriculum.schema import SIGNED_OFF_BY

PART_WORDS: Mapping[str, LazyString] = {
    "survivor": _l("For survivors"),
    "legal": _l("For the law"),
    "translator": _l("For the translation"),
}
assert tuple(PART_WORDS) == SIGNED_OFF_BY
