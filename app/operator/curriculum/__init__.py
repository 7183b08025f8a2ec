"""The curriculum in the operator console: its versions, who signs them off, and how they look to a learner."""
