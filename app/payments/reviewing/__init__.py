"""Payments and events that a person has to look at."""
