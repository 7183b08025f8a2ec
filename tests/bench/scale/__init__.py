"""Many courts full of people, for figures at scale: what they look like, and how they come into a database."""
