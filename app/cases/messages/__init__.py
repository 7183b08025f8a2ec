"""What an officer and a participant write to each other."""
