"""Every table of the portal, imported in one place: for migrations and for the factory."""

from __future__ import annotations

from app.accountability import models as accountability
from app.accountability.changing import models as changing
from app.accountability.terminating import models as terminating
from app.accountability.violations import models as violations
from app.accounts import models as accounts
from app.accounts.devices import models as devices
from app.accounts.drafts import models as drafts
from app.batches import models as batches
from app.caseload import models as caseload
from app.caseload.acting import models as acting
from app.caseload.attention import models as attention
from app.cases import models as cases
from app.cases.imports import models as imports
from app.cases.messages import models as messages
from app.concerns import models as concerns
from app.core import models as core
from app.counsel import models as counsel
from app.court_admin import dashboard_models as dashboard
from app.court_admin import models as court_admin
from app.curriculum import models as curriculum
from app.disputes import models as disputes
from app.exports import models as exports
from app.keeping import models as keeping
from app.learning import models as learning
from app.learning.accommodations import models as accommodations
from app.learning.attesting import models as attesting
from app.notices import models as notices
from app.operator import models as operator
from app.operator.curriculum.counting import models as curriculum_counts
from app.payments import models as payments
from app.payments.counter import models as counter
from app.payments.deciding import models as waiver_deciding
from app.payments.installments import models as installments
from app.payments.reconciling import models as reconciling
from app.payments.refunds import models as refunds
from app.payments.reviewing import models as reviewing
from app.payments.waiving import models as waiving
from app.reports import models as reports
from app.reports.delivering import models as delivering
from app.reports.lists import models as lists
from app.reviews import models as reviews
from app.transfers import models as transfers
from tenants import models as tenants
from tenants.database import Base

metadata = Base.metadata

__all__ = [
    "accommodations",
    "accountability",
    "accounts",
    "acting",
    "attention",
    "attesting",
    "batches",
    "caseload",
    "cases",
    "changing",
    "concerns",
    "core",
    "counsel",
    "counter",
    "court_admin",
    "curriculum",
    "curriculum_counts",
    "dashboard",
    "delivering",
    "devices",
    "disputes",
    "drafts",
    "exports",
    "imports",
    "installments",
    "keeping",
    "learning",
    "lists",
    "messages",
    "metadata",
    "notices",
    "operator",
    "payments",
    "reconciling",
    "refunds",
    "reports",
    "reviewing",
    "reviews",
    "tenants",
    "terminating",
    "transfers",
    "violations",
    "waiver_deciding",
    "waiving",
]
