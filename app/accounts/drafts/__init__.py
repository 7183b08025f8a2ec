"""What a learner has typed and not sent yet: kept on the server while they type."""
