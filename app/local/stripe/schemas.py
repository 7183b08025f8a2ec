"""The parameters that the stand-in knows, endpoint by endpoint. All others are refused as unknown."""

from __future__ import annotations

from app.local.stripe.forms import MAP, Schema

_WHEN: dict[str, Schema] = {"gt": "number", "gte": "number", "lt": "number", "lte": "number"}
_PAGE: dict[str, Schema] = {
    "limit": "number",
    "starting_after": "text",
    "ending_before": "text",
    "expand": ["text"],
    "created": _WHEN,
}
EXPAND_ONLY: dict[str, Schema] = {"expand": ["text"]}

LOCALES = (  # noqa: SIM905 - a column of 40 codes reads worse
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR "
    "ro ru sk sl sv th tr vi zh zh-HK zh-TW"
).split()

SESSION_CREATE: dict[str, Schema] = {
    "mode": ("payment", "setup", "subscription"),
    "line_items": [
        {
            "quantity": "number",
            "price_data": {
                "currency": "text",
                "unit_amount": "number",
                "product_data": {"name": "text", "description": "text", "metadata": MAP},
            },
        }
    ],
    "payment_intent_data": {
        "description": "text",
        "metadata": MAP,
        "statement_descriptor": "text",
        "statement_descriptor_suffix": "text",
    },
    "payment_method_types": [("card", "us_bank_account")],
    "success_url": "text",
    "cancel_url": "text",
    "client_reference_id": "text",
    "currency": "text",
    "customer_creation": ("always", "if_required"),
    "customer_email": "text",
    "expires_at": "number",
    "locale": tuple(LOCALES),
    "metadata": MAP,
    "submit_type": ("auto", "book", "donate", "pay"),
    "expand": ["text"],
}
SESSION_LIST: dict[str, Schema] = {
    **_PAGE,
    "payment_intent": "text",
    "status": ("complete", "expired", "open"),
}
CHARGE_LIST: dict[str, Schema] = {**_PAGE, "payment_intent": "text"}
INTENT_LIST: dict[str, Schema] = _PAGE
REFUND_CREATE: dict[str, Schema] = {
    "amount": "number",
    "charge": "text",
    "payment_intent": "text",
    "reason": ("duplicate", "fraudulent", "requested_by_customer"),
    "metadata": MAP,
    "expand": ["text"],
}
REFUND_LIST: dict[str, Schema] = {**_PAGE, "charge": "text", "payment_intent": "text"}
DISPUTE_LIST: dict[str, Schema] = {**_PAGE, "charge": "text", "payment_intent": "text"}
DISPUTE_EVIDENCE = (
    "access_activity_log",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "uncategorized_text",
)
DISPUTE_UPDATE: dict[str, Schema] = {
    "evidence": dict.fromkeys(DISPUTE_EVIDENCE, "text"),
    "metadata": MAP,
    "submit": "boolean",
    "expand": ["text"],
}
EVENT_LIST: dict[str, Schema] = {
    **_PAGE,
    "type": "text",
    "types": ["text"],
    "delivery_success": "boolean",
}
BALANCE_LIST: dict[str, Schema] = {**_PAGE, "source": "text", "type": "text", "currency": "text"}
