"""Help for each role, in short tasks, and the guides to print."""
