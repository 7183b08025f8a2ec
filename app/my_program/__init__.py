"""The learner's own first page: the one next step, and what the court sees. Draws on every package before it."""
