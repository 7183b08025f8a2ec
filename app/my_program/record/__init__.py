"""What the court sees, for the participant: the facts of the judge's bench card, and what is not right about them."""
