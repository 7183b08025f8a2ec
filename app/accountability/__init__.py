"""The accountability plan after coursework: its schedule of check-ins, their states, possible violations."""
