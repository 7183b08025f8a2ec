"""What operators did, in words for the console's log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.audit import Outcome
from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _l
from app.court_admin.audit_words import action_words

# What stands in the platform's log alone; the rest has its words in the courts' audit.
WORDS: Mapping[str, LazyString] = {
    "operator.create": _l("Made an operator"),
    "operator.reset": _l("Gave an operator a new password and app"),
    "operator.sign_in": _l("Signed in"),
    "operator.sign_in_refused": _l("A sign-in was refused"),
    "operator.open_court": _l("Opened a court"),
    "operator.invite_facilitator": _l("Invited a facilitator"),
    "operator.add_guideline": _l("Added a year of poverty guidelines"),
    "operator.name_approver": _l("Named an approver of the curriculum"),
    "operator.end_approver": _l("Ended an approver of the curriculum"),
    "operator.sign_off": _l("Signed off a version of a module"),
    "operator.take_back_sign_off": _l("Took back a sign-off of a module"),
    "operator.publish_module": _l("Published a version of a module"),
    "operator.import_video": _l("Brought a video in"),
    "operator.withdraw_recording": _l("Withdrew a recording"),
    "operator.ask_export": _l("Asked for the court's whole data"),
}
HIDDEN = ("account", "place", "operator")  # keyed hashes that limits count by, and the id beside the name


def log_words(action: str) -> str:
    """What happened; the bare name of an action that a later release wrote."""
    known = WORDS.get(action)
    return action_words(action, Outcome.DONE) if known is None else str(known)


def detail_words(detail: Mapping[str, Any]) -> str:
    """What was recorded, in a line: `key: value`, and for a change what was there before."""
    old, new = detail.get("old"), detail.get("new")
    parts = [f"{key}: {value}" for key, value in detail.items() if key not in (*HIDDEN, "old", "new")]
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        parts = [f"{key}: {_value(old.get(key))} → {_value(new.get(key))}" for key in changed] + parts
    return "; ".join(parts)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        value = " / ".join(str(one) for one in value.values())
    return "-" if value in (None, "") else str(value)
