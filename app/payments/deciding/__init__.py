"""The court's answers to requests for a waiver, and the learner's replies to them."""
