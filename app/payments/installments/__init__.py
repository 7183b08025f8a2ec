"""Paying the fee in parts."""
