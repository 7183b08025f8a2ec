"""A stand-in of Stripe's HTTP API for the demo and the tests: its own process, stateful, loopback only.

It keeps sessions, payments, refunds, disputes and events in SQLite, shows a practice payment page, signs and delivers
webhooks, and misbehaves on request (`/_control`). It imports nothing of the portal outside `app.local`, and not
Stripe's library either: what the two sides agree on is the wire. It simulates the parameters that it lists in
`schemas` and refuses all others, so that nothing is taken silently. It is no proof that live Stripe behaves alike.
"""
