"""Devices that a learner signs in on: told apart by a random cookie of ours, and by nothing else."""
