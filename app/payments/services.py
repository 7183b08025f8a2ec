"""Fees, payments and waivers of an enrollment: the verbs that the rest of the portal uses."""

from __future__ import annotations

from app.payments.checkouts import start_checkout
from app.payments.ledger import assess_fees, open_coursework_if_allowed
from app.payments.reconciling.services import Report, keep_level, reconcile_court
from app.payments.refunds.services import request_refund
from app.payments.settling import receive, retry_event
from app.payments.sweeping import close_open_checkouts, sweep_open_checkouts
from app.payments.waivers import decide_waiver
from app.payments.waiving.services import file_waiver

__all__ = [
    "Report",
    "assess_fees",
    "close_open_checkouts",
    "decide_waiver",
    "file_waiver",
    "keep_level",
    "open_coursework_if_allowed",
    "receive",
    "reconcile_court",
    "request_refund",
    "retry_event",
    "start_checkout",
    "sweep_open_checkouts",
]
