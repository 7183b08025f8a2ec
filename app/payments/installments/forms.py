"""Forms of paying in parts."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import RadioField
from wtforms.validators import InputRequired

from app.core.i18n import gettext
from app.core.i18n import lazy_gettext as _
from app.core.money import format_cents
from app.payments.installments.rules import even_parts
from app.web.forms import PortalForm


class PartsForm(PortalForm):
    """In how many parts."""

    parts = RadioField(
        _("In how many parts do you want to pay?"),
        coerce=int,
        validators=[InputRequired(_("Choose a number of parts."))],
    )

    def offer(self, numbers: Sequence[int], owed_cents: int) -> None:
        """The numbers of parts that the court's rules allow for what is owed."""
        self.parts.choices = [
            (
                number,
                gettext(
                    "%(number)s parts, the first one %(amount)s",
                    number=number,
                    amount=format_cents(even_parts(owed_cents, number)[0]),
                ),
            )
            for number in numbers
        ]
