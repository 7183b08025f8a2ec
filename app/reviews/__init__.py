"""Reading what learners hand in: one queue of what waits, who has taken it, and what a reader needs beside it."""
