"""Fees, payments and waivers of an enrollment: the verbs that the rest of the portal uses."""

from __future__ import annotations

from app.payments.checkouts import start_checkout
from app.payments.ledger import assess_fees, open_coursework_if_allowed
from app.payments.settling import receive, retry_event
from app.payments.sweeping import Report, close_open_checkouts, reconcile_court, sweep_open_checkouts
from app.payments.waivers import decide_waiver, file_waiver

__all__ = [
    "Report",
    "assess_fees",
    "close_open_checkouts",
    "decide_waiver",
    "file_waiver",
    "open_coursework_if_allowed",
    "receive",
    "reconcile_court",
    "retry_event",
    "start_checkout",
    "sweep_open_checkouts",
]
