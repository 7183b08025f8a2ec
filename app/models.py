"""Every table of the portal, imported in one place: for migrations and for the factory."""

from __future__ import annotations

from app.accountability import models as accountability
from app.accounts import models as accounts
from app.cases import models as cases
from app.cases.imports import models as imports
from app.core import models as core
from app.court_admin import dashboard_models as dashboard
from app.court_admin import models as court_admin
from app.curriculum import models as curriculum
from app.exports import models as exports
from app.learning import models as learning
from app.notices import models as notices
from app.operator import models as operator
from app.payments import models as payments
from app.payments.counter import models as counter
from app.payments.installments import models as installments
from app.reports import models as reports
from tenants import models as tenants
from tenants.database import Base

metadata = Base.metadata

__all__ = [
    "accountability",
    "accounts",
    "cases",
    "core",
    "counter",
    "court_admin",
    "curriculum",
    "dashboard",
    "exports",
    "imports",
    "installments",
    "learning",
    "metadata",
    "notices",
    "operator",
    "payments",
    "reports",
    "tenants",
]
