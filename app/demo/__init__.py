"""The whole portal on one machine, with two courts to look at: `make demo`."""
