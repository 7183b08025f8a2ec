"""Referral, enrollment code, enrollment and its states, hearings, assignment, notes."""
