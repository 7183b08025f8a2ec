"""Forms of payments."""

from __future__ import annotations

import re

from wtforms import SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.i18n import LazyString
from app.core.i18n import lazy_gettext as _l
from app.web.forms import PortalForm

# Below ten million: cents fit into the database's integers.
_DOLLARS = re.compile(r"\$?\s*(\d(?:,\d{3}){2}|\d{1,3}(?:,\d{3})?|\d{1,7})(?:\.(\d{1,2}))?")


class DollarsField(StringField):  # type: ignore[misc]  # WTForms ships no types
    """An amount typed in dollars ($1,200.50 or 1200); `data` stays what was typed, `cents` is the integer or None."""

    cents: int | None = None
    fault: LazyString = _l("Enter an amount in dollars, such as 1200 or 1,200.50.")  # what is said of anything else

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        typed = (self.data or "").strip()
        found = _DOLLARS.fullmatch(typed)
        if found:
            self.cents = int(found[1].replace(",", "")) * 100 + int((found[2] or "").ljust(2, "0"))
        elif typed:
            raise ValueError(str(self.fault))


class Checkboxes(SelectMultipleField):  # type: ignore[misc]  # WTForms ships no types
    """Several of a list, as boxes to check."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PayForm(PortalForm):
    """Only the button."""
