"""Putting right what was issued: a new report in place of a wrong one, or taking one back. Nothing is overwritten."""
