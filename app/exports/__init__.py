"""A court's whole data as one file that it can take with it."""
