"""The judge's day: who is heard, each with the bench card, and what waits for the court's decision."""
