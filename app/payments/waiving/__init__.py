"""Asking for a waiver: the steps, the proof, the computation that everybody sees the same."""
