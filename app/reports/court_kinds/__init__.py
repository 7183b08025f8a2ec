"""What only reports for the bench carry: what happened and was decided, what was tried, what is asked of the court."""
