"""The court's mail: what did not arrive, and letters to print."""
