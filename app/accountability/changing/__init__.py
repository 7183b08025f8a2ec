"""Changes of a program that is running: returned to the court, made longer, ended early by order."""
