"""Forms of changing a member's role and of deactivating a member."""

from __future__ import annotations

from uuid import UUID

from wtforms import SelectField
from wtforms.validators import InputRequired

from app.accounts.models import Membership
from app.cases.lookups import who_can_supervise
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.permissions.identity import STAFF_ROLES
from app.web.forms import PortalForm
from app.web.templating import role_words

NOBODY = "nobody"


class DeactivateForm(PortalForm):
    """Where the caseload goes; asked only of somebody who has one."""

    caseload_to = SelectField(_l("Who takes these cases?"), [InputRequired(_l("Choose who takes these cases."))])

    def offer_for(self, member: Membership, cases: int) -> None:
        """List who can take the cases, or leave the question out when there are none."""
        if not cases:
            del self.caseload_to
            return
        others = [each for each in who_can_supervise() if each.id != member.id]
        self.caseload_to.choices = [
            ("", _("- Select -")),
            *((str(each.id), f"{each.display_name} ({role_words(each.role)})") for each in others),
            (NOBODY, _("Nobody yet: they stay unassigned")),
        ]

    @property
    def taker(self) -> UUID | None:
        chosen = self.caseload_to.data if "caseload_to" in self else NOBODY
        return None if chosen == NOBODY else UUID(chosen)


class RoleForm(DeactivateForm):
    role = SelectField(_l("New role"), [InputRequired(_l("Choose a role from the list."))])

    def offer_roles(self, member: Membership) -> None:
        others = [role for role in STAFF_ROLES if role != member.role]
        self.role.choices = [("", _("- Select -")), *((role.value, role_words(role)) for role in others)]
