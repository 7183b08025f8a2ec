"""Backup and restore of the whole installation: database, files and, under a passphrase, the keys."""
