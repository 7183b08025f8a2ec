"""Fees, payments and waivers of an enrollment: the verbs that the rest of the portal uses."""

from __future__ import annotations

from app.payments.checkouts import start_checkout
from app.payments.deciding.replies import ask_again, send_proof
from app.payments.deciding.services import decide_waiver, grant_presumed, revoke_waiver
from app.payments.installments.services import remind_of_parts
from app.payments.ledger import assess_fees, open_coursework_if_allowed
from app.payments.reconciling.services import Report, keep_level, reconcile_court
from app.payments.refunds.services import request_refund
from app.payments.settling import receive, retry_event
from app.payments.sweeping import close_open_checkouts, sweep_open_checkouts
from app.payments.telling import tell_of_change
from app.payments.waiving.services import file_waiver

__all__ = [
    "Report",
    "ask_again",
    "assess_fees",
    "close_open_checkouts",
    "decide_waiver",
    "file_waiver",
    "grant_presumed",
    "keep_level",
    "open_coursework_if_allowed",
    "receive",
    "reconcile_court",
    "remind_of_parts",
    "request_refund",
    "retry_event",
    "revoke_waiver",
    "send_proof",
    "start_checkout",
    "sweep_open_checkouts",
    "tell_of_change",
]
