"""`portal doctor`: whether this installation has what it needs."""
