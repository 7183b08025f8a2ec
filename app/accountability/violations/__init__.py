"""Possible violations: what opens one, its clock, the person's own side, and what somebody of the court decides."""
