"""The ledger against Stripe's books."""
