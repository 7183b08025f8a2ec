"""Referrals that come as a file: read, matched to our fields, looked over, confirmed, brought in by the worker."""
