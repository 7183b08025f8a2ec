"""The participant's lawyer: admitted and removed here, and what the lawyer reads."""
