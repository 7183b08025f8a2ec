"""Against Stripe itself, in test mode: `make test-stripe`, with STRIPE_TEST_KEY set. Never part of the suite."""
