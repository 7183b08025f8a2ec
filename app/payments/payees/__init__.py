"""Whose each cent of a court's fees is."""
