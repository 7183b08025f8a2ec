"""The filter of the audit, as people fill it in. What they type of a case travels in the body, never in an address."""

from __future__ import annotations

from uuid import UUID

from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, ValidationError

from app.core.actor import ActorKind
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.court_admin.audit_filters import Filter
from app.court_admin.audit_lookups import ACTOR_WORDS
from app.court_admin.audit_words import KIND_WORDS
from app.web.forms import DatePartsField, PortalForm


class CheckForm(PortalForm):
    """The button that asks for a check."""


class FilterForm(PortalForm):
    """Which events to show."""

    who = SelectField(_l("Who"), validators=[Optional()])
    kind = SelectField(_l("What"), validators=[Optional()])
    case_words = StringField(_l("Case"), [Optional(), Length(max=200)], filters=[lambda typed: (typed or "").strip()])
    begins = DatePartsField(_l("From this day"), [Optional()])
    ends = DatePartsField(_l("To this day"), [Optional()])

    def offer(self, staff: list[tuple[UUID, str]], wanted: Filter) -> None:
        """Fill the lists; `wanted` is what the address asks for now."""
        chosen = wanted.who
        known = {member for member, _name in staff}
        # Somebody who is not on the staff was chosen by a link: keep them choosable, without a name in the list.
        other = [(str(chosen), _("The person you chose"))] if chosen is not None and chosen not in known else []
        actors = [(str(kind), str(ACTOR_WORDS[kind])) for kind in ActorKind if kind is not ActorKind.STAFF]
        people = [(str(member), name) for member, name in staff]
        self.who.choices = _choices([("", _("Anybody")), *other, *people, *actors])
        kinds = [(str(kind), str(words)) for kind, words in KIND_WORDS.items()]
        self.kind.choices = _choices([("", _("Anything")), *kinds])

    def show_filter(self, wanted: Filter) -> None:
        """Show what the address asks for."""
        self.who.data = str(wanted.who or wanted.actors or "")
        self.kind.data = str(wanted.kind or "")
        self.begins.data, self.ends.data = wanted.begins, wanted.ends

    def in_words(self, wanted: Filter) -> dict[str, str]:
        """Whom and what the address asks for, as the lists name them; empty where it leaves that open."""
        who, what = str(wanted.who or wanted.actors or ""), str(wanted.kind or "")
        return {
            "who": next((str(one.label) for one in self.who.choices if one.value == who and who), ""),
            "what": next((str(one.label) for one in self.kind.choices if one.value == what and what), ""),
        }

    def validate_ends(self, field: DatePartsField) -> None:
        if field.data and self.begins.data and field.data < self.begins.data:
            raise ValidationError(_("The last day is before the first."))

    def to_filter(self, case: UUID | None) -> Filter:
        """What was asked for; `case` is the referral that the typed words mean."""
        who = self.who.data or ""
        values = {
            "who": who if len(who) == 36 else "",
            "actors": who,
            "kind": self.kind.data or "",
            "from": self.begins.data.isoformat() if self.begins.data else "",
            "to": self.ends.data.isoformat() if self.ends.data else "",
            "case": str(case or ""),
        }
        return Filter.from_address(values)


def _choices(pairs: list[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]
