"""Servers of our own for the demo and the tests: PostgreSQL, Valkey, and what keeps processes running."""
