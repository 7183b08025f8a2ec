"""Refunds and disputes. Each function is called inside a transaction; amounts in cents."""

from __future__ import annotations

from typing import Any

from app.local.stripe import objects
from app.local.stripe.account import Account
from app.local.stripe.problems import StripeProblem, refused
from app.local.stripe.store import Object

DISPUTE_FEE = 1500
CLOSED = ("won", "lost")


def charge_meant(account: Account, params: dict[str, Any]) -> Object:
    """The charge named by `charge` or `payment_intent`, once it has been paid."""
    if "charge" in params:
        return account.find(params["charge"], "charge", param="charge")
    if "payment_intent" not in params:
        raise StripeProblem(
            400,
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
        )
    intent = account.find(params["payment_intent"], "payment_intent", param="payment_intent")
    charge = account.store.get(intent["latest_charge"] or "", "charge")
    if charge is None or charge["status"] != "succeeded":
        raise refused(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return charge


def refund(account: Account, params: dict[str, Any]) -> Object:
    """All that is left, or `amount` of it. StripeProblem 400 on more than is left, or on a disputed charge."""
    charge = charge_meant(account, params)
    if charge["status"] != "succeeded":
        raise refused(f"Charge {charge['id']} has not been paid.", param="charge")
    _refuse_disputed(account, charge)
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount < 1:
        raise StripeProblem(400, "Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise refused(
            f"Refund amount (${amount / 100:.2f}) is greater than unrefunded amount on charge (${left / 100:.2f})",
            param="amount",
        )
    card = charge["payment_method_details"]["type"] == "card"
    made = objects.refund(
        charge,
        amount=amount,
        reason=params.get("reason"),
        metadata=params.get("metadata", {}),
        status="succeeded" if card else "pending",
        now=account.now(),
    )
    booked = account.book("refund" if card else "payment_refund", -amount, 0, charge, source=made["id"])
    made["balance_transaction"] = booked["id"]
    account.store.put(made)
    _change_refunded(account, charge, charge["amount_refunded"] + amount, event="charge.refunded")
    account.emit("refund.created", made)
    return made


def _refuse_disputed(account: Account, charge: Object) -> None:
    disputes = account.store.page("dispute", {"charge": charge["id"]})
    if any(dispute["status"] != "won" for dispute in disputes):
        raise refused(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")


def _change_refunded(account: Account, charge: Object, total: int, *, event: str) -> None:
    previous: dict[str, Any] = {"amount_refunded": charge["amount_refunded"]}
    complete = total == charge["amount"]
    if complete != charge["refunded"]:
        previous["refunded"] = charge["refunded"]
    charge |= {"amount_refunded": total, "refunded": complete}
    account.store.put(charge)
    account.emit(event, charge, previous)


def settle_refund(account: Account, made: Object, outcome: str) -> Object:
    """The bank's answer to a refund: succeeded or failed. A failed one gives the money back to the account."""
    if made["status"] == "failed" or (outcome == "succeeded" and made["status"] == "succeeded"):
        raise refused(f"Refund {made['id']} is {made['status']} already.")
    previous = {"status": made["status"]}
    made["status"] = outcome
    account.store.put(made)
    if outcome == "failed":
        charge = account.find(made["charge"], "charge")
        account.book("refund_failure", made["amount"], 0, charge, source=made["id"])
        _change_refunded(account, charge, charge["amount_refunded"] - made["amount"], event="charge.updated")
        account.emit("refund.failed", made)
    account.emit("refund.updated", made, previous)
    account.emit("charge.refund.updated", made, previous)
    return made


def open_dispute(account: Account, params: dict[str, Any]) -> Object:
    """The payer's bank takes `amount` (default: all) back for now. StripeProblem 400 on a second one."""
    charge = charge_meant(account, params)
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise refused(f"Charge {charge['id']} can not be disputed.")
    amount: int = params["amount"] if "amount" in params else charge["amount"]
    if not 1 <= amount <= charge["amount"]:
        raise refused("A dispute takes 1 cent up to the amount of the charge.", param="amount")
    made = objects.dispute(charge, amount=amount, reason=params.get("reason", "general"), now=account.now())
    made["balance_transactions"] = [account.book("adjustment", -amount, DISPUTE_FEE, charge, source=made["id"])]
    charge["disputed"] = True
    account.store.put(charge)
    account.store.put(made)
    account.emit("charge.dispute.created", made)
    account.emit("charge.dispute.funds_withdrawn", made)
    return made


def close_dispute(account: Account, made: Object, outcome: str) -> Object:
    """won (the money comes back) or lost. StripeProblem 400 when it is closed already."""
    if made["status"] in CLOSED:
        raise refused(f"This dispute is already closed: {made['status']}.")
    previous = {"status": made["status"]}
    made["status"] = outcome
    if outcome == "won":
        charge = account.find(made["charge"], "charge")
        made["is_charge_refundable"] = True
        made["balance_transactions"].append(account.book("adjustment", made["amount"], 0, charge, source=made["id"]))
    account.store.put(made)
    if outcome == "won":
        account.emit("charge.dispute.funds_reinstated", made)
    account.emit("charge.dispute.closed", made, previous)
    return made


def update_dispute(account: Account, made: Object, params: dict[str, Any]) -> Object:
    """Add evidence; submitted unless told not to."""
    if made["status"] in CLOSED:
        raise refused(f"This dispute is already closed: {made['status']}.")
    previous = {"status": made["status"]}
    made["evidence"] |= params.get("evidence", {})
    made["metadata"] |= params.get("metadata", {})
    made["evidence_details"]["has_evidence"] = any(
        value for name, value in made["evidence"].items() if name != "enhanced_evidence"
    )
    if params.get("submit", True) and params.get("evidence"):
        made["evidence_details"]["submission_count"] += 1
        made["status"] = "under_review"
    account.store.put(made)
    account.emit("charge.dispute.updated", made, previous)
    return made
