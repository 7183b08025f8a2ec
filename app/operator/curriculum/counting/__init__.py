"""How quiz questions do, and who is on which version: each court counts its own, the console adds the counts up."""
