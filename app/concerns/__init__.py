"""Somebody may be in danger: it reaches a person on call at once, and stands nowhere else."""
