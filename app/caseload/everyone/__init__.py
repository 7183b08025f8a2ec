"""The list of everyone: sorted, narrowed down, found by name or number, kept as a view, taken along as a file."""
