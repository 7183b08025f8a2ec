"""The floor of the webhook's bench: a bare view that does the settling statements by hand, and nothing else.

It is given for nothing: who asks, what an event of any other kind or order means, and that coursework opens after it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from datetime import UTC, datetime
from uuid import uuid4

from flask import Flask, request
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
KEEP = """
WITH home AS (SELECT court_id, enrollment_id, checkout_id FROM stripe_object WHERE object_id = %(session)s),
inserted AS (
    INSERT INTO stripe_event (id, type, created, received_at, livemode, object_id, court_id, state, error, payload)
    SELECT %(event)s, %(type)s, %(now)s, %(now)s, false, %(intent)s, court_id, 'applied', '', %(payload)s FROM home
    ON CONFLICT DO NOTHING RETURNING id
)
SELECT court_id, enrollment_id, checkout_id FROM home, inserted
"""
COURT = "SELECT set_config('portal.court_id', %s, true)"
SETTLE = """
WITH settled AS (
    UPDATE checkout SET state = 'paid', payment_intent_id = %(intent)s, settled_at = %(now)s,
        row_version = row_version + 1
    WHERE id = %(checkout)s AND session_id = %(session)s AND amount_cents = %(cents)s AND currency = %(currency)s
    RETURNING court_id, id, enrollment_id
),
remembered AS (
    INSERT INTO stripe_object (object_id, court_id, enrollment_id, checkout_id)
    SELECT %(intent)s, court_id, enrollment_id, id FROM settled ON CONFLICT DO NOTHING
),
written AS (
    INSERT INTO ledger_entry (id, court_id, enrollment_id, kind, component, amount_cents, effect, stripe_object, at,
        actor_kind)
    SELECT %(entry)s, court_id, enrollment_id, 'paid', '', -%(cents)s, 'bare:' || %(session)s, %(session)s, %(now)s,
        'system' FROM settled
    ON CONFLICT DO NOTHING
)
SELECT e.referral_id FROM settled JOIN enrollment e ON e.id = settled.enrollment_id
"""
AUDIT = """
INSERT INTO audit_event (id, court_id, at, actor_kind, actor_role, action, subject_kind, subject_id, case_id, outcome,
    detail_digest)
VALUES (%s, %s, %s, 'system', '', 'payments.settle', 'checkout', %s, %s, 'done', %s)
"""
DETAIL = "INSERT INTO audit_detail (id, court_id, salt, old, new, address) VALUES (%s, %s, %s, %s, %s, '')"

app = Flask(__name__)
pool = ConnectionPool(os.environ["DATABASE_URL"].replace("+psycopg", ""), min_size=8, max_size=8, open=False)
secret = os.environ["STRIPE_WEBHOOK_SECRET"].encode()


@app.get("/")
def ready() -> str:
    """The pool is opened by the process that serves, not by the one that forks it."""
    pool.open(wait=True)
    return "ready\n"


@app.post("/webhooks/stripe")
def webhook() -> tuple[str, int]:
    raw = request.get_data()
    stamp, _, sent = request.headers["Stripe-Signature"].removeprefix("t=").partition(",v1=")
    if not hmac.compare_digest(hmac.new(secret, f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest(), sent):
        return "bad signature\n", 400
    event = json.loads(raw)
    paid = event["data"]["object"]
    now, audited, salt = datetime.now(UTC), uuid4(), os.urandom(16)
    given = {
        "event": event["id"],
        "type": event["type"],
        "session": paid["id"],
        "intent": paid["payment_intent"],
        "cents": paid["amount_total"],
        "currency": paid["currency"],
        "payload": Jsonb({"session": paid["id"], "cents": paid["amount_total"]}),
        "entry": uuid4(),
        "now": now,
    }
    with pool.connection() as connection:
        connection.execute(LOCK, (paid["payment_intent"],))
        found = connection.execute(KEEP, given).fetchone()
        if found is None:
            return "unmatched or duplicate\n", 409
        court, _enrollment, checkout = found
        connection.execute(COURT, (str(court),))
        settled = connection.execute(SETTLE, {**given, "checkout": checkout}).fetchone()
        if settled is None:
            raise LookupError("the checkout differs")
        digest = hashlib.sha256(salt).digest()
        connection.execute(AUDIT, (audited, court, now, checkout, settled[0], digest))
        connection.execute(DETAIL, (audited, court, salt, Jsonb({}), Jsonb({"checkout": "paid"})))
    return "applied\n", 200
